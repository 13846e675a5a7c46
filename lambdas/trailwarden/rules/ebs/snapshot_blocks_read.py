"""Contents of a snapshot read block by block.

The EBS direct APIs download a disk without a volume, an instance or a share. The usual traces of a
stolen disk do not appear.

What a principal did on three days, from a week ago on, is its routine: that is LOW. All snapshots
that it reads in a week are one alert.
"""

from trailwarden import (
    SECURITY_WORK,
    Caller,
    Event,
    LogClass,
    Match,
    Rule,
    Severity,
    Tactic,
    either,
)
from trailwarden.cloudtrail.samples import DEPLOYED, DEPLOYER, ROLE, Fields, refused, request
from trailwarden.correlations import DAY, of_title, routine
from trailwarden.examples import Examples, alerts, examples_of_routine, silent
from trailwarden.services.ec2 import first


def detect(event: Event) -> Match:
    return Match(first(event, "snapshotId", "secondSnapshotId") or "a snapshot")


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["ebs:GetSnapshotBlock", "ebs:ListChangedBlocks", "ebs:ListSnapshotBlocks"],
    exempt=SECURITY_WORK - {Caller.PIPELINE},  # infrastructure code reads no disks
    outcome=either(refused=Severity.MEDIUM),
    severity=Severity.HIGH,
    attack={Tactic.COLLECTION: ["T1005"], Tactic.EXFILTRATION: ["T1537"]},
    response="Ask the owner of the credentials which program reads the snapshot. If nobody knows, "
    "disable the credentials and treat the data on the disk as lost.",
    false_positives="Backup products and agentless scanners. Name their roles in `security_roles`.",
    log_class=LogClass.DATA,
    references=["https://docs.aws.amazon.com/ebs/latest/userguide/ebs-accessing-snapshot.html"],
    correlation=routine(kind=of_title),
    window=7 * DAY,
)


ENVIRONMENT = DEPLOYED


def examples() -> Examples:
    listing = request("ebs:ListSnapshotBlocks", snapshotId="snap-1")
    yield alerts("a list of the blocks", listing, label="snap-1")
    block: Fields = {"snapshotId": "snap-1", "blockIndex": 0, "blockToken": "AAABAQ"}
    yield alerts("a block", request("ebs:GetSnapshotBlock", **block), label="snap-1")
    changed = request("ebs:ListChangedBlocks", secondSnapshotId="snap-2")
    yield alerts("a comparison", changed, label="snap-2")
    build = request("ebs:GetSnapshotBlock", DEPLOYER, **block)
    yield alerts("by a pipeline", build, severity=Severity.HIGH)
    yield alerts("a refused request", refused("ebs:ListSnapshotBlocks"), severity=Severity.MEDIUM)
    failed = request("ebs:ListSnapshotBlocks", fields={"errorCode": "ThrottlingException"})
    yield silent("a failed request", failed)
    yield from examples_of_routine(
        lambda day: request("ebs:ListSnapshotBlocks", day=day, snapshotId="snap-1"),
        told=Severity.HIGH,
        other=lambda day: request("ebs:ListSnapshotBlocks", ROLE, day=day, snapshotId="snap-1"),
    )
