"""Role opened to every token of a shared identity provider.

GitHub, GitLab and others sign tokens for all their customers. A trust policy has to name the
subject of a token. Otherwise any of those customers can assume the role.
"""

import re
from collections.abc import Iterator

from trailwarden import (
    AWS_ITSELF,
    SUCCEEDED,
    Event,
    Example,
    Match,
    Rule,
    Severity,
    Tactic,
    alerts,
    silent,
)
from trailwarden.cloudtrail.samples import ACCOUNT, request, trust
from trailwarden.cloudtrail.values import Record
from trailwarden.policy.conditions import Limit
from trailwarden.policy.document import Principal, Statement, statements

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
"""Providers that give anyone a token, though each audience, app or pool has an owner."""

CLUSTER = re.compile(r"oidc\.eks|oidc-eks")
"""Providers of clusters, and those that look alike: of these, too, the audience says nothing."""


def detect(event: Event) -> Match | None:
    role = event.request("roleName")
    for statement in statements(event.get(TRUST[event.name])):
        for provider in statement.principals:
            if is_open(statement, provider):
                label = f"{role} to any token of {issuer(provider)}"
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
    events=[f"iam:{name}" for name in TRUST],
    exempt=AWS_ITSELF,
    outcome=SUCCEEDED,
    severity=Severity.HIGH,
    attack={
        Tactic.INITIAL_ACCESS: ["T1078.004", "T1199"],
        Tactic.PERSISTENCE: ["T1098.003"],
    },
    response="Add a condition on the provider's `:sub` to the trust policy at once, with "
    "organization and repository. Then look for `AssumeRoleWithWebIdentity` of strange subjects.",
    false_positives="A provider has a single customer, so that any of its tokens is right.",
    references=[
        "https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_create_for-idp_oidc.html"
    ],
)

GITHUB = "token.actions.githubusercontent.com"
COGNITO = "cognito-identity.amazonaws.com"
PROVIDERS = f"arn:aws:iam::{ACCOUNT}:oidc-provider/"


def examples() -> Iterator[Example]:
    detail = f"ci to any token of {GITHUB}"
    audience = changed(aud="sts.amazonaws.com")
    yield alerts("only the audience", audience, severity=Severity.HIGH, subject="ci", label=detail)
    new = request("iam:CreateRole", roleName="ci", assumeRolePolicyDocument=trusting(GITHUB))
    yield alerts("a new role", new, subject="ci")
    yield alerts("any repository", changed(sub="repo:*"))
    yield alerts("any owner", changed(sub="repo:*/app:ref:refs/heads/main"))
    yield alerts("any of a list", changed(sub=["repo:acme/app:*", "*"]))
    yield alerts("any pool", changed(COGNITO, amr="authenticated"), severity=Severity.HIGH)
    cluster = changed("oidc.eks.eu-west-1.amazonaws.com/id/EXAMPLE", aud="sts.amazonaws.com")
    yield alerts("any pod of a cluster", cluster, severity=Severity.MEDIUM)
    yield alerts(
        "a provider of one's own", changed("gitlab.company.example"), severity=Severity.LOW
    )
    yield silent("one repository", changed(sub="repo:acme/app:*", aud="sts.amazonaws.com"))
    yield silent("one owner", changed(repository_owner="acme"))
    yield silent("one pool", changed(COGNITO, aud="eu-west-1:1b2c"))
    yield silent("the audience of one's own server", changed("gitlab.company.example", aud="aws"))
    yield silent("the audience of one's own tenant", changed("acme.okta.com", aud="0oa1b2c3"))
    yield silent("SAML", changed(f"arn:aws:iam::{ACCOUNT}:saml-provider/okta"))
    yield silent("a role that is not there", {**audience, "errorCode": "NoSuchEntityException"})


def changed(host: str = GITHUB, **claims: object) -> Record:
    document = trusting(host, **claims)
    return request("iam:UpdateAssumeRolePolicy", roleName="ci", policyDocument=document)


def trusting(host: str, **claims: object) -> str:
    name = host if host == COGNITO or host.startswith("arn:") else f"{PROVIDERS}{host}"
    limits = {f"{host}:{claim}": value for claim, value in claims.items()}
    return trust({"Federated": name}, action=ACTION, Condition={"StringLike": limits})
