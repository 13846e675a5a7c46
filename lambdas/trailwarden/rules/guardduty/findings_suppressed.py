"""GuardDuty findings hidden.

A filter that archives puts findings away before anyone reads them, and forwards them nowhere.
Archiving by hand does the same to those that are there.
"""

from collections.abc import Iterator
from typing import Any

from trailwarden import Event, Example, Match, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.samples import ACCOUNT, assumed_role, record
from trailwarden.cloudtrail.values import Record
from trailwarden.environment import Environment

ENVIRONMENT = Environment(security_roles=(f"arn:aws:iam::{ACCOUNT}:role/Analyst",))


def detect(event: Event) -> Match | None:
    if not event.succeeded or event.by_automation or event.by_security_team:
        return None
    if event.name == "ArchiveFindings":
        count = len(event.listed("requestParameters.findingIds"))
        return Match(f"{count} archived", severity=Severity.MEDIUM)
    name = event.text("requestParameters.name") or event.text("requestParameters.filterName")
    action = event.text("requestParameters.action")
    hides = action == "ARCHIVE" or (event.name == "UpdateFilter" and not action)
    return Match(f"filter {name[:100]}", subject=name[:100]) if hides else None


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["guardduty:ArchiveFindings", "guardduty:CreateFilter", "guardduty:UpdateFilter"],
    severity=Severity.HIGH,
    attack={Tactic.DEFENSE_EVASION: ["T1562.001"]},
    response="Delete the filter, or unarchive, and read the findings that were hidden. Ask the "
    "caller; if they are not of the security team, revoke their access.",
    false_positives="Analysts who tidy up; name their roles in the environment.",
    references=["https://docs.aws.amazon.com/guardduty/latest/ug/findings_suppression-rule.html"],
)


def examples() -> Iterator[Example]:
    hiding = {"name": "noise", "action": "ARCHIVE", "findingCriteria": {"criterion": {}}}
    yield alerts("a filter that archives", call("CreateFilter", hiding))
    wider = {"filterName": "noise", "findingCriteria": {"criterion": {}}}
    yield alerts("a filter changed", call("UpdateFilter", wider))
    yield alerts("archived", call("ArchiveFindings", {"findingIds": ["a", "b"]}))
    yield silent("a filter for looking", call("CreateFilter", hiding | {"action": "NOOP"}))
    yield silent("by an analyst", call("ArchiveFindings", {"findingIds": ["a"]}, role="Analyst"))


def call(name: str, request: dict[str, Any], *, role: str = "Ops") -> Record:
    return record(f"guardduty:{name}", assumed_role(role), requestParameters=request)
