"""Security services explored within minutes.

Before the noisy part, an intruder looks for a trail, GuardDuty and a recorder. Hardly anyone else
asks several of these services within minutes. A program that manages them names them. Scanners come
back: what a principal does again is told once in 60 days.
"""

from typing import Any

from trailwarden import EITHER, LEAKED, SECURITY_WORK, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import ROLE, Fields, request
from trailwarden.correlations import MINUTE, ValueCount, by_actor, by_lineage, first_use
from trailwarden.examples import Examples, Record, alerts, silent
from trailwarden.services.things import names_a_thing


def detect(event: Event) -> Match | None:
    return None if event.from_console or names_a_thing(event) else Match(event.service)


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
    exempt=SECURITY_WORK,
    outcome=EITHER,
    severity=Severity.MEDIUM,
    story="exploration",
    across=True,
    attack={Tactic.DISCOVERY: ["T1518.001", "T1526"]},
    response="Ask the person behind the credential. If they know nothing of it, revoke its "
    "sessions and keys. Then look for services that it turned off.",
    false_positives="Posture scanners. Name their roles in `security_roles`.",
    correlation=ValueCount(at_least=3, timespan=10 * MINUTE, group_by=by_lineage),
    unless_usual=first_use(by_actor, at_once_by=LEAKED),
)


def examples() -> Examples:
    trail, guard, recorder = (
        "cloudtrail:DescribeTrails",
        "guardduty:ListDetectors",
        "config:DescribeConfigurationRecorders",
    )
    usual, three = request("ec2:RunInstances", ROLE), (trail, guard, recorder)
    yield alerts("three services", usual, *calls(*three, day=7))
    yield alerts("by a key, in the first week", *calls(*three))
    yield alerts("by a role", usual, *calls(*three, by=ROLE, day=7))
    yield silent("by a role, in the first week", usual, *calls(*three, by=ROLE, day=6))
    yield silent("a scanner", *calls(*three, by=ROLE), *calls(*three, by=ROLE, day=8))
    known = request(trail, trailNameList=["main"])
    yield silent("a program that knows the trail", known, *calls(guard, recorder))
    default = request(recorder, configurationRecorderNames=["default"])
    yield alerts("the name that all have", default, *calls(trail, guard))
    for action in RULE.events:
        others = [a for a in (trail, guard, recorder) if a[:4] != action[:4]]
        yield alerts(action, *calls(*others[:2], action))
    yield silent("two services", *calls(trail, guard))
    page = {"sessionCredentialFromConsole": "true"}
    yield silent("in the console", *calls(trail, guard, recorder, fields=page))


def calls(
    *actions: str, by: Fields | None = None, day: int = 0, fields: dict[str, Any] | None = None
) -> list[Record]:
    return [
        request(action, by, day=day, minute=n, fields=fields) for n, action in enumerate(actions)
    ]
