"""Objects deleted in batches.

One DeleteObjects request deletes up to a thousand objects, and the log does not name them. It is
the fast way to empty a bucket. The rule counts objects, by the size of the requests.

What a principal did as much of on three days, from a week ago on, is its habit: that is LOW.
"""

from math import ceil

from trailwarden import PROGRAMS, SUCCEEDED, Event, LogClass, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import Fields, assumed_role, request
from trailwarden.correlations import HOUR, EventCount, habit
from trailwarden.examples import Examples, Record, alerts, examples_of_habit, silent
from trailwarden.services.s3 import BYTES_OF_A_KEY, batched, bucket_of, by_actor_and_bucket

UNIT, MANY = 5, 20
"""The objects that count as one, and how many of them are told: a hundred objects."""


def detect(event: Event) -> Match:
    bucket, objects = bucket_of(event), batched(event)
    parts = MANY // 2 if objects is None else min(MANY, ceil(objects / UNIT))
    of_batch = (f"a batch of {bucket}, part {n} of {parts}" for n in range(1, parts + 1))
    return Match([*of_batch] if parts > 1 else f"a batch of {bucket}", subject=bucket)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["s3:DeleteObjects"],
    exempt=PROGRAMS,
    outcome=SUCCEEDED,
    severity=Severity.HIGH,
    attack={Tactic.IMPACT: ["T1485"]},
    response="Revoke the caller's sessions and keys. If versioning is on, remove the delete "
    "markers; else restore from a replica or backup. The access log lists the deleted objects.",
    false_positives="An administrator empties a bucket by hand before its deletion.",
    correlation=EventCount(at_least=MANY, timespan=HOUR, group_by=by_actor_and_bucket),
    unless_usual=habit(by_actor_and_bucket),
    log_class=LogClass.DATA,
    references=[
        "https://docs.aws.amazon.com/AmazonS3/latest/userguide/delete-multiple-objects.html"
    ],
)


def examples() -> Examples:
    batches = [delete(n) for n in range(2)]
    yield alerts("two batches", *batches, subject="plans")
    yield silent("one batch", batches[0])
    yield silent("two on two buckets", batches[0], delete(1, bucket="other"))
    named = assumed_role("etl", "GlueJobRunnerSession")
    yield alerts("a session named like a job", *[{**b, "userIdentity": named} for b in batches])

    yield alerts("a hundred objects at once", delete(0, objects=96), subject="plans")
    yield silent("some fewer", delete(0, objects=95))
    selected = [delete(n, objects=5) for n in range(20)]
    yield alerts("some at a time, for long", *selected, label="a batch of plans")
    yield silent("some at a time, and one less", *selected[1:])
    yield from examples_of_habit(*batches, told=Severity.HIGH)


def delete(minute: int, bucket: str = "plans", *, objects: int = 0) -> Record:
    size = {"additionalEventData": {"bytesTransferredIn": BYTES_OF_A_KEY * objects}}
    named: Fields = {"bucketName": bucket, "delete": ""}
    return request("s3:DeleteObjects", minute=minute, fields=size if objects else {}, **named)
