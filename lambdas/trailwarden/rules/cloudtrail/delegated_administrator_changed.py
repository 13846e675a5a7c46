"""Delegated administrator of a security service changed.

Whoever administers GuardDuty, CloudTrail or Security Hub for an organization can silence them in
every account. Naming another administrator, or cutting a service off, does that in one call.
"""

from collections.abc import Iterator
from typing import Any

from trailwarden import Event, Example, Match, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.samples import denied, iam_user, record
from trailwarden.cloudtrail.values import Record
from trailwarden.services.audit_settings import security_service

ACCOUNT_KEYS = (
    "account",
    "accountId",
    "adminAccountId",
    "AdminAccountId",
    "delegatedAdminAccount",
    "delegatedAdminAccountId",
    "memberAccountId",
)


def detect(event: Event) -> Match | None:
    service = event.service
    if service == "organizations":
        service = security_service(event.text("requestParameters.servicePrincipal"))
    if not service or not event.succeeded or event.by_service:
        return None
    told = (event.text(f"requestParameters.{key}") for key in ACCOUNT_KEYS)
    account = next(filter(None, told), "")[:40]
    return Match(f"{event.name} of {service} {account}".strip(), subject=f"{service} {account}")


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "cloudtrail:DeregisterOrganizationDelegatedAdmin",
        "cloudtrail:RegisterOrganizationDelegatedAdmin",
        "detective:DisableOrganizationAdminAccount",
        "detective:EnableOrganizationAdminAccount",
        "guardduty:DisableOrganizationAdminAccount",
        "guardduty:EnableOrganizationAdminAccount",
        "inspector2:DisableDelegatedAdminAccount",
        "inspector2:EnableDelegatedAdminAccount",
        "organizations:DeregisterDelegatedAdministrator",
        "organizations:DisableAWSServiceAccess",
        "organizations:RegisterDelegatedAdministrator",
        "securityhub:DisableOrganizationAdminAccount",
        "securityhub:EnableOrganizationAdminAccount",
    ],
    severity=Severity.HIGH,
    attack={Tactic.DEFENSE_EVASION: ["T1562.001"], Tactic.PERSISTENCE: ["T1098"]},
    response="Check with the owners of the organization's management account. If they did not do "
    "it, put the administrator back and revoke the caller's access to the management account.",
    false_positives="The organization moves its security account, once in years.",
    references=[
        "https://docs.aws.amazon.com/organizations/latest/userguide/orgs_integrate_delegated_admin.html"
    ],
)


def examples() -> Iterator[Example]:
    hub = {"AdminAccountId": "444455556666"}
    yield alerts("Security Hub loses it", call("securityhub:DisableOrganizationAdminAccount", hub))
    trail = {"delegatedAdminAccountId": "444455556666"}
    yield alerts("of CloudTrail", call("cloudtrail:DeregisterOrganizationDelegatedAdmin", trail))
    guard = {"accountId": "444455556666", "servicePrincipal": "guardduty.amazonaws.com"}
    yield alerts("by Organizations", call("organizations:RegisterDelegatedAdministrator", guard))
    yield alerts("cut off", call("organizations:DisableAWSServiceAccess", guard))
    ram = {"servicePrincipal": "ram.amazonaws.com"}
    yield silent("of another service", call("organizations:DisableAWSServiceAccess", ram))
    action = "guardduty:EnableOrganizationAdminAccount"
    yield silent("refused", denied(action, iam_user("mallory")))


def call(action: str, request: dict[str, Any]) -> Record:
    return record(action, iam_user("mallory"), requestParameters=request)
