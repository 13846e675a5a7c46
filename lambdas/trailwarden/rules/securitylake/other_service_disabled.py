"""Security Lake, Shield, Firewall Manager or audit service disabled.

Each of them collects evidence, holds off attacks or calls for help in an emergency. They are
switched on once and not thought of again, so nobody misses them until they are needed.
"""

from collections.abc import Iterator
from typing import Any

from trailwarden import Event, Example, Match, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.samples import assumed_role, aws_service, denied, record
from trailwarden.cloudtrail.values import Record

NAMES = ("policyId", "protectionId", "subscriberId", "membershipId", "adminAccount")


def detect(event: Event) -> Match | None:
    if not event.succeeded or event.by_automation:
        return None
    told = (event.text(f"requestParameters.{name}") for name in NAMES)
    which = next(filter(None, told), "")[:80]
    return Match(f"{event.service}: {event.name} {which}".strip(), subject=event.action)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "auditmanager:DeregisterAccount",
        "auditmanager:DeregisterOrganizationAdminAccount",
        "fms:DeletePolicy",
        "fms:DisassociateAdminAccount",
        "security-ir:CancelMembership",
        "securitylake:DeleteAwsLogSource",
        "securitylake:DeleteCustomLogSource",
        "securitylake:DeleteDataLake",
        "securitylake:DeleteDataLakeOrganizationConfiguration",
        "securitylake:DeleteSubscriber",
        "securitylake:DeregisterDataLakeDelegatedAdministrator",
        "shield:DeleteProtection",
        "shield:DeleteSubscription",
        "shield:DisableApplicationLayerAutomaticResponse",
        "shield:DisableProactiveEngagement",
    ],
    severity=Severity.HIGH,
    attack={Tactic.DEFENSE_EVASION: ["T1562.001", "T1562.008"]},
    response="Ask the caller. If they did not plan it, switch the service on again, revoke their "
    "access, and look for what else they turned off.",
    false_positives="A service that is given up, or a resource that is taken down with its shield.",
)


def examples() -> Iterator[Example]:
    yield alerts("the lake", call("securitylake:DeleteDataLake", regions=["us-east-1"]))
    yield alerts("a source", call("securitylake:DeleteAwsLogSource", sources=[]))
    yield alerts("a shield", call("shield:DeleteProtection", protectionId="a1b2"))
    yield alerts("a firewall policy", call("fms:DeletePolicy", policyId="b2c3"))
    yield alerts("the auditors", call("auditmanager:DeregisterAccount"))
    yield silent("an IAM policy", call("iam:DeletePolicy", policyArn="arn:aws:iam::aws:policy/x"))
    yield silent("a service", record("shield:DeleteProtection", aws_service("fms")))
    yield silent("refused", denied("securitylake:DeleteDataLake", assumed_role("Ops")))


def call(action: str, **request: Any) -> Record:
    return record(action, assumed_role("Ops"), requestParameters=request)
