"""GuardDuty address list changed.

GuardDuty ignores addresses on the trusted list. An intruder who adds their own address to it, or
takes it off the threat list, works unseen.

What a principal changed of one list on three days, from a week ago on, is its routine: that is LOW.
"""

from typing import Any

from trailwarden import AWS_ITSELF, DEPLOYMENT, Caller, Event, Match, Rule, Severity, Tactic, either
from trailwarden.cloudtrail.samples import DEPLOYED, DEPLOYER, request
from trailwarden.correlations import DAY, of_label, routine
from trailwarden.examples import Examples, Record, alerts, examples_of_daily, silent

TRUSTING = frozenset(
    {"CreateIPSet", "UpdateIPSet", "CreateTrustedEntitySet", "UpdateTrustedEntitySet"}
)
NAMES = (
    *("name", "location", "ipSetId", "threatIntelSetId", "trustedEntitySetId"),
    "threatEntitySetId",
)


def detect(event: Event) -> Match:
    name = event.request(*NAMES)
    severity = None if event.name in TRUSTING else Severity.MEDIUM
    if event.caller in DEPLOYMENT:
        severity = Severity.LOW
    return Match(f"{event.name} {name}".strip(), severity=severity)


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
    exempt=AWS_ITSELF | {Caller.SECURITY_TEAM},
    outcome=either(refused=Severity.MEDIUM),
    severity=Severity.HIGH,
    attack={Tactic.DEFENSE_EVASION: ["T1562.001"]},
    response="Read the list at its location and compare it with its definition. Look in CloudTrail "
    "for the added addresses. If the security team did not change it, revoke the caller's access.",
    false_positives="The security team keeps the lists. Name its roles in `security_roles`.",
    references=["https://docs.aws.amazon.com/guardduty/latest/ug/guardduty_upload-lists.html"],
    correlation=routine(kind=of_label),
    window=7 * DAY,
)


ENVIRONMENT = DEPLOYED


def examples() -> Examples:
    trusted = call("CreateIPSet", name="office", format="TXT", location="s3://a", activate=True)
    yield alerts("trusted", trusted, severity=Severity.HIGH, label="CreateIPSet office")
    yield alerts("another file", call("UpdateIPSet", ipSetId="0c", location="s3://loot/ips"))
    by_code = {**trusted, "userIdentity": DEPLOYER}
    yield alerts("trusted by code", by_code, severity=Severity.LOW)
    gone = call("DeleteThreatIntelSet", threatIntelSetId="0cb0")
    yield alerts("threats forgotten", gone, severity=Severity.MEDIUM)
    yield silent("a set of WAF's", request("wafv2:UpdateIPSet"))
    yield from examples_of_daily(gone, told=Severity.MEDIUM)


def call(event_name: str, **parameters: Any) -> Record:
    return request(f"guardduty:{event_name}", detectorId="12abc34d", **parameters)
