"""Disk shared outside the organization.

A snapshot and a machine image are whole disks. The receiver restores the disk in their own account
and reads everything unseen.

All disks for one receiver are one alert. A principal may share with the same
one on three days, from a week ago on. Then it is its routine, and LOW.
"""

from trailwarden import AWS_ITSELF, Event, Match, Rule, Severity, Tactic, either
from trailwarden.cloudtrail.samples import ACCOUNT, OTHER_ACCOUNT, ROLE, Fields, refused, request
from trailwarden.correlations import DAY, routine
from trailwarden.detection.correlation import Observation
from trailwarden.environment import Environment
from trailwarden.examples import Examples, Record, alerts, examples_of_routine, silent
from trailwarden.services.ec2 import first, in_short
from trailwarden.services.sharing import EVERYONE, may_be_own, shared_outside

TITLES = {
    "ModifyFpgaImageAttribute": "FPGA image shared outside the organization",
    "ModifyImageAttribute": "Machine image shared outside the organization",
    "ModifySnapshotAttribute": "Snapshot shared outside the organization",
}


def detect(event: Event) -> Match | None:
    outside = shared_outside(event)
    if not outside:
        return None
    disk, title = first(event, "snapshotId", "imageId", "fpgaImageId"), TITLES[event.name]
    if EVERYONE in outside:
        return Match(f"{disk} made public", Severity.CRITICAL, f"{disk} public", title)
    severity = Severity.MEDIUM if may_be_own(outside, event) else None
    receivers = in_short(outside)
    return Match(f"{disk} shared with {receivers}", severity, receivers, title)


def to_whom(seen: Observation) -> str:
    """Return who received a disk, and of which kind it is."""
    return f"{seen.title} {seen.subject}"


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "ec2:ModifySnapshotAttribute",
        "ec2:ModifyImageAttribute",
        "ec2:ModifyFpgaImageAttribute",
    ],
    exempt=AWS_ITSELF,
    outcome=either(refused=Severity.MEDIUM),
    severity=Severity.HIGH,
    attack={Tactic.EXFILTRATION: ["T1537"]},
    response="Take the permission away. Look for SharedSnapshotCopyInitiated and "
    "SharedSnapshotVolumeCreated, which show that it was used. If nobody knows the receiver, "
    "disable the credentials and treat the data on the disk as lost.",
    false_positives="Images for customers, or a vendor's account that is not in "
    "`trusted_accounts` yet.",
    references=[
        "https://docs.aws.amazon.com/ebs/latest/userguide/ebs-modifying-snapshot-permissions.html"
    ],
    correlation=routine(kind=to_whom),
    window=7 * DAY,
)

ENVIRONMENT = Environment(own_accounts=("777788889999",), organization_id="o-example")


def examples() -> Examples:
    high, critical = Severity.HIGH, Severity.CRITICAL
    stranger, everyone = {"userId": OTHER_ACCOUNT}, {"group": "all"}
    yield alerts("a stranger", snapshot(add=stranger), severity=high, subject=OTHER_ACCOUNT)
    public = snapshot(add=everyone)
    yield alerts("everyone", public, severity=critical, subject="snap-1 public")
    yield alerts(
        "an image, with a stranger",
        image(add=stranger),
        severity=high,
        label="ami-1 shared with 444455556666",
    )
    yield alerts("an image, with everyone", image(add=everyone), severity=critical)
    organization = {"organizationArn": "arn:aws:organizations::444455556666:organization/o-other"}
    yield alerts("an image, with another organization", image(add=organization), severity=high)
    load = {"add": {"items": [stranger]}}
    fpga = request("ec2:ModifyFpgaImageAttribute", fpgaImageId="afi-1", loadPermission=load)
    yield alerts("an FPGA image", fpga, subject=OTHER_ACCOUNT)
    permission = {"add": {"items": [everyone]}}
    denial = refused(SNAPSHOT, snapshotId="snap-1", createVolumePermission=permission)
    yield alerts("a refused request", denial, severity=Severity.MEDIUM)
    yield silent("the own account", snapshot(add={"userId": ACCOUNT}))
    yield silent("a sister account", snapshot(add={"userId": "777788889999"}))
    yield silent("a permission is taken away", image(remove=everyone))
    yield from examples_of_routine(
        lambda day: snapshot(day=day, add=stranger),
        told=high,
        other=lambda day: snapshot(ROLE, day=day, add=stranger),
    )
    usual = [snapshot(day=day, add=stranger) for day in (-9, -8, -7)]
    another = snapshot(add={"userId": "666677778888"})
    yield alerts("with somebody else than ever", *usual, another, last=high)
    yield alerts("made public by who shares as ever", *usual, public, last=critical)


SNAPSHOT = "ec2:ModifySnapshotAttribute"


def snapshot(by: Fields | None = None, *, day: int = 0, **changes: Fields) -> Record:
    permission = {key: {"items": [consumer]} for key, consumer in changes.items()}
    return request(SNAPSHOT, by, day=day, snapshotId="snap-1", createVolumePermission=permission)


def image(**changes: Fields) -> Record:
    permission = {key: {"items": [consumer]} for key, consumer in changes.items()}
    return request("ec2:ModifyImageAttribute", imageId="ami-1", launchPermission=permission)
