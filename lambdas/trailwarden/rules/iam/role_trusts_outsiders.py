"""Role opened to an unknown account.

The trust policy of a role names who may assume it. An outsider in it has a way in that stays open
after every password and key is changed.
"""

from typing import Any

from trailwarden import AWS_ITSELF, DEPLOYMENT, SUCCEEDED, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import ACCOUNT, DEPLOYER, OTHER_ACCOUNT, Fields, request, trust
from trailwarden.environment import Environment
from trailwarden.examples import Examples, Record, alerts, silent
from trailwarden.policy.access import Grant, external_grants
from trailwarden.policy.document import account_of
from trailwarden.services.iam import TRUST_CHANGES, trust_of


def detect(event: Event) -> Match | None:
    grants = list(external_grants(trust_of(event), event))
    if not grants:
        return None
    role = event.request("roleName")
    worst = max(grants, key=lambda grant: severity(grant, event))
    title = "Role opened to anyone" if worst.is_public else ""
    label = f"{role} to {worst.to}"
    return Match(label, severity=severity(worst, event), subject=role, title=title)


def severity(grant: Grant, event: Event) -> Severity:
    """Return more for anyone, less where the trust asks for an external id or anything else."""
    agreed = any(limit.key == "sts:externalid" for limit in grant.statement.limits)
    agreed = agreed or not grant.is_certain
    if grant.is_public:
        return Severity.HIGH if agreed else Severity.CRITICAL
    return Severity.MEDIUM if agreed or event.caller in DEPLOYMENT else Severity.HIGH


def by_outsider(event: Event) -> str:
    """Let a vendor's onboarding be one alert: in all accounts, together with its first visit."""
    grants = list(external_grants(trust_of(event), event))
    accounts = {account_of(grant.principal.id) for grant in grants}
    if len(accounts) == 1 and "" not in accounts:
        return accounts.pop()
    return f"{event.request('roleName')}/{sorted({grant.to for grant in grants})}"


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=list(TRUST_CHANGES),
    exempt=AWS_ITSELF,
    outcome=SUCCEEDED,
    severity=Severity.HIGH,
    attack={
        Tactic.PERSISTENCE: ["T1098.003"],
        Tactic.PRIVILEGE_ESCALATION: ["T1098.003"],
        Tactic.DEFENSE_EVASION: ["T1484.002"],
    },
    dedup=by_outsider,
    story="an outsider's way in",
    response="Find out who owns the account and who approved the trust. If nobody did, restore the "
    "trust policy, revoke the role's sessions, and look for `AssumeRole` from that account.",
    false_positives="A new vendor, or an account of the organization. Add it to the trusted or own "
    "accounts of the environment.",
    references=["https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_create_for-user.html"],
)

VENDOR = "777788889999"
ENVIRONMENT = Environment(
    trusted_accounts=(VENDOR,),
    organization_id="o-a1b2c3d4e5",
    deploy_roles=(f"arn:aws:iam::{ACCOUNT}:role/deploy",),
)


def examples() -> Examples:
    high, medium, root = Severity.HIGH, Severity.MEDIUM, f"arn:aws:iam::{OTHER_ACCOUNT}:root"
    detail = f"app to account {OTHER_ACCOUNT}"
    yield alerts(
        "an unknown account", changed({"AWS": root}), severity=high, subject="app", label=detail
    )
    yield alerts("an account by its number", changed({"AWS": [OTHER_ACCOUNT]}))
    yield alerts("a new role", created({"AWS": root}), severity=high)
    yield alerts("by a pipeline", created({"AWS": root}, DEPLOYER), severity=medium)
    agreed = {"StringEquals": {"sts:ExternalId": "f81d4fae"}}
    yield alerts("with an external id", changed({"AWS": root}, Condition=agreed), severity=medium)
    yield alerts("anyone", changed("*"), severity=Severity.CRITICAL)
    yield alerts("anyone with an external id", changed("*", Condition=agreed), severity=high)
    both = changed({"AWS": [ACCOUNT, "*"]})
    yield alerts("anyone, beside one's own", both, severity=Severity.CRITICAL)
    theirs = {"StringEquals": {"aws:PrincipalOrgID": "o-zzzzzzzzzz"}}
    yield alerts("anyone of another organization", changed("*", Condition=theirs))
    endpoint = {"StringEquals": {"aws:SourceVpce": "vpce-0123456789abcdef0"}}
    foreign = changed("*", Condition=endpoint)
    seen = "app to anyone by vpce-0123456789abcdef0"
    yield alerts("anyone by an endpoint", foreign, severity=medium, label=seen)
    decorated = changed({"AWS": root}, Condition=theirs)
    yield alerts("an account and its organization", decorated, severity=medium, label=detail)
    ours = {"StringEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}}
    yield silent("anyone of the organization", changed("*", Condition=ours))
    yield silent("one's own account", changed({"AWS": f"arn:aws:iam::{ACCOUNT}:root"}))
    yield silent("a trusted vendor", changed({"AWS": VENDOR}))
    yield silent("a service", created({"Service": "ec2.amazonaws.com"}))
    yield silent("a denial", changed("*", Effect="Deny"))
    malformed = {"errorCode": "MalformedPolicyDocumentException"}
    yield silent("a policy with a mistake", {**changed({"AWS": root}), **malformed})


def changed(principal: object, **statement: Any) -> Record:
    document = trust(principal, **statement)
    return request("iam:UpdateAssumeRolePolicy", roleName="app", policyDocument=document)


def created(principal: object, by: Fields | None = None) -> Record:
    document = trust(principal)
    return request("iam:CreateRole", by, roleName="app", assumeRolePolicyDocument=document)
