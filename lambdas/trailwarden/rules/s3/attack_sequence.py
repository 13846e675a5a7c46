"""Bucket attacked step by step.

Each step has its harmless uses. A principal who opens or unprotects a bucket, and then reads,
deletes or encrypts its objects, attacks it.
"""

from trailwarden import DEPLOYMENT, SUCCEEDED, Event, LogClass, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import Fields, policy, request
from trailwarden.correlations import HOUR, ValueCount
from trailwarden.examples import Examples, Record, alerts, silent
from trailwarden.policy.access import external_grants
from trailwarden.services.s3 import bucket_of, by_actor_and_bucket, protection_removed

STAGES = {
    "DeleteObject": "objects deleted",
    "DeleteObjects": "objects deleted",
    "GetObject": "objects read",
}
SSE_C = "x-amz-server-side-encryption-customer-algorithm"


def detect(event: Event) -> Match | None:
    stage = stage_of(event)
    return Match(stage, subject=bucket_of(event)) if stage else None


def stage_of(event: Event) -> str:
    """Return the stage of the attack; listing and looking is none, as everyone does that."""
    if event.name in ("CopyObject", "PutObject"):
        return "objects encrypted" if event.get(f"requestParameters.{SSE_C}") else ""
    if event.name == "PutBucketPolicy":
        grants = external_grants(event.get("requestParameters.bucketPolicy"), event)
        return "opened to outsiders" if any(grants) else ""
    return "unprotected" if protection_removed(event) else STAGES.get(event.name, "")


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "s3:CopyObject",
        "s3:DeleteBucketPolicy",
        "s3:DeleteBucketPublicAccessBlock",
        "s3:DeleteBucketReplication",
        "s3:DeleteObject",
        "s3:DeleteObjects",
        "s3:GetObject",
        "s3:PutBucketLogging",
        "s3:PutBucketPolicy",
        "s3:PutBucketPublicAccessBlock",
        "s3:PutBucketReplication",
        "s3:PutBucketVersioning",
        "s3:PutObject",
    ],
    exempt=DEPLOYMENT,
    exempt_reason="A pipeline takes apart and empties the buckets of a stack that it deletes.",
    outcome=SUCCEEDED,
    severity=Severity.CRITICAL,
    attack={Tactic.COLLECTION: ["T1530"], Tactic.IMPACT: ["T1485", "T1486"]},
    response="Revoke the caller's sessions and keys at once and deny the bucket to everyone. Put "
    "its settings back. List from the log which objects were read, deleted and rewritten.",
    false_positives="An administrator moves the content of a bucket by hand, and takes the bucket "
    "apart afterwards.",
    correlation=ValueCount(at_least=3, timespan=24 * HOUR, group_by=by_actor_and_bucket),
    log_class=LogClass.DATA,
    references=[
        "https://docs.aws.amazon.com/guardduty/latest/ug/guardduty-extended-threat-detection.html"
    ],
)


def examples() -> Examples:
    unblocked = on("s3:DeleteBucketPublicAccessBlock", 0)
    read, deleted = on("s3:GetObject", 20), on("s3:DeleteObject", 90)
    yield alerts("unblocked, read and deleted", unblocked, read, deleted, subject="plans")
    yield alerts("the same in another order", deleted, unblocked, read)
    yield silent("read and deleted", read, deleted)
    yield silent("unprotected twice, and emptied", unblocked, on("s3:PutBucketLogging", 5), deleted)
    yield silent("another bucket unblocked", on("s3:PutBucketLogging", 0, "other"), read, deleted)
    for action in ("DeleteBucketPolicy", "DeleteBucketReplication", "PutBucketLogging"):
        yield alerts(action, on(f"s3:{action}", 0), read, on("s3:DeleteObjects", 90))
    for status, story in (("Disabled", alerts), ("Enabled", silent)):
        copies: Fields = {"ReplicationConfiguration": {"Rule": [{"Status": status}]}}
        put = request("s3:PutBucketReplication", bucketName="plans", **copies)
        yield story(f"replication {status}", put, read, deleted)
    off = request("s3:PutBucketPublicAccessBlock", bucketName="plans", **OFF)
    yield alerts("a block switched off", off, read, deleted)
    suspended = {"Status": "Suspended"}
    versions = request(
        "s3:PutBucketVersioning", bucketName="plans", VersioningConfiguration=suspended
    )
    opened = policy("s3:*", Principal="*")
    public = request("s3:PutBucketPolicy", bucketName="plans", bucketPolicy=opened)
    for action in ("s3:CopyObject", "s3:PutObject"):
        encrypted = request(action, minute=9, bucketName="plans", **ENCRYPTED)
        yield alerts(f"encrypted by {action}", versions, public, encrypted)
        yield silent(f"written by {action}", versions, public, on(action, 9))


OFF: Fields = {"PublicAccessBlockConfiguration": {"BlockPublicAcls": False}}


ENCRYPTED: Fields = {SSE_C: "AES256"}


def on(action: str, minute: int, bucket: str = "plans") -> Record:
    return request(action, minute=minute, bucketName=bucket)
