"""Shared snapshot was copied or restored by an unknown account.

The disk is in somebody else's hands now, beyond recall. AWS tells the snapshot's owner in an event
of its own.
"""

from collections.abc import Iterator

from trailwarden import Event, Example, Match, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.samples import OTHER_ACCOUNT, Fields, record
from trailwarden.cloudtrail.values import Record
from trailwarden.environment import Environment
from trailwarden.services.ec2 import texts


def detect(event: Event) -> Match | None:
    account = event.user_identity.account_id
    if not account or event.knows_account(account):
        return None
    snapshot = next(iter(texts(event.get("serviceEventDetails"), "snapshotId")), "")[:40]
    verb = "copied" if event.name == "SharedSnapshotCopyInitiated" else "restored"
    return Match(f"{snapshot} {verb} by account {account[:12]}", subject=snapshot)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["ec2:SharedSnapshotCopyInitiated", "ec2:SharedSnapshotVolumeCreated"],
    severity=Severity.HIGH,
    attack={Tactic.EXFILTRATION: ["T1537"]},
    response="Find out who shared the snapshot and with whom. If nobody knows the account, stop "
    "sharing, disable the credentials that did, and treat what is on the disk as lost.",
    false_positives="Services of AWS and vendors that scan disks from an account of their own: "
    "name it as trusted.",
    references=[
        "https://docs.aws.amazon.com/ebs/latest/userguide/ebs-modifying-snapshot-permissions.html"
    ],
)


def examples() -> Iterator[Example]:
    yield alerts("a stranger copies it", use("SharedSnapshotCopyInitiated", OTHER_ACCOUNT))
    yield alerts("a stranger restores it", use("SharedSnapshotVolumeCreated", OTHER_ACCOUNT))
    yield silent("a sister account copies it", use("SharedSnapshotCopyInitiated", "777788889999"))


ENVIRONMENT = Environment(own_accounts=("777788889999",))


def use(name: str, account: str) -> Record:
    identity = {"type": "AWSAccount", "accountId": account, "invokedBy": "ec2.amazonaws.com"}
    details: Fields = {"serviceEventDetails": {"snapshotId": "snap-0123456789abcdef0"}}
    return record(f"ec2:{name}", identity, eventType="AwsServiceEvent", **details)
