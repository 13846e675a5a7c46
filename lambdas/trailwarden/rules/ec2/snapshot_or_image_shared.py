"""Disk shared outside the organization.

A snapshot and a machine image are whole disks. The receiver restores the disk in their own account
and reads everything unseen.
"""

from trailwarden import AWS_ITSELF, Event, Match, Rule, Severity, Tactic, either
from trailwarden.cloudtrail.samples import ACCOUNT, OTHER_ACCOUNT, Fields, refused, request
from trailwarden.environment import Environment
from trailwarden.examples import Examples, Record, alerts, silent
from trailwarden.services.ec2 import first, in_short
from trailwarden.services.sharing import EVERYONE, may_be_own, shared_outside

TITLES = {
    "CreateLifecyclePolicy": "New snapshots shared outside the organization",
    "UpdateLifecyclePolicy": "New snapshots shared outside the organization",
    "ModifyFpgaImageAttribute": "FPGA image shared outside the organization",
    "ModifyImageAttribute": "Machine image shared outside the organization",
    "ModifySnapshotAttribute": "Snapshot shared outside the organization",
}


def detect(event: Event) -> Match | None:
    outside = shared_outside(event)
    if not outside:
        return None
    disk = first(event, "snapshotId", "imageId", "fpgaImageId", "policyId", "description")
    title = TITLES[event.name]
    if EVERYONE in outside:
        return Match(f"{disk} made public", Severity.CRITICAL, f"{disk} public", title)
    severity = Severity.MEDIUM if may_be_own(outside, event) else None
    return Match(f"{disk} shared with {in_short(outside)}", severity, disk, title)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "dlm:CreateLifecyclePolicy",
        "dlm:UpdateLifecyclePolicy",
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
)

ENVIRONMENT = Environment(own_accounts=("777788889999",), organization_id="o-example")


def examples() -> Examples:
    high, critical = Severity.HIGH, Severity.CRITICAL
    stranger, everyone = {"userId": OTHER_ACCOUNT}, {"group": "all"}
    yield alerts("a stranger", snapshot(add=stranger), severity=high, subject="snap-1")
    public = snapshot(add=everyone)
    yield alerts("everyone", public, severity=critical, subject="snap-1 public")
    yield alerts("an image, with a stranger", image(add=stranger), severity=high, subject="ami-1")
    yield alerts("an image, with everyone", image(add=everyone), severity=critical)
    organization = {"organizationArn": "arn:aws:organizations::444455556666:organization/o-other"}
    yield alerts("an image, with another organization", image(add=organization), severity=high)
    load = {"add": {"items": [stranger]}}
    fpga = request(FPGA, fpgaImageId="afi-1", loadPermission=load)
    yield alerts("an FPGA image", fpga, subject="afi-1")
    newer: Fields = {"FpgaImageId": "afi-1", "OperationType": "add", "UserId": OTHER_ACCOUNT}
    for users in (OTHER_ACCOUNT, {"tag": 1, "content": OTHER_ACCOUNT}):
        asked: Fields = {"ModifyFpgaImageAttributeRequest": newer | {"UserId": users}}
        yield alerts("a flat list", request("ec2:ModifyFpgaImageAttribute", **asked))
    update = "dlm:UpdateLifecyclePolicy"
    for account, story in ((OTHER_ACCOUNT, alerts), ("777788889999", silent)):
        schedule = {"shareRules": [{"targetAccounts": [account], "unshareInterval": 1}]}
        policy: Fields = {"policyId": "policy-1", "policyDetails": {"schedules": [schedule]}}
        yield story(f"snapshots to come, with {account}", request(update, **policy))
        details: Fields = {"executionRoleArn": "r", "description": "daily", "state": "ENABLED"}
        made = details | {"policyDetails": policy["policyDetails"]}
        yield story(f"a new policy, for {account}", request("dlm:CreateLifecyclePolicy", **made))
    numbered = {"OperationType": "add", "UserGroup": {"tag": 1, "content": "all"}}
    wrapped: Fields = {"ModifyFpgaImageAttributeRequest": {"FpgaImageId": "afi-1", **numbered}}
    yield alerts("an FPGA image, with everyone", request(FPGA, **wrapped), severity=critical)
    permission = {"add": {"items": [everyone]}}
    denial = refused(SNAPSHOT, snapshotId="snap-1", createVolumePermission=permission)
    yield alerts("a refused request", denial, severity=Severity.MEDIUM)
    yield silent("the own account", snapshot(add={"userId": ACCOUNT}))
    yield silent("a sister account", snapshot(add={"userId": "777788889999"}))
    yield silent("a permission is taken away", image(remove=everyone))


SNAPSHOT = "ec2:ModifySnapshotAttribute"
FPGA = "ec2:ModifyFpgaImageAttribute"


def snapshot(**changes: Fields) -> Record:
    permission = {key: {"items": [consumer]} for key, consumer in changes.items()}
    return request(SNAPSHOT, snapshotId="snap-1", createVolumePermission=permission)


def image(**changes: Fields) -> Record:
    permission = {key: {"items": [consumer]} for key, consumer in changes.items()}
    return request("ec2:ModifyImageAttribute", imageId="ami-1", launchPermission=permission)
