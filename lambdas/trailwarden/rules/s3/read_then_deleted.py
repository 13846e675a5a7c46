"""Objects read or copied away, and deleted.

Taking the data and leaving none is how extortion without encryption goes: pay, and get it back.
Neither half needs malware, only permissions.
"""

import zlib
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from trailwarden import Event, Example, LogClass, Rule, Severity, Tactic, ValueCount, alerts, silent
from trailwarden.cloudtrail.samples import ACCOUNT, iam_user, instance_role, record
from trailwarden.cloudtrail.values import Record
from trailwarden.detection.correlation import by_actor
from trailwarden.services.s3 import bucket_of, by_machine, copied_from, owners

SLOTS = 10


def detect(event: Event) -> str:
    """Sort reads and deletions into ten slots each, by key.

    More than ten different labels can then only be some of both, and many of one.
    """
    if not event.succeeded or by_machine(event):
        return ""
    if event.name == "CopyObject" and stays(event):
        return ""
    told = event.text("requestParameters.key") or event.event_id
    slot = zlib.crc32(told.encode("utf-8", "replace")) % SLOTS
    return f"{'deleted' if event.name.startswith('Delete') else 'read'} {slot}"


def stays(event: Event) -> bool:
    """Say whether a copy goes nowhere, or to a bucket that is known."""
    owner = owners(event).get(bucket_of(event), "")
    return copied_from(event) in ("", bucket_of(event)) or event.knows_account(owner)


def by_actor_and_source(event: Event) -> str:
    return f"{by_actor(event)}/{copied_from(event) or bucket_of(event)}"


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["s3:CopyObject", "s3:DeleteObject", "s3:DeleteObjects", "s3:GetObject"],
    severity=Severity.HIGH,
    attack={Tactic.IMPACT: ["T1485", "T1657"], Tactic.EXFILTRATION: ["T1537"]},
    response="Revoke the caller's sessions and keys. Restore what was deleted from versions or "
    "backups, and treat everything that was read as stolen.",
    false_positives="Moving a folder out of S3 by hand.",
    correlation=ValueCount(
        at_least=SLOTS + 5, timespan=timedelta(hours=1), group_by=by_actor_and_source
    ),
    log_class=LogClass.DATA,
    references=["https://attack.mitre.org/techniques/T1657/"],
)


def examples() -> Iterator[Example]:
    read = [on(f"plan-{n}", "s3:GetObject", n * 0.2) for n in range(60)]
    deleted = [on(f"plan-{n}", "s3:DeleteObject", 20 + n * 0.2) for n in range(60)]
    yield alerts("sixty objects read and deleted", *read, *deleted)
    copied = [away(n) for n in range(60)]
    yield alerts("sixty objects copied away and deleted", *copied, *deleted)
    yield silent("sixty objects read", *read)
    yield silent("sixty objects deleted", *deleted)
    yield silent("sixty objects read, four deleted", *read, *deleted[:4])
    own = [away(n, owner=ACCOUNT) for n in range(60)]
    yield silent("sixty objects moved to an own bucket", *own, *deleted)
    server = instance_role("etl")
    yield silent("a server", *[{**r, "userIdentity": server} for r in (*read, *deleted)])


def on(key: str, action: str, minute: float) -> Record:
    told = {"bucketName": "plans", "key": key}
    who = iam_user("mallory")
    return record(action, who, minute=minute, requestParameters=told, eventCategory="Data")


def away(number: int, *, owner: str = "") -> Record:
    key = f"plan-{number}"
    told = {"bucketName": "elsewhere", "key": key, "x-amz-copy-source": f"plans/{key}"}
    bucket = {"type": "AWS::S3::Bucket", "ARN": "arn:aws:s3:::elsewhere", "accountId": owner}
    data: dict[str, Any] = {"requestParameters": told, "resources": [bucket]}
    return record("s3:CopyObject", iam_user("mallory"), minute=number * 0.2, **data)
