"""Reads what requests to S3 say of buckets, objects and keys."""

import re
from collections.abc import Iterator, Mapping
from math import isfinite
from typing import Any
from urllib.parse import unquote

from trailwarden.cloudtrail.caller import Caller
from trailwarden.cloudtrail.event import Event
from trailwarden.cloudtrail.values import dig, listed, mentions, text_of, whole_words
from trailwarden.detection.grouping import by_actor
from trailwarden.policy.document import account_of
from trailwarden.services.ec2 import values

_LOG_BUCKET = whole_words(
    *("cloud trail", "control tower log", "log archive", "logging archive", "audit log"),
    *("access log", "flow log", "elb log", "alb log", "nlb log", "guard duty log", "security log"),
    *("aws log", "waf log"),
)
_OF_CONFIG = re.compile(r"config-bucket-\d{12}")
_OFF = frozenset({"", "false", "none"})


def bucket_of(event: Event) -> str:
    """Return the name of the bucket that the request is about."""
    return event.text("requestParameters.bucketName")


def by_bucket(event: Event) -> str:
    """Group by account and bucket, over all callers."""
    return f"{event.recipient_account_id}/{bucket_of(event)}"


def by_actor_and_bucket(event: Event) -> str:
    """Group by account, actor and bucket."""
    return f"{by_actor(event)}/{bucket_of(event)}"


def is_new(event: Event) -> bool:
    """Say whether a request made a bucket that was not there before.

    In `us-east-1` alone, S3 also answers with success where the caller has the bucket already.
    """
    return event.name == "CreateBucket" and event.succeeded and event.aws_region != "us-east-1"


def holds_logs(event: Event) -> bool:
    """Say whether the bucket is for logs, by the environment or by its own name."""
    bucket = bucket_of(event)
    if event.environment.is_log_bucket(bucket) or _OF_CONFIG.match(bucket):
        return True
    return mentions(bucket, _LOG_BUCKET)


def owners(event: Event) -> Mapping[str, str]:
    """Return the account that owns each bucket among the event's resources, by name."""
    found = [r for r in event.listed("resources") if isinstance(r, Mapping)]
    buckets = [r for r in found if r.get("type") == "AWS::S3::Bucket"]
    return {
        text_of(r.get("ARN") or r.get("arn")).rpartition(":")[2]: text_of(r.get("accountId"))
        for r in buckets
    }


def batched(event: Event) -> int | None:
    """Return about how many objects a batch deletes, by the size of its request; None if unknown.

    CloudTrail does not record the keys. Each takes some hundred bytes.
    """
    size = event.get("additionalEventData.bytesTransferredIn")
    is_size = isinstance(size, int | float) and not isinstance(size, bool) and isfinite(size)
    return max(1, round(size / BYTES_OF_A_KEY)) if is_size and size > 0 else None


BYTES_OF_A_KEY = 100


def copied_from(event: Event) -> str:
    """Return the name of the bucket that an object is copied from; nothing for other requests."""
    source = unquote(_header(event, "x-amz-copy-source")).removeprefix("/")
    return source.partition("/")[0]


def replicas(event: Event) -> Iterator[tuple[str, str]]:
    """Yield the bucket and the account of each destination; nothing for an unnamed account."""
    for rule in event.listed("requestParameters.ReplicationConfiguration.Rule"):
        account = dig(rule, "Destination.Account")
        bucket = text_of(dig(rule, "Destination.Bucket")).rpartition(":")[2]
        yield bucket, str(account or "")


def foreign_kms_key(event: Event) -> str:
    """Return the ARN of the KMS key that encrypts an object, if an unknown account owns it."""
    key = _header(event, "x-amz-server-side-encryption-aws-kms-key-id")
    account = account_of(key)
    return key if account and not event.knows_account(account) else ""


def is_off(value: Any) -> bool:
    """Say whether a setting, written as a boolean or as text, is off or missing."""
    return value is None or str(value).lower() in _OFF


def protection_removed(event: Event) -> str:
    """Return the protection of a bucket that the request takes away, in few words, or nothing."""
    plain = _DELETED.get(event.name)
    if plain or not isinstance(event.get("requestParameters"), Mapping):
        return plain or ""
    return _SWITCHED[event.name](event) if event.name in _SWITCHED else ""


def weakened_blocks(event: Event) -> list[str]:
    """Return which of the four blocks of public access the request leaves switched off."""
    held = values(event.get("requestParameters"), "PublicAccessBlockConfiguration")
    blocks = next((block for block in held if isinstance(block, Mapping)), None)
    return [] if blocks is None else [name for name in BLOCKS if is_off(blocks.get(name))]


def _header(event: Event, name: str) -> str:
    values = listed(dig(event.get("requestParameters"), name))
    return text_of(values[0]) if values else ""


def _versioning(event: Event) -> str:
    status = event.text("requestParameters.VersioningConfiguration.Status")
    deletion = event.text("requestParameters.VersioningConfiguration.MfaDelete")
    if status == "Suspended":
        return "versioning"
    # Switching MFA delete off takes a code; others repeat the setting where it never was on.
    is_able = event.caller is Caller.ROOT or event.user_identity.mfa_authenticated
    return "MFA delete" if deletion == "Disabled" and is_able else ""


def _replication(event: Event) -> str:
    rules = event.listed("requestParameters.ReplicationConfiguration.Rule")
    states = {text_of(dig(rule, "Status")) for rule in rules}
    return "replication" if states == {"Disabled"} else ""


def _logging(event: Event) -> str:
    target = event.get("requestParameters.BucketLoggingStatus.LoggingEnabled")
    return "" if event.omits_parameters or target else "access logging"


def _object_lock(event: Event) -> str:
    if event.omits_parameters:
        return ""
    retention = event.get("requestParameters.ObjectLockConfiguration.Rule.DefaultRetention")
    return "" if retention else "default retention"


def _blocking(event: Event) -> str:
    return "public access block" if weakened_blocks(event) else ""


BLOCKS = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
_DELETED = {
    "DeleteBucketEncryption": "encryption",
    "DeleteBucketPolicy": "policy",
    "DeleteBucketPublicAccessBlock": "public access block",
    "DeleteBucketReplication": "replication",
}
_SWITCHED = {
    "PutBucketLogging": _logging,
    "PutBucketObjectLockConfiguration": _object_lock,
    "PutBucketPublicAccessBlock": _blocking,
    "PutBucketReplication": _replication,
    "PutBucketVersioning": _versioning,
    "PutObjectLockConfiguration": _object_lock,
}
