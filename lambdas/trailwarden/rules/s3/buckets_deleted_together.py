"""Several buckets deleted within an hour.

A team cleans up one bucket. Wiping an account, out of spite or to force a ransom, takes them all.
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from trailwarden import Event, Example, Rule, Severity, Tactic, ValueCount, alerts, by_actor, silent
from trailwarden.cloudtrail.samples import assumed_role, iam_user, record
from trailwarden.cloudtrail.values import Record
from trailwarden.environment import Environment
from trailwarden.services.s3 import bucket_of


def detect(event: Event) -> str:
    return bucket_of(event) if event.succeeded and not event.by_automation else ""


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["s3:DeleteBucket"],
    severity=Severity.HIGH,
    attack={Tactic.IMPACT: ["T1485"]},
    response="Revoke the user's sessions and keys first, ask second. Then create buckets of the "
    "same names and restore their objects from backups that this user cannot reach.",
    false_positives="Tearing down a test environment by hand.",
    correlation=ValueCount(at_least=4, timespan=timedelta(hours=1), group_by=by_actor),
    references=["https://docs.aws.amazon.com/AmazonS3/latest/userguide/delete-bucket.html"],
)

ENVIRONMENT = Environment(deploy_roles=("arn:aws:iam::*:role/deploy",))


def examples() -> Iterator[Example]:
    mallory = iam_user("mallory")
    deletions = [delete(n, mallory) for n in range(4)]
    yield alerts("four in four minutes", *deletions)
    yield silent("three", *deletions[:3])
    yield silent("four in a day", *[delete(n, mallory, every=360) for n in range(4)])
    yield silent("the pipeline", *[delete(n, assumed_role("deploy")) for n in range(4)])


def delete(number: int, identity: dict[str, Any], *, every: int = 1) -> Record:
    told = {"bucketName": f"plans-{number}"}
    return record("s3:DeleteBucket", identity, minute=every * number, requestParameters=told)
