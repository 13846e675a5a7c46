"""Principal refused in a new way.

A credential in its usual use meets the same errors as ever. A first refusal or a first quota comes
with a first try at something else.
"""

from trailwarden import FAILED, SECURITY_WORK, Event, Match, Mode, Rule, Severity, Tactic
from trailwarden.cloudtrail.event import DENIED_CODES
from trailwarden.cloudtrail.samples import refused
from trailwarden.correlations import by_actor, first_use
from trailwarden.examples import Examples, Record, alerts, silent

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


def detect(event: Event) -> Match:
    return Match(event.error_code)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["*"],
    where={"errorCode": sorted(CODES)},
    exempt=SECURITY_WORK,
    outcome=FAILED,
    severity=Severity.LOW,
    attack={Tactic.DISCOVERY: ["T1526"]},
    response="Read the principal's attempts. If they do not explain it, ask its owner.",
    false_positives="New tasks, and permissions or quotas that changed.",
    correlation=first_use(by_actor, days=30),
    mode=Mode.HUNT,
)


def examples() -> Examples:
    usual, quota = "AccessDenied", "Client.VcpuLimitExceeded"
    yield alerts("a quota", failed(usual, 0), failed(quota, 7))
    yield silent("as ever", failed(usual, 0), failed(usual, 8))
    yield silent("in the first week", failed(usual, 0), failed(quota, 6))
    yield silent("throttled", failed(usual, 0), failed("ThrottlingException", 8))


def failed(code: str, day: int) -> Record:
    return refused("ec2:RunInstances", day=day, fields={"errorCode": code})
