"""Bucket's access logging or default encryption switched off.

The access log is often the only record of who read which object. Without it, or without the
encryption that a key policy guards, copying data leaves no trace and needs no key.
"""

from collections.abc import Iterator
from typing import Any

from trailwarden import Event, Example, Match, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.samples import assumed_role, denied, iam_user, record
from trailwarden.cloudtrail.values import Record
from trailwarden.environment import Environment
from trailwarden.services.s3 import bucket_of, protection_removed


def detect(event: Event) -> Match | None:
    protection = protection_removed(event)
    if not protection or not event.succeeded or event.by_automation:
        return None
    return Match(f"{protection} of {bucket_of(event)[:63]}", subject=bucket_of(event))


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["s3:DeleteBucketEncryption", "s3:PutBucketLogging"],
    severity=Severity.MEDIUM,
    attack={Tactic.DEFENSE_EVASION: ["T1562.008", "T1562.001"]},
    response="Switch it on again, then look at what the same user read from the bucket, and "
    "whether objects were written meanwhile without the key that they should have.",
    false_positives="Taking a bucket apart before it is deleted.",
    references=["https://docs.aws.amazon.com/AmazonS3/latest/userguide/ServerLogs.html"],
)

ENVIRONMENT = Environment(deploy_roles=("arn:aws:iam::*:role/deploy",))


def examples() -> Iterator[Example]:
    mallory = iam_user("mallory")
    namespace = {"xmlns": "http://doc.s3.amazonaws.com/2006-03-01"}
    off = put("s3:PutBucketLogging", mallory, logging="", BucketLoggingStatus=namespace)
    yield alerts("logging off", off)
    yield alerts("logging off, in short", put("s3:PutBucketLogging", mallory, logging=""))
    yield alerts("encryption deleted", put("s3:DeleteBucketEncryption", mallory, encryption=""))
    target = {"LoggingEnabled": {"TargetBucket": "logs", "TargetPrefix": "plans/"}}
    on = put("s3:PutBucketLogging", mallory, logging="", BucketLoggingStatus=target)
    yield silent("logging on", on)
    yield silent("the pipeline", put("s3:DeleteBucketEncryption", assumed_role("deploy")))
    yield silent("a refusal", denied("s3:PutBucketLogging", mallory))


def put(action: str, identity: dict[str, Any], **parameters: Any) -> Record:
    return record(action, identity, requestParameters={"bucketName": "plans"} | parameters)
