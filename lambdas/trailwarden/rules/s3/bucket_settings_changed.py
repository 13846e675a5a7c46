"""Bucket's settings changed by hand.

Policies, lifecycle, logging, replication and website settings decide who reads a bucket's data and
how long it lives. Each change is a trace to follow when the bucket has another problem.
"""

from trailwarden import DEPLOYMENT, SUCCEEDED, Event, Match, Mode, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import refused, request
from trailwarden.examples import Examples, alerts, silent
from trailwarden.services.ec2 import values
from trailwarden.services.s3 import bucket_of


def detect(event: Event) -> Match:
    lifecycle, bucket = event.get("requestParameters.LifecycleConfiguration"), bucket_of(event)
    expires = " with expiration" if any(values(lifecycle, "Expiration")) else ""
    return Match(f"{event.name}{expires} on {bucket}", subject=bucket)


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
        "s3:PutBucketOwnershipControls",
        "s3:PutBucketReplication",
        "s3:PutBucketWebsite",
        "s3:RestoreObject",
    ],
    exempt=DEPLOYMENT,
    outcome=SUCCEEDED,
    severity=Severity.LOW,
    attack={
        Tactic.DEFENSE_EVASION: ["T1562.001", "T1070"],
        Tactic.IMPACT: ["T1490", "T1485.001"],
        Tactic.EXFILTRATION: ["T1537"],
    },
    response="Compare the bucket with its infrastructure code, and ask the caller.",
    false_positives="Everyone who sets up buckets in the console.",
    mode=Mode.HUNT,
)


def examples() -> Examples:
    deleted = request("s3:DeleteBucketPolicy", bucketName="plans")
    yield alerts("a policy deleted", deleted, subject="plans")
    rule = {"Rule": {"Status": "Enabled", "Expiration": {"Days": 90}}}
    expiring = request("s3:PutBucketLifecycle", bucketName="plans", LifecycleConfiguration=rule)
    label = "PutBucketLifecycle with expiration on plans"
    yield alerts("an expiration added", expiring, label=label)
    yield silent("a refused request", refused("s3:DeleteBucketCors", bucketName="plans"))
