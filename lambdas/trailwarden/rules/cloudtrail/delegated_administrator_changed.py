"""Delegated administrator of a security service changed.

The administrator of GuardDuty, CloudTrail or Security Hub can silence the service in every account.
One call names another administrator, or cuts the service off.
"""

from trailwarden import AWS_ITSELF, Event, Match, Rule, Severity, Tactic, either
from trailwarden.cloudtrail.samples import Fields, request
from trailwarden.examples import Examples, alerts, silent
from trailwarden.services.audit_settings import security_service

ACCOUNT_KEYS = (
    "account",
    "accountId",
    "adminAccount",
    "adminAccountId",
    "delegatedAdminAccount",
    "delegatedAdminAccountId",
    "memberAccountId",
)


def detect(event: Event) -> Match | None:
    service = event.service
    if service == "organizations":
        service = security_service(event.request("servicePrincipal"))
    if not service:
        return None
    account = event.request(*ACCOUNT_KEYS)
    thing = f"{service} {account}".strip()
    return Match(f"{event.name} of {thing}", subject=thing)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "auditmanager:RegisterOrganizationAdminAccount",
        "cloudtrail:DeregisterOrganizationDelegatedAdmin",
        "cloudtrail:RegisterOrganizationDelegatedAdmin",
        "detective:DisableOrganizationAdminAccount",
        "detective:EnableOrganizationAdminAccount",
        "fms:AssociateAdminAccount",
        "fms:PutAdminAccount",
        "guardduty:DisableOrganizationAdminAccount",
        "guardduty:EnableOrganizationAdminAccount",
        "inspector2:DisableDelegatedAdminAccount",
        "inspector2:EnableDelegatedAdminAccount",
        "macie2:EnableOrganizationAdminAccount",
        "network-security-manager:DeleteAdminAccount",
        "network-security-manager:PutAdminAccount",
        "organizations:DeregisterDelegatedAdministrator",
        "organizations:DisableAWSServiceAccess",
        "organizations:RegisterDelegatedAdministrator",
        "securityhub:DisableOrganizationAdminAccount",
        "securityhub:EnableOrganizationAdminAccount",
        "securitylake:RegisterDataLakeDelegatedAdministrator",
    ],
    exempt=AWS_ITSELF,
    outcome=either(refused=Severity.MEDIUM),
    severity=Severity.HIGH,
    attack={Tactic.DEFENSE_EVASION: ["T1562.001"], Tactic.PERSISTENCE: ["T1098"]},
    response="Ask the owners of the organization's management account. If they did not do it, put "
    "the administrator back. Then revoke the caller's access to the management account.",
    false_positives="The organization moves its security account, once in years.",
    references=[
        "https://docs.aws.amazon.com/organizations/latest/userguide/orgs_integrate_delegated_admin.html"
    ],
)


def examples() -> Examples:
    trail = request(
        "cloudtrail:DeregisterOrganizationDelegatedAdmin", delegatedAdminAccountId="444455556666"
    )
    yield alerts("of CloudTrail", trail, subject="cloudtrail 444455556666")
    for name in ("PutAdminAccount", "DeleteAdminAccount"):
        account: Fields = {"accountId": "444455556666"} | ({"priority": 1} if "Put" in name else {})
        firewalls = request(f"network-security-manager:{name}", **account)
        yield alerts(name, firewalls, subject="network-security-manager 444455556666")
    guard: Fields = {"accountId": "444455556666", "servicePrincipal": "guardduty.amazonaws.com"}
    named = request("organizations:RegisterDelegatedAdministrator", **guard)
    yield alerts("by Organizations", named, subject="guardduty 444455556666")
    taken = request("organizations:DeregisterDelegatedAdministrator", **guard)
    yield alerts("taken away", taken)
    cut_off = "organizations:DisableAWSServiceAccess"
    yield alerts("cut off", request(cut_off, servicePrincipal="guardduty.amazonaws.com"))
    yield silent("another service", request(cut_off, servicePrincipal="ram.amazonaws.com"))
