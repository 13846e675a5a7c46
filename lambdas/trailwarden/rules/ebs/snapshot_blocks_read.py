"""Contents of a snapshot were read block by block.

The EBS direct APIs download a disk without making a volume, an instance or a share, so that none of
the usual traces of a stolen disk appear.
"""

from collections.abc import Iterator

from trailwarden import Event, Example, LogClass, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.samples import Fields, assumed_role, denied, iam_user, record
from trailwarden.environment import Environment
from trailwarden.services.ec2 import texts


def detect(event: Event) -> str | None:
    if event.by_automation or event.by_security_team or not event.succeeded:
        return None
    snapshot = next(
        iter(texts(event.get("requestParameters"), "snapshotId", "secondSnapshotId")), ""
    )
    return f"read {snapshot[:40] or 'a snapshot'}"


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["ebs:GetSnapshotBlock", "ebs:ListChangedBlocks", "ebs:ListSnapshotBlocks"],
    severity=Severity.HIGH,
    attack={Tactic.COLLECTION: ["T1005"], Tactic.EXFILTRATION: ["T1537"]},
    response="Ask the owner of the credentials what reads the snapshot. If nobody knows, disable "
    "the credentials and treat what is on the disk as lost.",
    false_positives="Backup products and agentless scanners: name their roles as security roles.",
    log_class=LogClass.DATA,
    references=["https://docs.aws.amazon.com/ebs/latest/userguide/ebs-accessing-snapshot.html"],
)


def examples() -> Iterator[Example]:
    alice = iam_user("alice")
    asked: Fields = {"requestParameters": {"snapshotId": "snap-0123456789abcdef0"}}
    yield alerts("a user lists the blocks", record("ebs:ListSnapshotBlocks", alice, **asked))
    yield alerts("a user reads a block", record("ebs:GetSnapshotBlock", alice, **asked))
    yield silent("a refusal", denied("ebs:ListSnapshotBlocks", alice))
    scanner = record("ebs:ListSnapshotBlocks", assumed_role("scanner"), **asked)
    yield silent("the security team's scanner", scanner)


ENVIRONMENT = Environment(security_roles=("arn:aws:iam::*:role/scanner",))
