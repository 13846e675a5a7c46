"""Bucket's settings changed by hand.

Policies, lifecycle, logging, replication and website settings of a bucket decide who reads its
data and how long it lives. Each change by a person is a trace to follow when something else is
wrong with the bucket.
"""

from collections.abc import Iterator
from typing import Any

from trailwarden import Event, Example, Match, Mode, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.samples import assumed_role, denied, iam_user, record
from trailwarden.cloudtrail.values import Record
from trailwarden.environment import Environment
from trailwarden.services.s3 import bucket_of


def detect(event: Event) -> Match | None:
    if not event.succeeded or event.by_automation:
        return None
    expires = "Expiration" in str(event.get("requestParameters.LifecycleConfiguration"))[:2000]
    what = f"{event.name} with expiration" if expires else event.name
    return Match(f"{what} on {bucket_of(event)[:63]}", subject=bucket_of(event))


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "s3:DeleteBucketCors",
        "s3:DeleteBucketEncryption",
        "s3:DeleteBucketLifecycle",
        "s3:DeleteBucketPolicy",
        "s3:DeleteBucketReplication",
        "s3:PutBucketEncryption",
        "s3:PutBucketLifecycle",
        "s3:PutBucketLifecycleConfiguration",
        "s3:PutBucketLogging",
        "s3:PutBucketReplication",
        "s3:PutBucketWebsite",
        "s3:RestoreObject",
    ],
    severity=Severity.LOW,
    attack={
        Tactic.DEFENSE_EVASION: ["T1562.001", "T1070"],
        Tactic.IMPACT: ["T1490", "T1485.001"],
        Tactic.EXFILTRATION: ["T1537"],
    },
    response="Compare the bucket with its infrastructure code, and ask whoever changed it.",
    false_positives="Everybody who sets up buckets in the console.",
    mode=Mode.HUNT,
)

ENVIRONMENT = Environment(deploy_roles=("arn:aws:iam::*:role/deploy",))


def examples() -> Iterator[Example]:
    alice = iam_user("alice")
    yield alerts("a policy deleted", change("s3:DeleteBucketPolicy", alice))
    rule = {"Rule": {"Status": "Enabled", "Expiration": {"Days": 90}}}
    expiring = change("s3:PutBucketLifecycle", alice, LifecycleConfiguration=rule)
    yield alerts("an expiration added", expiring)
    yield silent("the pipeline", change("s3:DeleteBucketPolicy", assumed_role("deploy")))
    yield silent("a refusal", denied("s3:DeleteBucketCors", alice))


def change(action: str, identity: dict[str, Any], **parameters: Any) -> Record:
    return record(action, identity, requestParameters={"bucketName": "plans"} | parameters)
