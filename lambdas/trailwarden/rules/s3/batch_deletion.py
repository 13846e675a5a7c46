"""Objects deleted by the thousand.

One DeleteObjects request takes up to a thousand objects with it, and the log does not even tell
which. It is the fast way to wipe a bucket.
"""

from collections.abc import Iterator
from datetime import timedelta

from trailwarden import Event, EventCount, Example, LogClass, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.samples import assumed_role, iam_user, instance_role, record
from trailwarden.cloudtrail.values import Record
from trailwarden.environment import Environment
from trailwarden.services.s3 import by_actor_and_bucket, by_machine

JOBS = ("GlueJobRunnerSession", "AWS-DataSync", "EMR", "awslambda")


def detect(event: Event) -> bool:
    if by_machine(event) or event.user_identity.session_name.startswith(JOBS):
        return False
    return event.succeeded


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["s3:DeleteObjects"],
    severity=Severity.HIGH,
    attack={Tactic.IMPACT: ["T1485"]},
    response="Revoke the caller's sessions and keys. If versioning is on, remove the delete "
    "markers; else restore from a replica or backup. The access log tells which objects are gone.",
    false_positives="Emptying a bucket by hand before it is deleted.",
    correlation=EventCount(at_least=2, timespan=timedelta(hours=1), group_by=by_actor_and_bucket),
    log_class=LogClass.DATA,
    references=[
        "https://docs.aws.amazon.com/AmazonS3/latest/userguide/delete-multiple-objects.html"
    ],
)

ENVIRONMENT = Environment(deploy_roles=("arn:aws:iam::*:role/deploy",))


def examples() -> Iterator[Example]:
    batches = [delete(n) for n in range(2)]
    yield alerts("two batches", *batches)
    yield silent("one batch", batches[0])
    yield silent("two on two buckets", batches[0], delete(1, bucket="other"))
    yield silent("two in three hours", batches[0], delete(180))
    yield silent("a server", *[{**b, "userIdentity": instance_role("etl")} for b in batches])
    yield silent("the pipeline", *[{**b, "userIdentity": assumed_role("deploy")} for b in batches])


def delete(minute: int, bucket: str = "plans") -> Record:
    told = {"bucketName": bucket, "delete": ""}
    who = iam_user("mallory")
    return record(
        "s3:DeleteObjects", who, minute=minute, requestParameters=told, eventCategory="Data"
    )
