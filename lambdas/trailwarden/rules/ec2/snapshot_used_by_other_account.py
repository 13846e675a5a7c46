"""Shared snapshot used by an unknown account.

Another party holds the disk now, and nobody can take it back. AWS reports it to the snapshot's
owner in an event of its own.
"""

from trailwarden import ATTEMPTED, NOBODY, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import OTHER_ACCOUNT, request
from trailwarden.environment import Environment
from trailwarden.examples import Examples, Record, alerts, silent
from trailwarden.services.ec2 import texts

TITLES = {
    "SharedSnapshotCopyInitiated": "Shared snapshot copied by an unknown account",
    "SharedSnapshotVolumeCreated": "Shared snapshot restored by an unknown account",
}


def detect(event: Event) -> Match | None:
    account = event.user_identity.account_id
    if event.knows_account(account):
        return None
    snapshot = next(iter(texts(event.get("serviceEventDetails"), "snapshotId")), "")
    return Match(f"{snapshot} by account {account}", subject=snapshot, title=TITLES[event.name])


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["ec2:SharedSnapshotCopyInitiated", "ec2:SharedSnapshotVolumeCreated"],
    exempt=NOBODY,
    outcome=ATTEMPTED,
    severity=Severity.HIGH,
    attack={Tactic.EXFILTRATION: ["T1537"]},
    response="Find out which principal shared the snapshot, and with which account. If nobody "
    "knows the account, stop sharing and disable the credentials. Treat the data on the disk as "
    "lost.",
    false_positives="Services of AWS and vendors that scan disks from an account of their own. Add "
    "it to `trusted_accounts`.",
    references=[
        "https://docs.aws.amazon.com/ebs/latest/userguide/ebs-modifying-snapshot-permissions.html"
    ],
)

ENVIRONMENT = Environment(own_accounts=("777788889999",))


def examples() -> Examples:
    for name in TITLES:
        yield alerts(f"a stranger, {name}", use(name, OTHER_ACCOUNT), subject="snap-1")
    yield silent("a sister account", use("SharedSnapshotCopyInitiated", "777788889999"))


def use(name: str, account: str) -> Record:
    identity = {"type": "AWSAccount", "accountId": account, "invokedBy": "ec2.amazonaws.com"}
    details = {"snapshotId": "snap-1"}
    fields = {"eventType": "AwsServiceEvent", "serviceEventDetails": details}
    return request(f"ec2:{name}", identity, fields=fields)
