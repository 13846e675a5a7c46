"""Security and logging services enumerated.

Before the noisy part, an intruder asks what would notice: is there a trail, GuardDuty, a recorder.
Hardly anyone else asks several of these services within minutes.
"""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any

from trailwarden import Event, Example, Rule, Severity, Tactic, ValueCount, alerts, by_actor, silent
from trailwarden.cloudtrail.samples import ACCOUNT, assumed_role, denied, iam_user, record
from trailwarden.cloudtrail.values import Record
from trailwarden.environment import Environment
from trailwarden.services.actions import by_person_in_console

ENVIRONMENT = Environment(security_roles=(f"arn:aws:iam::{ACCOUNT}:role/Scanner",))


def detect(event: Event) -> str | None:
    if event.by_automation or event.by_security_team or by_person_in_console(event):
        return None
    return event.service


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "access-analyzer:ListAnalyzers",
        "cloudtrail:DescribeTrails",
        "cloudtrail:GetEventSelectors",
        "cloudtrail:GetTrail",
        "cloudtrail:GetTrailStatus",
        "cloudtrail:ListTrails",
        "config:DescribeConfigurationRecorderStatus",
        "config:DescribeConfigurationRecorders",
        "config:DescribeDeliveryChannels",
        "detective:ListGraphs",
        "ec2:DescribeFlowLogs",
        "guardduty:GetDetector",
        "guardduty:ListDetectors",
        "inspector2:BatchGetAccountStatus",
        "macie2:GetMacieSession",
        "securityhub:DescribeHub",
        "securityhub:GetEnabledStandards",
        "wafv2:ListWebACLs",
    ],
    severity=Severity.MEDIUM,
    attack={Tactic.DISCOVERY: ["T1518.001", "T1526"]},
    response="Ask the person behind the credential. If they know nothing of it, revoke its "
    "sessions and keys and look for what it turned off, or did, next.",
    false_positives="Posture scanners and the roles that deploy security services; name them.",
    correlation=ValueCount(at_least=3, timespan=timedelta(minutes=10), group_by=by_actor),
)

CALLS = (
    "cloudtrail:DescribeTrails",
    "guardduty:ListDetectors",
    "config:DescribeConfigurationRecorders",
)


def examples() -> Iterator[Example]:
    mallory = iam_user("mallory")
    yield alerts("three services", *calls(mallory))
    yield alerts("refused by two", calls(mallory)[0], *(denied(c, mallory) for c in CALLS[1:]))
    yield silent("two services", *calls(mallory, CALLS[:2]))
    yield silent("three in half an hour", *calls(mallory, every=10))
    yield silent("a scanner", *calls(assumed_role("Scanner")))


def calls(who: dict[str, Any], names: Sequence[str] = CALLS, *, every: int = 1) -> list[Record]:
    return [record(name, who, minute=n * every) for n, name in enumerate(names)]
