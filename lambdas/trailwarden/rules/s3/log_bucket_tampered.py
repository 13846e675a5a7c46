"""Bucket that holds logs tampered with.

Whoever wants to act unseen cuts the log off where it is stored: a policy that refuses the log
service, an encryption key that it cannot use, versioning suspended, or the bucket deleted.
"""

from collections.abc import Iterator
from typing import Any

from trailwarden import Event, Example, Match, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.samples import assumed_role, aws_service, denied, iam_user, record
from trailwarden.cloudtrail.values import Record
from trailwarden.environment import Environment
from trailwarden.services.s3 import bucket_of, holds_logs


def detect(event: Event) -> Match | None:
    if not holds_logs(event) or event.by_automation or hardens(event):
        return None
    bucket = bucket_of(event)
    label = f"{event.name} on {bucket[:63]}"
    if event.denied:
        return Match(f"attempt: {label}", severity=Severity.MEDIUM, subject=bucket)
    if not event.succeeded:
        return None
    known = event.environment.is_log_bucket(bucket)
    return Match(label, severity=Severity.CRITICAL if known else None, subject=bucket)


def hardens(event: Event) -> bool:
    """Say whether the request switches versioning or a lock on, which only protects."""
    lock = event.get("requestParameters.ObjectLockConfiguration.Rule.DefaultRetention")
    return event.text("requestParameters.VersioningConfiguration.Status") == "Enabled" or bool(lock)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "s3:DeleteBucket",
        "s3:DeleteBucketEncryption",
        "s3:DeleteBucketPolicy",
        "s3:DeleteBucketReplication",
        "s3:PutBucketAcl",
        "s3:PutBucketEncryption",
        "s3:PutBucketLogging",
        "s3:PutBucketNotification",
        "s3:PutBucketObjectLockConfiguration",
        "s3:PutBucketOwnershipControls",
        "s3:PutBucketPolicy",
        "s3:PutBucketReplication",
        "s3:PutBucketVersioning",
    ],
    severity=Severity.HIGH,
    attack={Tactic.DEFENSE_EVASION: ["T1562.008", "T1070"]},
    response="Compare the bucket's settings with the infrastructure code and put them back. Check "
    "that log files still arrive, and what the same user did in the hours before.",
    false_positives="A person who sets up logging by hand. Name the buckets in `log_buckets` and "
    "the roles that manage them in `deploy_roles`.",
    references=[
        "https://docs.aws.amazon.com/awscloudtrail/latest/userguide/best-practices-security.html"
    ],
)

ENVIRONMENT = Environment(
    log_buckets=("org-trail-*",), deploy_roles=("arn:aws:iam::*:role/deploy",)
)


def examples() -> Iterator[Example]:
    mallory = iam_user("mallory")
    yield alerts("a named bucket's policy", change("s3:PutBucketPolicy", mallory))
    yield alerts("a bucket that sounds like it", change("s3:DeleteBucket", mallory, TRAIL))
    suspended: dict[str, Any] = {"VersioningConfiguration": {"Status": "Suspended"}}
    yield alerts("no more versions", change("s3:PutBucketVersioning", mallory, **suspended))
    told = {"bucketName": "org-trail-1"}
    attempt = denied("s3:DeleteBucketPolicy", mallory, requestParameters=told)
    yield alerts("an attempt", attempt)
    enabled: dict[str, Any] = {"VersioningConfiguration": {"Status": "Enabled"}}
    yield silent("versions on", change("s3:PutBucketVersioning", mallory, **enabled))
    yield silent("another bucket", change("s3:PutBucketPolicy", mallory, "plans"))
    yield silent("a catalog of blogs", change("s3:PutBucketPolicy", mallory, "catalogs-blogs"))
    yield silent("the pipeline", change("s3:PutBucketPolicy", assumed_role("deploy")))
    yield silent("AWS itself", change("s3:PutBucketAcl", aws_service("cloudtrail")))


TRAIL = "aws-cloudtrail-logs-111122223333-0a1b2c3d"


def change(
    action: str, identity: dict[str, Any], bucket: str = "org-trail-1", **parameters: Any
) -> Record:
    return record(action, identity, requestParameters={"bucketName": bucket} | parameters)
