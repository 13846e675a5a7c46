"""Many objects of a bucket deleted one after the other.

Wiping a bucket is how an intruder covers theft, takes revenge or makes a ransom demand credible.
Deleting named versions leaves nothing to restore.
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from trailwarden import Event, EventCount, Example, LogClass, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.samples import iam_user, instance_role, record
from trailwarden.cloudtrail.values import Record
from trailwarden.services.s3 import by_actor_and_bucket, by_machine

TEMPORARY = ("_temporary", "_spark_metadata", ".hive-staging", "tmp/", "temp/", "_delta_log")


def detect(event: Event) -> str:
    if not event.succeeded or by_machine(event):
        return ""
    key = event.text("requestParameters.key")
    if any(part in key for part in TEMPORARY):
        return ""
    return "for good" if event.get("requestParameters.versionId") else "deleted"


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["s3:DeleteObject"],
    severity=Severity.HIGH,
    attack={Tactic.IMPACT: ["T1485"]},
    response="Revoke the caller's sessions and keys. If versioning is on, remove the delete "
    "markers; else restore from a replica or backup. Look for what was read before it was deleted.",
    false_positives="Cleaning up by hand, or a job that does so with a role of no instance or pod.",
    correlation=EventCount(
        at_least=50, timespan=timedelta(minutes=10), group_by=by_actor_and_bucket
    ),
    log_class=LogClass.DATA,
    references=["https://docs.aws.amazon.com/AmazonS3/latest/userguide/DeletingObjects.html"],
)


def examples() -> Iterator[Example]:
    deletions = [delete(n) for n in range(50)]
    yield alerts("fifty in eight minutes", *deletions)
    yield silent("forty-nine", *deletions[:49])
    yield silent("fifty in two hours", *[delete(n, every=2.5) for n in range(50)])
    yield silent("a server", *[{**d, "userIdentity": instance_role("etl")} for d in deletions])
    yield silent("temporary files", *[delete(n, prefix="out/_temporary/") for n in range(50)])


def delete(number: int, *, every: float = 0.15, prefix: str = "", **fields: Any) -> Record:
    told = {"bucketName": "plans", "key": f"{prefix}plan-{number}"}
    data = {"requestParameters": told, "eventCategory": "Data"} | fields
    return record("s3:DeleteObject", iam_user("mallory"), minute=every * number, **data)
