"""Role opened to every token of a shared identity provider.

GitHub, GitLab and their like sign tokens for all their customers. A trust policy that does not
say whose tokens it means, by their subject, lets any of those customers take the role.
"""

import re
from collections.abc import Iterator

from trailwarden import Event, Example, Match, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.samples import ACCOUNT, iam_user, record, trust
from trailwarden.cloudtrail.values import Record
from trailwarden.policy.document import Limit, Principal, Statement, statements

TRUST = {
    "CreateRole": "requestParameters.assumeRolePolicyDocument",
    "UpdateAssumeRolePolicy": "requestParameters.policyDocument",
}
ACTION = "sts:AssumeRoleWithWebIdentity"
CLAIMS = frozenset(
    {"sub", "oaud", "app_id", "repository", "repository_id", "repository_owner"}
    | {"repository_owner_id", "job_workflow_ref", "namespace_path", "project_path"}
)
"""The claims of a token that tell whose it is."""

SHARED = re.compile(
    r"(?:token\.actions\.githubusercontent\.com|gitlab\.com|app\.terraform\.io|scalr\.io"
    r"|agent\.buildkite\.com|api\.pulumi\.com|oidc\.codefresh\.io)(?:[/:]|\Z)"
)
"""Providers for whom the audience says nothing: it is `sts.amazonaws.com` for every customer."""

SELF_SERVICE = re.compile(r"cognito-identity|accounts\.google|graph\.facebook|www\.amazon\.com")
"""Providers from whom anybody gets tokens, though each audience, app or pool is somebody's."""

CLUSTER = re.compile(r"oidc\.eks|oidc-eks")


def detect(event: Event) -> Match | None:
    if not event.succeeded or event.user_identity.is_service_linked_role:
        return None
    role = event.text("requestParameters.roleName")
    for statement in statements(event.get(TRUST.get(event.name, ""))):
        for provider in statement.principals:
            if is_open(statement, provider):
                label = f"{role} to any token of {issuer(provider)}"[:100]
                return Match(label, severity=severity(issuer(provider)), subject=role)
    return None


def severity(provider: str) -> Severity:
    if SHARED.match(provider) or SELF_SERVICE.match(provider):
        return Severity.HIGH
    return Severity.MEDIUM if CLUSTER.match(provider) else Severity.LOW


def is_open(statement: Statement, provider: Principal) -> bool:
    is_oidc = provider.kind == "federated" and ":saml-provider/" not in provider.id
    if not (is_oidc and statement.allows_action(ACTION)):
        return False
    return not any(tells_whose(limit, issuer(provider)) for limit in statement.limits)


def tells_whose(limit: Limit, provider: str) -> bool:
    host, _, claim = limit.key.rpartition(":")
    audience_tells = not (SHARED.match(provider) or CLUSTER.match(provider))
    telling = claim in CLAIMS or (claim == "aud" and audience_tells)
    if not (host and telling) or limit.limits_nothing:
        return False
    return bool(limit.values) and all(map(is_telling, limit.values))


def is_telling(value: str) -> bool:
    """Say whether a subject names an owner: `repo:acme/*` does, `repo:*` does not."""
    names = [part for part in re.split("[:/]", value) if part]
    owner = names[1] if len(names) > 1 else "".join(names)
    return bool(owner) and not set("*?") & set(owner)


def issuer(provider: Principal) -> str:
    return provider.id.partition(":oidc-provider/")[2] or provider.id


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["iam:CreateRole", "iam:UpdateAssumeRolePolicy"],
    severity=Severity.HIGH,
    attack={
        Tactic.INITIAL_ACCESS: ["T1078.004", "T1199"],
        Tactic.PERSISTENCE: ["T1098.003"],
    },
    response="Add a condition on the provider's `:sub` to the trust policy at once, naming "
    "organization and repository. Then look for `AssumeRoleWithWebIdentity` of strange subjects.",
    false_positives="A provider with a single customer, where any of its tokens may be meant.",
    references=[
        "https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_create_for-idp_oidc.html"
    ],
)

GITHUB = "token.actions.githubusercontent.com"


def examples() -> Iterator[Example]:
    yield alerts("only the audience", changed(aud="sts.amazonaws.com"))
    yield alerts("no condition", changed())
    yield alerts("any repository", changed(sub="repo:*"))
    yield alerts("any owner", changed(sub="repo:*/app:ref:refs/heads/main"))
    yield alerts("any of a list", changed(sub=["repo:acme/app:*", "*"]))
    yield alerts("any pool", changed("cognito-identity.amazonaws.com", amr="authenticated"))
    cluster = f"arn:aws:iam::{ACCOUNT}:oidc-provider/oidc.eks.eu-west-1.amazonaws.com/id/EXAMPLE"
    yield alerts("any pod of a cluster", changed(cluster, aud="sts.amazonaws.com"))
    yield silent("one repository", changed(sub="repo:acme/app:*", aud="sts.amazonaws.com"))
    yield silent("one owner", changed(repository_owner="acme"))
    yield silent("one pool", changed("cognito-identity.amazonaws.com", aud="eu-west-1:1b2c"))
    saml = f"arn:aws:iam::{ACCOUNT}:saml-provider/okta"
    ours = f"arn:aws:iam::{ACCOUNT}:oidc-provider/gitlab.company.example"
    yield silent("the audience of one's own server", changed(ours, aud="aws"))
    tenant = f"arn:aws:iam::{ACCOUNT}:oidc-provider/acme.okta.com"
    yield silent("the audience of one's own provider", changed(tenant, aud="0oa1b2c3"))
    yield silent("SAML", changed(saml))


def changed(provider: str = "", **claims: object) -> Record:
    name = provider or f"arn:aws:iam::{ACCOUNT}:oidc-provider/{GITHUB}"
    host = name.rpartition("oidc-provider/")[2]
    document = trust(
        {"Federated": name},
        action=ACTION,
        Condition={"StringLike": {f"{host}:{claim}": value for claim, value in claims.items()}},
    )
    told = {"roleName": "ci", "policyDocument": document}
    return record("iam:UpdateAssumeRolePolicy", iam_user("alice"), requestParameters=told)
