"""GuardDuty trusted or threat list changed.

GuardDuty says nothing about addresses on the trusted list. An intruder who adds their own, or takes
it off the threat list, works unseen.
"""

from collections.abc import Iterator
from typing import Any

from trailwarden import Event, Example, Match, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.samples import ACCOUNT, assumed_role, record
from trailwarden.cloudtrail.values import Record
from trailwarden.environment import Environment

ENVIRONMENT = Environment(security_roles=(f"arn:aws:iam::{ACCOUNT}:role/ThreatFeed",))

TRUSTING = frozenset(
    {"CreateIPSet", "UpdateIPSet", "CreateTrustedEntitySet", "UpdateTrustedEntitySet"}
)


def detect(event: Event) -> Match | None:
    if not event.succeeded or event.by_automation or event.by_security_team:
        return None
    keys = ("name", "location", "ipSetId", "threatIntelSetId")
    told = (event.text(f"requestParameters.{key}") for key in keys)
    which = next(filter(None, told), "")[:100]
    severity = None if event.name in TRUSTING else Severity.MEDIUM
    return Match(f"{event.name} {which}".strip(), severity=severity)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "guardduty:CreateIPSet",
        "guardduty:CreateThreatEntitySet",
        "guardduty:CreateThreatIntelSet",
        "guardduty:CreateTrustedEntitySet",
        "guardduty:DeleteIPSet",
        "guardduty:DeleteThreatEntitySet",
        "guardduty:DeleteThreatIntelSet",
        "guardduty:DeleteTrustedEntitySet",
        "guardduty:UpdateIPSet",
        "guardduty:UpdateThreatEntitySet",
        "guardduty:UpdateThreatIntelSet",
        "guardduty:UpdateTrustedEntitySet",
    ],
    severity=Severity.HIGH,
    attack={Tactic.DEFENSE_EVASION: ["T1562.001"]},
    response="Read the list at its location and compare it with the one that should be there. "
    "Look in CloudTrail for the addresses that were added, and revoke the caller's access if the "
    "security team did not make the change.",
    false_positives="The security team keeps the lists; name its roles in the environment.",
    references=["https://docs.aws.amazon.com/guardduty/latest/ug/guardduty_upload-lists.html"],
)


def examples() -> Iterator[Example]:
    trusted = {"name": "office", "format": "TXT", "location": "s3://lists/ips", "activate": True}
    yield alerts("trusted", call("CreateIPSet", trusted))
    yield alerts("another file", call("UpdateIPSet", {"location": "s3://loot/ips"}))
    yield alerts("threats forgotten", call("DeleteThreatIntelSet", {"threatIntelSetId": "0cb0"}))
    yield alerts("trusted entities", call("CreateTrustedEntitySet", trusted))
    yield silent("the feed's own role", call("UpdateThreatIntelSet", {}, role="ThreatFeed"))
    yield silent("a set of WAF's", record("wafv2:UpdateIPSet", assumed_role("Ops")))
    failed = call("CreateIPSet", trusted, errorCode="BadRequestException")
    yield silent("an error", failed)


def call(name: str, request: dict[str, Any], *, role: str = "Ops", **fields: Any) -> Record:
    action = f"guardduty:{name}"
    return record(action, assumed_role(role), requestParameters=request, **fields)
