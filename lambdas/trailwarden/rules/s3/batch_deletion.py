"""Objects deleted in batches.

One DeleteObjects request deletes up to a thousand objects, and the log does not name them. It is
the fast way to empty a bucket.
"""

from trailwarden import PROGRAMS, SUCCEEDED, Event, LogClass, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import assumed_role, request
from trailwarden.correlations import HOUR, EventCount
from trailwarden.examples import Examples, Record, alerts, silent
from trailwarden.services.s3 import bucket_of, by_actor_and_bucket


def detect(event: Event) -> Match:
    bucket = bucket_of(event)
    return Match(f"a batch of {bucket}", subject=bucket)


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
    correlation=EventCount(at_least=2, timespan=HOUR, group_by=by_actor_and_bucket),
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


def delete(minute: int, bucket: str = "plans") -> Record:
    return request("s3:DeleteObjects", minute=minute, bucketName=bucket, delete="")
