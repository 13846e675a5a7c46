"""Bucket unprotected, and its objects read, deleted or encrypted.

Each step has its harmless uses. One principal who opens or unprotects a bucket and then reads and
deletes what is in it is robbing it.
"""

from collections.abc import Iterator
from datetime import timedelta

from trailwarden import Event, Example, LogClass, Rule, Severity, Tactic, ValueCount, alerts, silent
from trailwarden.cloudtrail.samples import iam_user, record
from trailwarden.cloudtrail.values import Record
from trailwarden.environment import Environment
from trailwarden.policy.access import external_grants
from trailwarden.services.s3 import by_actor_and_bucket, by_machine, protection_removed

STAGES = {
    "DeleteObject": "objects deleted",
    "DeleteObjects": "objects deleted",
    "GetObject": "objects read",
}
SSE_C = "requestParameters.x-amz-server-side-encryption-customer-algorithm"


def detect(event: Event) -> str:
    """Return the stage of the attack; looking around is none, as everyone does that."""
    if not event.succeeded or by_machine(event):
        return ""
    if event.name in ("CopyObject", "PutObject"):
        return "objects encrypted" if event.get(SSE_C) else ""
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
        "s3:PutBucketVersioning",
        "s3:PutObject",
    ],
    severity=Severity.CRITICAL,
    attack={
        Tactic.COLLECTION: ["T1530"],
        Tactic.IMPACT: ["T1485", "T1486"],
    },
    response="Revoke the caller's sessions and keys at once and deny the bucket to everyone. Then "
    "put its settings back, and list from the log what was read, deleted and rewritten.",
    false_positives="Moving a bucket's content by hand and taking the bucket apart afterwards.",
    correlation=ValueCount(at_least=3, timespan=timedelta(hours=24), group_by=by_actor_and_bucket),
    log_class=LogClass.DATA,
    references=[
        "https://docs.aws.amazon.com/guardduty/latest/ug/guardduty-extended-threat-detection.html"
    ],
)

ENVIRONMENT = Environment(deploy_roles=("arn:aws:iam::*:role/deploy",))


def examples() -> Iterator[Example]:
    unblocked = on("s3:DeleteBucketPublicAccessBlock", 0)
    read, deleted = on("s3:GetObject", 20), on("s3:DeleteObject", 90)
    yield alerts("unblocked, read and deleted", unblocked, read, deleted)
    yield alerts("the same in the wrong order", deleted, unblocked, read)
    yield silent("read and deleted", read, deleted)
    yield silent("unblocked and read", unblocked, read)
    logging = on("s3:PutBucketLogging", 5)
    yield silent("unprotected twice, and emptied", unblocked, logging, deleted)
    yield silent("another bucket unblocked", on("s3:PutBucketLogging", 0, "other"), read, deleted)


def on(action: str, minute: int, bucket: str = "plans") -> Record:
    told = {"bucketName": bucket}
    return record(action, iam_user("mallory"), minute=minute, requestParameters=told)
