"""GuardDuty findings hidden.

A filter that archives puts findings away before anyone reads them, and forwards them nowhere.
Archiving does the same to existing findings, and no infrastructure code does that.
"""

from typing import Any

from trailwarden import AWS_ITSELF, DEPLOYMENT, Caller, Event, Match, Rule, Severity, Tactic, either
from trailwarden.cloudtrail.samples import DEPLOYED, DEPLOYER, Fields, request
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
    severity = Severity.LOW if event.caller in DEPLOYMENT else None
    return Match(f"filter {name}", severity, name) if hides else None


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["guardduty:ArchiveFindings", "guardduty:CreateFilter", "guardduty:UpdateFilter"],
    exempt=AWS_ITSELF | {Caller.SECURITY_TEAM},
    outcome=either(refused=Severity.MEDIUM),
    severity=Severity.HIGH,
    attack={Tactic.DEFENSE_EVASION: ["T1562.001"]},
    response="Delete the filter, or unarchive the findings, and read them. Ask the caller. If the "
    "caller is not of the security team, revoke their access.",
    false_positives="Analysts tidy up. Name their roles in `security_roles`.",
    references=["https://docs.aws.amazon.com/guardduty/latest/ug/findings_suppression-rule.html"],
)


ENVIRONMENT = DEPLOYED


def examples() -> Examples:
    criteria: dict[str, Any] = {"criterion": {}}
    create, update = "CreateFilter", "UpdateFilter"
    hiding = call(create, name="noise", action="ARCHIVE", findingCriteria=criteria)
    yield alerts("a filter that archives", hiding, severity=Severity.HIGH, subject="noise")
    yield alerts("a filter changed", call(update, filterName="noise", findingCriteria=criteria))
    archived = call("ArchiveFindings", findingIds=["a", "b"])
    yield alerts("archived", archived, severity=Severity.MEDIUM, label="2 archived: a, b")
    by_code = call(create, DEPLOYER, name="noise", action="ARCHIVE", findingCriteria=criteria)
    yield alerts("a filter by code", by_code, severity=Severity.LOW)
    tidied = call("ArchiveFindings", DEPLOYER, findingIds=["a"])
    yield alerts("archived by a pipeline", tidied, severity=Severity.MEDIUM)
    looking = call(create, name="noise", action="NOOP", findingCriteria=criteria)
    yield silent("a filter for looking", looking)


def call(event_name: str, by: Fields | None = None, **parameters: Any) -> Record:
    return request(f"guardduty:{event_name}", by, detectorId="12abc34d", **parameters)
