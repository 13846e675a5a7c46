"""Administration of an organization's service delegated.

The delegated administrator of stack sets, Identity Center or Systems Manager reaches into every
account. An intruder hands it to an account that they hold, and leaves the management account.
"""

from trailwarden import AWS_ITSELF, Event, Match, Rule, Severity, Tactic, either
from trailwarden.cloudtrail.samples import refused, request
from trailwarden.examples import Examples, Record, alerts, silent

REACHING = (
    "account",
    "backup",
    "cloudformation",
    "config-multiaccountsetup",
    "controltower",
    "iam",
    "member.org.stacksets.cloudformation",
    "ssm",
    "ssm-quicksetup",
    "sso",
)
"""The services by which an administrator changes what other accounts may do, or runs there."""
ENABLED = "Access of a reaching service to the organization enabled"


def detect(event: Event) -> Match | None:
    if event.name == "ActivateOrganizationsAccess":
        return Match("stack sets", severity=Severity.LOW, subject="stack sets", title=ENABLED)
    principal = event.request("servicePrincipal")
    service = principal.removesuffix(".cn").removesuffix(".amazonaws.com")
    if service not in REACHING:
        return None
    if event.name == "EnableAWSServiceAccess":
        return Match(service, severity=Severity.LOW, subject=service, title=ENABLED)
    account = event.request("accountId")
    return Match(f"{service} to {account}", subject=account)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "cloudformation:ActivateOrganizationsAccess",
        "organizations:EnableAWSServiceAccess",
        "organizations:RegisterDelegatedAdministrator",
    ],
    exempt=AWS_ITSELF,
    outcome=either(refused=Severity.MEDIUM),
    severity=Severity.HIGH,
    attack={Tactic.PERSISTENCE: ["T1098"], Tactic.PRIVILEGE_ESCALATION: ["T1484"]},
    response="Ask the owners of the management account. If nobody planned it, deregister the "
    "account, and revoke the caller's access. Then read what the account did by the service.",
    false_positives="The set-up of a platform or identity account, once in years.",
    references=[
        "https://docs.aws.amazon.com/organizations/latest/userguide/orgs_integrate_delegated_admin.html"
    ],
)


def examples() -> Examples:
    high, low = Severity.HIGH, Severity.LOW
    register, account = "RegisterDelegatedAdministrator", "444455556666"
    label = f"sso to {account}"
    yield alerts("Identity Center", given("sso"), severity=high, subject=account, label=label)
    yield alerts("stack sets", given("member.org.stacksets.cloudformation"), severity=high)
    yield alerts("in China", given("ssm", suffix=".amazonaws.com.cn"), subject=account)
    enable = "organizations:EnableAWSServiceAccess"
    enabled = request(enable, servicePrincipal="ssm.amazonaws.com")
    yield alerts("a service gets access", enabled, severity=low, subject="ssm")
    activated = request("cloudformation:ActivateOrganizationsAccess")
    yield alerts("stack sets get access", activated, severity=low, subject="stack sets")
    denied = refused(f"organizations:{register}", servicePrincipal="sso.amazonaws.com")
    yield alerts("refused", denied, severity=Severity.MEDIUM)
    yield silent("a service that only looks", given("health"))


def given(service: str, *, suffix: str = ".amazonaws.com") -> Record:
    return request(
        "organizations:RegisterDelegatedAdministrator",
        accountId="444455556666",
        servicePrincipal=f"{service}{suffix}",
    )
