"""GuardDuty findings hidden.

A filter that archives puts findings away before anyone reads them, and forwards them nowhere.
Archiving by hand does the same to existing findings.
"""

from typing import Any

from trailwarden import SECURITY_WORK, Event, Match, Rule, Severity, Tactic, either
from trailwarden.cloudtrail.samples import request
from trailwarden.examples import Examples, Record, alerts, silent

ARCHIVED = "GuardDuty findings archived by hand"


def detect(event: Event) -> Match | None:
    if event.name == "ArchiveFindings":
        findings = event.listed("requestParameters.findingIds")
        label = f"{len(findings)} archived: {', '.join(map(str, findings[:5]))}"
        return Match(label, severity=Severity.MEDIUM, title=ARCHIVED)
    name = event.request("name", "filterName")
    action = event.request("action")
    hides = action == "ARCHIVE" or (event.name == "UpdateFilter" and not action)
    return Match(f"filter {name}", subject=name) if hides else None


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["guardduty:ArchiveFindings", "guardduty:CreateFilter", "guardduty:UpdateFilter"],
    exempt=SECURITY_WORK,
    outcome=either(refused=Severity.MEDIUM),
    severity=Severity.HIGH,
    attack={Tactic.DEFENSE_EVASION: ["T1562.001"]},
    response="Delete the filter, or unarchive the findings, and read them. Ask the caller. If the "
    "caller is not of the security team, revoke their access.",
    false_positives="Analysts tidy up. Name their roles in `security_roles`.",
    references=["https://docs.aws.amazon.com/guardduty/latest/ug/findings_suppression-rule.html"],
)


def examples() -> Examples:
    criteria: dict[str, Any] = {"criterion": {}}
    create, update = "CreateFilter", "UpdateFilter"
    hiding = call(create, name="noise", action="ARCHIVE", findingCriteria=criteria)
    yield alerts("a filter that archives", hiding, severity=Severity.HIGH, subject="noise")
    yield alerts("a filter changed", call(update, filterName="noise", findingCriteria=criteria))
    archived = call("ArchiveFindings", findingIds=["a", "b"])
    yield alerts("archived", archived, severity=Severity.MEDIUM, label="2 archived: a, b")
    looking = call(create, name="noise", action="NOOP", findingCriteria=criteria)
    yield silent("a filter for looking", looking)


def call(event_name: str, **parameters: Any) -> Record:
    return request(f"guardduty:{event_name}", detectorId="12abc34d", **parameters)
