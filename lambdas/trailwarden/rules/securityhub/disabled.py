"""Security Hub turned off, wholly or in part.

Security Hub is where findings are looked at. Without it, a standard, a member or a product's
findings, the services below still find things and nobody hears of them.
"""

from collections.abc import Iterator
from typing import Any

from trailwarden import Event, Example, Match, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.samples import assumed_role, aws_service, denied, record
from trailwarden.cloudtrail.values import Record

WHOLLY = frozenset({"DisableSecurityHub", "DisableSecurityHubV2"})


def detect(event: Event) -> Match | None:
    if event.denied and event.name in WHOLLY:
        return Match(f"was refused {event.name}", severity=Severity.MEDIUM, subject="refused")
    if not event.succeeded or event.by_service:
        return None
    if event.name not in WHOLLY and event.by_automation:
        return None
    return Match(event.name, subject=f"{event.name} {event.aws_region}")


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "securityhub:BatchDisableStandards",
        "securityhub:DeleteAggregatorV2",
        "securityhub:DeleteFindingAggregator",
        "securityhub:DeleteMembers",
        "securityhub:DisableImportFindingsForProduct",
        "securityhub:DisableSecurityHub",
        "securityhub:DisableSecurityHubFeatureV2",
        "securityhub:DisableSecurityHubV2",
        "securityhub:DisassociateFromAdministratorAccount",
        "securityhub:DisassociateFromMasterAccount",
        "securityhub:DisassociateMembers",
    ],
    severity=Severity.HIGH,
    attack={Tactic.DEFENSE_EVASION: ["T1562.001"]},
    response="Turn it on again; findings of the time between do not come back, so read them in "
    "GuardDuty and Config. Ask the caller; if they did not plan it, revoke their access.",
    false_positives="A Region, standard or account that is given up.",
    references=[
        "https://docs.aws.amazon.com/securityhub/latest/userguide/securityhub-disable.html"
    ],
)


def examples() -> Iterator[Example]:
    yield alerts("off", call("DisableSecurityHub"))
    standards = {"StandardsSubscriptionArns": ["arn:aws:securityhub:us-east-1::standards/cis"]}
    yield alerts("a standard", call("BatchDisableStandards", requestParameters=standards))
    members = {"AccountIds": ["444455556666"]}
    yield alerts("a member", call("DisassociateMembers", requestParameters=members))
    yield alerts("refused", denied("securityhub:DisableSecurityHub", assumed_role("Ops")))
    yield silent("not enabled", call("DisableSecurityHub", errorCode="InvalidAccessException"))
    organizations = aws_service("organizations")
    yield silent("a closed account", record("securityhub:DeleteMembers", organizations))


def call(name: str, **fields: Any) -> Record:
    return record(f"securityhub:{name}", assumed_role("Ops"), **fields)
