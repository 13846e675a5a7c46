"""Several protections of one bucket switched off together.

One setting may be a mistake or a saving. Versioning, replication and the public access block going
within the hour is somebody who prepares to delete, encrypt or leak what is in the bucket.
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from trailwarden import Event, Example, Rule, Severity, Tactic, ValueCount, alerts, silent
from trailwarden.cloudtrail.samples import assumed_role, iam_user, record
from trailwarden.cloudtrail.values import Record
from trailwarden.environment import Environment
from trailwarden.services.s3 import by_actor_and_bucket, protection_removed


def detect(event: Event) -> str:
    if not event.succeeded or event.by_automation:
        return ""
    return protection_removed(event)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "s3:DeleteBucketEncryption",
        "s3:DeleteBucketPolicy",
        "s3:DeleteBucketPublicAccessBlock",
        "s3:DeleteBucketReplication",
        "s3:PutBucketLogging",
        "s3:PutBucketObjectLockConfiguration",
        "s3:PutBucketPublicAccessBlock",
        "s3:PutBucketVersioning",
    ],
    severity=Severity.HIGH,
    attack={
        Tactic.DEFENSE_EVASION: ["T1562.001"],
        Tactic.IMPACT: ["T1490", "T1485"],
    },
    response="Call the user now. If they do not answer or did not do it, revoke their sessions "
    "and keys, put the settings back, and look for objects read, deleted or rewritten since.",
    false_positives="Taking a bucket apart by hand before it is deleted.",
    correlation=ValueCount(
        at_least=2, timespan=timedelta(minutes=90), group_by=by_actor_and_bucket
    ),
    references=[
        "https://docs.aws.amazon.com/AmazonS3/latest/userguide/security-best-practices.html"
    ],
)

ENVIRONMENT = Environment(deploy_roles=("arn:aws:iam::*:role/deploy",))


def examples() -> Iterator[Example]:
    suspended = {"VersioningConfiguration": {"Status": "Suspended"}}
    versions = change("s3:PutBucketVersioning", minute=0, **suspended)
    policy = change("s3:DeleteBucketPolicy", minute=30)
    yield alerts("two in half an hour", versions, policy)
    yield alerts("the same, in the wrong order", policy, versions)
    yield silent("the same one twice", versions, change("s3:PutBucketVersioning", 5, **suspended))
    yield silent("two in two hours", versions, change("s3:DeleteBucketPolicy", minute=120))
    elsewhere = change("s3:DeleteBucketPolicy", minute=30, bucketName="other")
    yield silent("two buckets", versions, elsewhere)
    deploy = [{**r, "userIdentity": assumed_role("deploy")} for r in (versions, policy)]
    yield silent("the pipeline", *deploy)


def change(action: str, minute: float, **parameters: Any) -> Record:
    told = {"bucketName": "plans"} | parameters
    return record(action, iam_user("mallory"), minute=minute, requestParameters=told)
