"""Inspector scanning disabled or findings suppressed.

Inspector lists the holes in machines, images and functions. Without it, or with a filter over it,
a hole that an intruder uses, or brings along, is nobody's finding.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from trailwarden import Event, Example, Match, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.samples import assumed_role, denied, record
from trailwarden.cloudtrail.values import Record


def detect(event: Event) -> Match | None:
    if not event.succeeded or event.by_automation or event.by_security_team:
        return None
    if event.name in {"CreateFilter", "UpdateFilter"}:
        hides = event.text("requestParameters.action") == "SUPPRESS"
        name = event.text("requestParameters.name")[:100]
        return Match(f"filter {name} suppresses", subject=name) if hides else None
    if event.name == "UpdateOrganizationConfiguration":
        chosen = event.get("requestParameters.autoEnable")
        off = [k for k, v in chosen.items() if v is False] if isinstance(chosen, Mapping) else []
        return Match(f"new accounts without {', '.join(map(str, off))}"[:100]) if off else None
    return Match(event.name)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "inspector2:CreateFilter",
        "inspector2:Disable",
        "inspector2:DisassociateMember",
        "inspector2:UpdateFilter",
        "inspector2:UpdateOrganizationConfiguration",
    ],
    severity=Severity.MEDIUM,
    attack={Tactic.DEFENSE_EVASION: ["T1562.001"]},
    response="Enable scanning again, or delete the filter and read what it hid. Ask the caller.",
    false_positives="Findings that are accepted by the security team; name its roles.",
)


def examples() -> Iterator[Example]:
    yield alerts("off", call("Disable", resourceTypes=["EC2"], accountIds=["111122223333"]))
    yield alerts("a filter", call("CreateFilter", name="noise", action="SUPPRESS"))
    chosen = {"ec2": False, "ecr": True}
    yield alerts("new accounts", call("UpdateOrganizationConfiguration", autoEnable=chosen))
    yield silent("a view", call("CreateFilter", name="critical", action="NONE"))
    both = {"ec2": True, "ecr": True}
    yield silent("all on", call("UpdateOrganizationConfiguration", autoEnable=both))
    yield silent("refused", denied("inspector2:Disable", assumed_role("Ops")))


def call(event: str, **request: Any) -> Record:
    return record(f"inspector2:{event}", assumed_role("Ops"), requestParameters=request)
