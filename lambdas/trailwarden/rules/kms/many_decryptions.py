"""KMS used unusually often by one principal.

Services use keys on behalf of their users. A person or program that asks KMS itself, hundreds of
times in minutes, decrypts what it has taken or encrypts what it will hold for ransom.
"""

from collections.abc import Iterator
from datetime import timedelta

from trailwarden import (
    Event,
    EventCount,
    Example,
    Mode,
    Rule,
    Severity,
    Tactic,
    alerts,
    by_actor,
    silent,
)
from trailwarden.cloudtrail.address import is_workload
from trailwarden.cloudtrail.samples import iam_user, instance_role, record
from trailwarden.cloudtrail.values import Record


def detect(event: Event) -> bool:
    if not event.succeeded or event.by_automation or event.user_identity.invoked_by:
        return False
    context = event.get("requestParameters.encryptionContext")
    keys = context if isinstance(context, dict) else {}
    for_service = any(str(key).startswith("aws:") for key in keys)
    return not for_service and not is_workload(event.user_identity)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "kms:Decrypt",
        "kms:Encrypt",
        "kms:GenerateDataKey",
        "kms:GenerateDataKeyWithoutPlaintext",
    ],
    where={"userIdentity": {"invokedBy": [{"exists": False}]}},
    severity=Severity.LOW,
    attack={Tactic.IMPACT: ["T1486"]},
    response="See which data the key protects, and what the principal read or wrote meanwhile.",
    false_positives="Programs that encrypt field by field.",
    correlation=EventCount(at_least=200, timespan=timedelta(minutes=10), group_by=by_actor),
    mode=Mode.HUNT,
)


def examples() -> Iterator[Example]:
    uses = [use(n) for n in range(200)]
    yield alerts("two hundred in four minutes", *uses)
    yield silent("one less", *uses[:199])
    yield silent("a server", *[{**u, "userIdentity": instance_role("web")} for u in uses])
    context = {"encryptionContext": {"aws:s3:arn": "arn:aws:s3:::plans"}}
    yield silent("for S3", *[{**u, "requestParameters": context} for u in uses])


def use(number: int) -> Record:
    return record("kms:Decrypt", iam_user("mallory"), minute=number * 0.02)
