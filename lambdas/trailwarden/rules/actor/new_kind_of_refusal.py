"""Actor was refused in a way that is new to it.

A credential that works as it always did meets the same errors as ever. A first refusal, a first
quota, a first check of the account's owner comes with a first try at something else.
"""

from collections.abc import Iterator
from datetime import timedelta

from trailwarden import (
    Event,
    Example,
    FirstSeen,
    Mode,
    Rule,
    Severity,
    Tactic,
    alerts,
    by_actor,
    silent,
)
from trailwarden.cloudtrail.event import DENIED_CODES
from trailwarden.cloudtrail.samples import denied, iam_user
from trailwarden.cloudtrail.values import Record

CODES = DENIED_CODES | {
    "Client.Blocked",
    "Client.InstanceLimitExceeded",
    "Client.MaxSpotInstanceCountExceeded",
    "Client.OptInRequired",
    "Client.PendingVerification",
    "Client.VcpuLimitExceeded",
    "LimitExceededException",
    "OptInRequired",
    "ServiceQuotaExceededException",
    "SubscriptionRequiredException",
}


def detect(event: Event) -> str | None:
    return None if event.by_automation or event.by_security_team else event.error_code


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["*"],
    where={"errorCode": sorted(CODES)},
    severity=Severity.LOW,
    attack={Tactic.DISCOVERY: ["T1526"]},
    response="Read what the principal tried, and ask its owner when that does not explain it.",
    false_positives="New tasks, and permissions or quotas that changed.",
    correlation=FirstSeen(
        learning=timedelta(days=7), timespan=timedelta(days=30), group_by=by_actor
    ),
    mode=Mode.HUNT,
)


def examples() -> Iterator[Example]:
    usual, quota = "AccessDenied", "Client.VcpuLimitExceeded"
    yield alerts("a quota", call(usual, 0), call(usual, 5), call(quota, 8))
    yield silent("as ever", call(usual, 0), call(usual, 8))
    yield silent("in the first week", call(usual, 0), call(quota, 6))
    yield silent("throttled", call(usual, 0), call("ThrottlingException", 8))


def call(code: str, day: int) -> Record:
    mallory = iam_user("mallory")
    return denied("ec2:RunInstances", mallory, minute=day * 24 * 60, errorCode=code)
