"""Reads what requests to S3 say of buckets, objects and keys."""

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

from trailwarden.cloudtrail.address import is_workload
from trailwarden.cloudtrail.event import Event
from trailwarden.cloudtrail.values import dig, listed, text_of
from trailwarden.detection.correlation import by_actor
from trailwarden.policy.document import account_of

_LOG_BUCKET = re.compile(
    r"cloudtrail|controltower-logs|log-?archive|config-bucket|"
    r"(?:audit|access|flow|elb|alb|guardduty|security|aws)-?logs?(?![a-z])"
)
_NOBODY = frozenset({"anonymous", "anonymous_principal", "aws:anonymous"})
_OFF = frozenset({"", "false", "none"})


def bucket_of(event: Event) -> str:
    """Return the name of the bucket that the request is about."""
    return event.text("requestParameters.bucketName")


def by_actor_and_bucket(event: Event) -> str:
    """Group by account, actor and bucket."""
    return f"{by_actor(event)}/{bucket_of(event)}"


def by_machine(event: Event) -> bool:
    """Say whether AWS acted, a deploy role, or what AWS gave credentials to: a server, a function.

    `inScopeOf` is what CloudTrail writes of the latter.
    """
    identity = event.user_identity
    is_function = bool(dig(identity.record, "inScopeOf"))
    return event.by_automation or is_workload(identity) or is_function


def by_person(event: Event) -> bool:
    """Say whether a user acted, with a key or signed in, rather than a role of some program."""
    identity = event.user_identity
    if identity.is_assumed_role:
        return identity.is_sso_role or "@" in identity.session_name
    return bool(identity.type) and not event.by_automation and not is_anonymous(event)


def is_anonymous(event: Event) -> bool:
    """Say whether the request came without credentials."""
    identity = event.user_identity
    return any(who.lower() in _NOBODY for who in (identity.account_id, identity.principal_id))


def holds_logs(event: Event) -> bool:
    """Say whether the environment, or the bucket's own name, tells that it is for logs."""
    bucket = bucket_of(event)
    return event.environment.is_log_bucket(bucket) or bool(_LOG_BUCKET.search(bucket))


def owners(event: Event) -> Mapping[str, str]:
    """Return the account that owns each bucket among the event's resources, by name."""
    found = [r for r in event.listed("resources") if isinstance(r, Mapping)]
    buckets = [r for r in found if r.get("type") == "AWS::S3::Bucket"]
    return {
        text_of(r.get("ARN") or r.get("arn")).rpartition(":")[2]: text_of(r.get("accountId"))
        for r in buckets
    }


def copied_from(event: Event) -> str:
    """Return the name of the bucket that an object is copied from; nothing for other requests."""
    source = unquote(_header(event, "x-amz-copy-source")).removeprefix("/")
    return source.partition("/")[0]


def foreign_kms_key(event: Event) -> str:
    """Return the ARN of the KMS key that an object is encrypted with, if an outsider owns it."""
    key = _header(event, "x-amz-server-side-encryption-aws-kms-key-id")
    account = account_of(key)
    return key if account and not event.knows_account(account) else ""


def is_off(value: Any) -> bool:
    """Say whether a setting, written as a boolean or as text, is off or missing."""
    return value is None or str(value).lower() in _OFF


def protection_removed(event: Event) -> str:
    """Return which protection of a bucket the request takes away, in few words, or nothing."""
    plain = _DELETED.get(event.name)
    if plain or not isinstance(event.get("requestParameters"), Mapping):
        return plain or ""
    return _SWITCHED[event.name](event) if event.name in _SWITCHED else ""


def weakened_blocks(event: Event) -> list[str]:
    """Return which of the four blocks of public access the request leaves switched off."""
    told = event.get("requestParameters.PublicAccessBlockConfiguration")
    return [name for name in _BLOCKS if is_off(told.get(name))] if isinstance(told, Mapping) else []


def _header(event: Event, name: str) -> str:
    values = listed(dig(event.get("requestParameters"), name))
    return text_of(values[0]) if values else ""


def _versioning(event: Event) -> str:
    status = event.text("requestParameters.VersioningConfiguration.Status")
    deletion = event.text("requestParameters.VersioningConfiguration.MfaDelete")
    if status == "Suspended":
        return "versioning"
    return "MFA delete" if deletion == "Disabled" else ""


def _logging(event: Event) -> str:
    told = event.get("requestParameters")
    wanted = dig(told, "BucketLoggingStatus.LoggingEnabled")
    return "" if event.omits_parameters or wanted else "access logging"


def _object_lock(event: Event) -> str:
    if event.omits_parameters:
        return ""
    retention = event.get("requestParameters.ObjectLockConfiguration.Rule.DefaultRetention")
    return "" if retention else "default retention"


def _blocking(event: Event) -> str:
    return "public access block" if weakened_blocks(event) else ""


_BLOCKS = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
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
    "PutBucketVersioning": _versioning,
    "PutObjectLockConfiguration": _object_lock,
}
