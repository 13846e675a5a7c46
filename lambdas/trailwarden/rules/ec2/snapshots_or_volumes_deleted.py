"""Many snapshots or volumes were deleted.

Snapshots are the way back after a disaster, so whoever destroys or extorts deletes them first.
"""

from collections.abc import Iterator
from datetime import timedelta

from trailwarden import Event, Example, Rule, Severity, Tactic, ValueCount, alerts, by_actor, silent
from trailwarden.cloudtrail.samples import Fields, aws_service, iam_user, record
from trailwarden.cloudtrail.values import Record
from trailwarden.services.ec2 import by_cluster, texts


def detect(event: Event) -> str | None:
    if event.by_automation or by_cluster(event) or not event.succeeded:
        return None
    return next(iter(texts(event.get("requestParameters"), "snapshotId", "volumeId")), "")[:40]


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["ec2:DeleteSnapshot", "ec2:DeleteVolume"],
    severity=Severity.HIGH,
    attack={Tactic.IMPACT: ["T1485", "T1490"]},
    response="Ask whoever did it. If it was not them, disable the credentials at once, restore "
    "from Recycle Bin what it still holds, and protect the backups that are left.",
    false_positives="Scripts that rotate snapshots: name their role as a deploy role. A test "
    "environment that is taken down by hand.",
    correlation=ValueCount(at_least=5, timespan=timedelta(minutes=15), group_by=by_actor),
)


def examples() -> Iterator[Example]:
    alice = iam_user("alice")
    yield alerts("five snapshots", *deletions(alice, "Snapshot", 5))
    yield alerts("three snapshots, two volumes", *mixed(alice))
    yield silent("four snapshots", *deletions(alice, "Snapshot", 4))
    yield silent("five, but one was refused", *deletions(alice, "Snapshot", 4), refused(alice))
    yield silent("the lifecycle manager", *deletions(aws_service("dlm"), "Snapshot", 30))


def mixed(identity: Fields) -> list[Record]:
    return [*deletions(identity, "Snapshot", 3), *deletions(identity, "Volume", 2)]


def refused(identity: Fields) -> Record:
    failure: Fields = {"errorCode": "Client.UnauthorizedOperation"}
    asked: Fields = {"requestParameters": {"snapshotId": "snap-9"}}
    return record("ec2:DeleteSnapshot", identity, minute=5, **asked, **failure)


def deletions(identity: Fields, what: str, count: int) -> list[Record]:
    key = f"{what.lower()}Id"
    return [
        record(f"ec2:Delete{what}", identity, minute=n, requestParameters={key: f"{what}-{n}"})
        for n in range(count)
    ]
