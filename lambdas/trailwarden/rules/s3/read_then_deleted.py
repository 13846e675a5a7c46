"""Objects copied away, then deleted.

An extortionist without ransomware takes the data, deletes it, and sells it back. Both steps need
only permissions.
"""

import zlib

from trailwarden import PROGRAMS, SUCCEEDED, Event, LogClass, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import ACCOUNT, Fields, assumed_role, request
from trailwarden.correlations import HOUR, ValueCount, by_actor
from trailwarden.examples import Examples, Record, alerts, silent
from trailwarden.services.s3 import batched, bucket_of, copied_from, owners

SLOTS = 10


def detect(event: Event) -> Match | None:
    """Sort reads and deletions into ten slots each, by key.

    More than ten different labels can then only be some of both, and many of one.
    """
    if event.name == "CopyObject" and stays(event):
        return None
    act = "deleted" if event.name.startswith("Delete") else "read"
    first = slot_of(event.request("key") or event.event_id)
    many = min(SLOTS, batched(event) or 1) if event.name == "DeleteObjects" else 1
    slots = [f"{act} {(first + n) % SLOTS}" for n in range(many)]
    return Match(slots if many > 1 else slots[0], subject=source(event))


def slot_of(key: str) -> int:
    return zlib.crc32(key.encode("utf-8", "replace")) % SLOTS


def stays(event: Event) -> bool:
    """Say whether a copy goes nowhere, or to a bucket that is known."""
    owner = owners(event).get(bucket_of(event), "")
    return copied_from(event) in ("", bucket_of(event)) or event.knows_account(owner)


def source(event: Event) -> str:
    return copied_from(event) or bucket_of(event)


def by_actor_and_source(event: Event) -> str:
    return f"{by_actor(event)}/{source(event)}"


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["s3:CopyObject", "s3:DeleteObject", "s3:DeleteObjects", "s3:GetObject"],
    exempt=PROGRAMS,
    outcome=SUCCEEDED,
    severity=Severity.HIGH,
    attack={Tactic.IMPACT: ["T1485", "T1657"], Tactic.EXFILTRATION: ["T1537"]},
    response="Revoke the caller's sessions and keys. Restore the deleted objects from versions or "
    "backups. Treat every object that was read as stolen.",
    false_positives="An engineer moves a folder out of S3 by hand.",
    correlation=ValueCount(at_least=SLOTS + 5, timespan=HOUR, group_by=by_actor_and_source),
    log_class=LogClass.DATA,
    references=["https://attack.mitre.org/techniques/T1657/"],
)

KEYS = list({slot_of(f"plan-{n}"): f"plan-{n}" for n in range(100)}.values())
"""One key for each slot."""


def examples() -> Examples:
    read = [on(key, "s3:GetObject", n) for n, key in enumerate(KEYS)]
    deleted = [on(key, "s3:DeleteObject", 20 + n) for n, key in enumerate(KEYS)]
    yield alerts("read, and half deleted", *read, *deleted[:5], subject="plans")
    batches = [request("s3:DeleteObjects", minute=n, bucketName="plans") for n in range(30)]
    yield alerts("read, and deleted in batches", *read, *batches)
    for size, story in ((460, alerts), (440, silent)):
        fields: Fields = {"additionalEventData": {"bytesTransferredIn": size}}
        batch = request("s3:DeleteObjects", minute=20, bucketName="plans", fields=fields)
        yield story(f"read, and deleted by one batch of {size} bytes", *read, batch)
    copied = [away(key, n) for n, key in enumerate(KEYS)]
    yield alerts("copied away, and deleted", *copied, *deleted)
    instance = assumed_role("app", "i-0123456789abcdef0")
    named = [{**act, "userIdentity": instance} for act in (*read, *deleted)]
    yield alerts("by a session named like an instance", *named)
    yield silent("read, and less than half deleted", *read, *deleted[:4])
    own = [away(key, n, owner=ACCOUNT) for n, key in enumerate(KEYS)]
    yield silent("moved to an own bucket", *own, *deleted)


def on(key: str, action: str, minute: int) -> Record:
    return request(action, minute=minute, bucketName="plans", key=key)


def away(key: str, minute: int, *, owner: str = "") -> Record:
    bucket = {"type": "AWS::S3::Bucket", "ARN": "arn:aws:s3:::elsewhere", "accountId": owner}
    fields: Fields = {"resources": [bucket]}
    header: Fields = {"x-amz-copy-source": f"plans/{key}"}
    return request(
        "s3:CopyObject", minute=minute, fields=fields, bucketName="elsewhere", key=key, **header
    )
