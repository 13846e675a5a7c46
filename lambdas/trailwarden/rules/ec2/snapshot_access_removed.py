"""Permission to use a snapshot was taken away.

Accounts that restore from shared snapshots lose their way back. Taking permissions away is also how
somebody hides that they gave them.
"""

from collections.abc import Iterator

from trailwarden import Event, Example, Match, Mode, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.samples import OTHER_ACCOUNT, Fields, aws_service, iam_user, record
from trailwarden.cloudtrail.values import Record, dig, listed
from trailwarden.services.ec2 import texts


def detect(event: Event) -> Match | None:
    if event.by_automation or not event.succeeded:
        return None
    asked = event.get("requestParameters")
    removed = listed(dig(asked, "createVolumePermission.remove"))
    if event.name == "ModifySnapshotAttribute" and not removed:
        return None
    snapshot = next(iter(texts(asked, "snapshotId")), "")[:40]
    return Match(f"permissions of {snapshot} removed", subject=snapshot)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["ec2:ModifySnapshotAttribute", "ec2:ResetSnapshotAttribute"],
    severity=Severity.LOW,
    attack={Tactic.IMPACT: ["T1490"], Tactic.DEFENSE_EVASION: ["T1070"]},
    response="See who had the permission, and since when. If it was a stranger, look for copies of "
    "the snapshot; if it was a backup account, give it back.",
    false_positives="Somebody who tidies up, or ends a project with a partner.",
    mode=Mode.HUNT,
)


def examples() -> Iterator[Example]:
    yield alerts("an account is removed", change("remove"))
    asked: Fields = {"requestParameters": {"snapshotId": "snap-0123456789abcdef0"}}
    yield alerts("all are", record("ec2:ResetSnapshotAttribute", iam_user("alice"), **asked))
    yield silent("an account is added", change("add"))
    yield silent("AWS Backup does it", change("remove", aws_service("backup")))


def change(verb: str, identity: Fields | None = None) -> Record:
    permission = {verb: {"items": [{"userId": OTHER_ACCOUNT}]}}
    asked: Fields = {"snapshotId": "snap-0123456789abcdef0", "createVolumePermission": permission}
    who = identity or iam_user("alice")
    return record("ec2:ModifySnapshotAttribute", who, requestParameters=asked)
