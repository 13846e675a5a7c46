"""Macie disabled, suspended or made to overlook findings.

Macie tells where sensitive data lies open. It is switched off, or told to archive what it finds, so
that nobody hears of data that is being exposed.
"""

from collections.abc import Iterator
from typing import Any

from trailwarden import Event, Example, Match, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.samples import assumed_role, denied, iam_user, record
from trailwarden.cloudtrail.values import Record
from trailwarden.environment import Environment
from trailwarden.services.rds import is_false

CONDITIONAL = {
    "CreateFindingsFilter": ("action", ["ARCHIVE"]),
    "UpdateAutomatedDiscoveryConfiguration": ("status", ["DISABLED"]),
    "UpdateClassificationJob": ("jobStatus", ["CANCELLED", "USER_PAUSED"]),
    "UpdateFindingsFilter": ("action", ["ARCHIVE"]),
    "UpdateMacieSession": ("status", ["PAUSED"]),
}


def detect(event: Event) -> Match | None:
    if not event.succeeded or event.by_automation or event.by_security_team:
        return None
    if not weakens(event):
        return None
    severe = event.name in ("DisableMacie", "UpdateMacieSession")
    return Match(event.name, severity=Severity.HIGH if severe else None)


def weakens(event: Event) -> bool:
    """Say whether the request takes something away, for those that may also add."""
    if event.name == "PutFindingsPublicationConfiguration":
        told = event.get("requestParameters.securityHubConfiguration")
        return isinstance(told, dict) and any(map(is_false, told.values()))
    if event.name not in CONDITIONAL:
        return True
    key, values = CONDITIONAL[event.name]
    return event.text(f"requestParameters.{key}") in values


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "macie:DisassociateS3Resources",
        "macie2:DeleteCustomDataIdentifier",
        "macie2:DeleteMember",
        "macie2:DisableMacie",
        "macie2:DisableOrganizationAdminAccount",
        "macie2:DisassociateFromAdministratorAccount",
        "macie2:DisassociateFromMasterAccount",
        "macie2:DisassociateMember",
        "macie2:PutFindingsPublicationConfiguration",
        *(f"macie2:{name}" for name in CONDITIONAL),
    ],
    severity=Severity.MEDIUM,
    attack={Tactic.DEFENSE_EVASION: ["T1562.001"]},
    response="Switch it on again and remove the filter. Then look at buckets that were opened, "
    "and data that was copied, since.",
    false_positives="The security team's own housekeeping: name its roles in `security_roles`.",
    references=["https://docs.aws.amazon.com/macie/latest/user/macie-suspend-disable.html"],
)

ENVIRONMENT = Environment(security_roles=("arn:aws:iam::*:role/security",))


def examples() -> Iterator[Example]:
    mallory = iam_user("mallory")
    yield alerts("disabled", call("macie2:DisableMacie", mallory))
    yield alerts("suspended", call("macie2:UpdateMacieSession", mallory, status="PAUSED"))
    yield alerts("buckets, in Macie Classic", call("macie:DisassociateS3Resources", mallory))
    yield alerts("a filter", call("macie2:CreateFindingsFilter", mallory, action="ARCHIVE"))
    told = {"securityHubConfiguration": {"publishClassificationFindings": False}}
    unheard = call("macie2:PutFindingsPublicationConfiguration", mallory, **told)
    yield alerts("findings not told", unheard)
    yield silent("resumed", call("macie2:UpdateMacieSession", mallory, status="ENABLED"))
    yield silent("a view", call("macie2:CreateFindingsFilter", mallory, action="NOOP"))
    yield silent("the security team", call("macie2:DisableMacie", assumed_role("security")))
    yield silent("a refusal", denied("macie2:DisableMacie", mallory))


def call(name: str, identity: dict[str, Any], **parameters: Any) -> Record:
    return record(name, identity, requestParameters=parameters)
