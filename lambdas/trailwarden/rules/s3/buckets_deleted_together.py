"""Several buckets deleted within an hour.

A team that cleans up deletes one bucket. An attacker who destroys an account, out of spite or to
force a ransom, deletes them all.
"""

from trailwarden import DEPLOYMENT, SUCCEEDED, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import request
from trailwarden.correlations import HOUR, ValueCount, by_actor
from trailwarden.examples import Examples, alerts, silent
from trailwarden.services.s3 import bucket_of


def detect(event: Event) -> Match | None:
    bucket = bucket_of(event)
    return Match(bucket) if bucket else None


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["s3:DeleteBucket"],
    exempt=DEPLOYMENT,
    outcome=SUCCEEDED,
    severity=Severity.HIGH,
    attack={Tactic.IMPACT: ["T1485"]},
    response="Revoke the caller's sessions and keys first, ask second. Create buckets of the same "
    "names. Restore their objects from backups that the caller cannot reach.",
    false_positives="An engineer takes down a test environment by hand.",
    correlation=ValueCount(at_least=4, in_a_day=8, timespan=HOUR, group_by=by_actor),
    references=["https://docs.aws.amazon.com/AmazonS3/latest/userguide/delete-bucket.html"],
)


def examples() -> Examples:
    deletions = [request("s3:DeleteBucket", minute=n, bucketName=f"plans-{n}") for n in range(4)]
    yield alerts("four in four minutes", *deletions, label="plans-3")
    yield silent("three", *deletions[:3])
    more = [request("s3:DeleteBucket", minute=n, bucketName=f"plans-{n}") for n in range(4, 8)]
    yield alerts("8 within a day", *deletions, *more)
