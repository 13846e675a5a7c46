"""Security Hub findings hidden.

A finding that is suppressed, archived or resolved by a rule is one that nobody reads. Somebody who
may not switch the service off can still make it say nothing.
"""

import json
from collections.abc import Iterator
from typing import Any

from trailwarden import Event, Example, Match, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.samples import ACCOUNT, assumed_role, record
from trailwarden.cloudtrail.values import Record
from trailwarden.environment import Environment

ENVIRONMENT = Environment(security_roles=(f"arn:aws:iam::{ACCOUNT}:role/Analyst",))

HIDING = ('"SUPPRESSED"', '"RESOLVED"', '"ARCHIVED"', '"DISABLED"')
MANY = 10


def detect(event: Event) -> Match | None:
    if not event.succeeded or event.by_automation or event.by_security_team:
        return None
    if event.name in {"DeleteInsight", "UpdateInsight"}:
        return Match(event.name, severity=Severity.LOW)
    told = json.dumps(event.get("requestParameters"), default=str)
    seen = next((state for state in HIDING if state in told), "").strip('"').lower()
    if not seen or (seen == "resolved" and handles_few(event)):
        return None
    return Match(f"{event.name}: {seen}", subject=event.name)


def handles_few(event: Event) -> bool:
    """Say whether somebody closes what they have dealt with, a few findings by hand."""
    keys = ("FindingIdentifiers", "findingIdentifiers", "MetadataUids", "metadataUids")
    found = [event.listed(f"requestParameters.{key}") for key in keys]
    return event.name.startswith("BatchUpdateFindings") and max(map(len, found)) < MANY


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "securityhub:BatchUpdateAutomationRules",
        "securityhub:BatchUpdateFindings",
        "securityhub:BatchUpdateFindingsV2",
        "securityhub:BatchUpdateStandardsControlAssociations",
        "securityhub:CreateAutomationRule",
        "securityhub:CreateAutomationRuleV2",
        "securityhub:DeleteInsight",
        "securityhub:UpdateAutomationRuleV2",
        "securityhub:UpdateFindings",
        "securityhub:UpdateInsight",
        "securityhub:UpdateStandardsControl",
    ],
    severity=Severity.MEDIUM,
    attack={Tactic.DEFENSE_EVASION: ["T1562.001"]},
    response="Read the findings that were hidden and set them back to new. Delete the automation "
    "rule if there is one, and ask the caller.",
    false_positives="Analysts and their tools; name their roles in the environment.",
    references=[
        "https://docs.aws.amazon.com/securityhub/latest/userguide/finding-workflow-status.html"
    ],
)


def examples() -> Iterator[Example]:
    yield alerts("suppressed", update("SUPPRESSED"))
    yield alerts("many resolved", update("RESOLVED", count=10))
    control = {"ControlStatus": "DISABLED", "DisabledReason": "noise"}
    yield alerts("a control off", call("UpdateStandardsControl", control))
    action = {"FindingFieldsUpdate": {"Workflow": {"Status": "SUPPRESSED"}}}
    yield alerts("a rule that suppresses", call("CreateAutomationRule", {"Actions": [action]}))
    yield silent("few resolved", update("RESOLVED", count=9))
    yield silent("told about", update("NOTIFIED"))
    yield silent("by an analyst", update("SUPPRESSED", role="Analyst"))


def update(status: str, *, count: int = 1, role: str = "Ops") -> Record:
    found = [{"Id": f"finding/{n}", "ProductArn": "arn:aws:securityhub"} for n in range(count)]
    request = {"FindingIdentifiers": found, "Workflow": {"Status": status}}
    return call("BatchUpdateFindings", request, role=role)


def call(name: str, request: dict[str, Any], *, role: str = "Ops") -> Record:
    return record(f"securityhub:{name}", assumed_role(role), requestParameters=request)
