"""Log bucket changed.

An attacker who hides stops the logs where they are stored. A policy can refuse the log service, and
so can an encryption key. Without versions, deleted logs do not come back.
"""

from collections.abc import Iterator

from trailwarden import (
    DEPLOYMENT,
    Event,
    Example,
    Match,
    Rule,
    Severity,
    Tactic,
    alerts,
    either,
    silent,
)
from trailwarden.cloudtrail.samples import refused, request
from trailwarden.environment import Environment
from trailwarden.services.s3 import bucket_of, holds_logs


def detect(event: Event) -> Match | None:
    if not holds_logs(event) or hardens(event):
        return None
    bucket = bucket_of(event)
    known = event.environment.is_log_bucket(bucket)
    severity = Severity.CRITICAL if known else None
    return Match(f"{event.name} on {bucket}", severity=severity, subject=bucket)


def hardens(event: Event) -> bool:
    """Say whether the request switches versioning or a lock on, which only protects."""
    lock = event.get("requestParameters.ObjectLockConfiguration.Rule.DefaultRetention")
    return event.request("VersioningConfiguration.Status") == "Enabled" or bool(lock)


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
    exempt=DEPLOYMENT,
    outcome=either(refused=Severity.MEDIUM),
    severity=Severity.HIGH,
    attack={Tactic.DEFENSE_EVASION: ["T1562.008", "T1070"]},
    response="Compare the bucket's settings with the infrastructure code and put them back. Check "
    "that log files still arrive. Look at the caller's requests in the hours before.",
    false_positives="An engineer sets up logging by hand. Name the buckets in `log_buckets` and "
    "the roles that manage them in `deploy_roles`.",
    references=[
        "https://docs.aws.amazon.com/awscloudtrail/latest/userguide/best-practices-security.html"
    ],
)

ENVIRONMENT = Environment(log_buckets=("org-trail-*",))
TRAIL = "aws-cloudtrail-logs-111122223333-0a1b2c3d"


def examples() -> Iterator[Example]:
    put, versioning = "s3:PutBucketPolicy", "s3:PutBucketVersioning"
    known = request(put, bucketName="org-trail-1")
    yield alerts("a known log bucket", known, severity=Severity.CRITICAL, subject="org-trail-1")
    for action in RULE.events:
        likely = request(action, bucketName=TRAIL)
        yield alerts(f"{action} on likely logs", likely, severity=Severity.HIGH, subject=TRAIL)
    attempt = refused("s3:DeleteBucketPolicy", bucketName="org-trail-1")
    yield alerts("a refused request", attempt, severity=Severity.MEDIUM)
    for status, story in (("Suspended", alerts), ("Enabled", silent)):
        versions = {"Status": status}
        change = request(versioning, bucketName="org-trail-1", VersioningConfiguration=versions)
        yield story(f"versions {status}", change)
    lock = {"Rule": {"DefaultRetention": {"Mode": "COMPLIANCE", "Days": 30}}}
    locked = "s3:PutBucketObjectLockConfiguration"
    yield silent("a lock", request(locked, bucketName=TRAIL, ObjectLockConfiguration=lock))
    yield silent("another bucket", request(put, bucketName="plans"))
    yield silent("a catalog of blogs", request(put, bucketName="catalogs-blogs"))
