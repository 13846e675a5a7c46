"""Role opened to every token of a shared identity provider.

GitHub, GitLab and others sign tokens for all their customers. A trust policy has to name the
subject of a token. Otherwise any of those customers can assume the role.
"""

from trailwarden import AWS_ITSELF, SUCCEEDED, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import ACCOUNT, request, trust
from trailwarden.examples import Examples, Record, alerts, silent
from trailwarden.policy.tokens import ACTION, CLUSTER, TokenTrust, token_trusts
from trailwarden.services.iam import TRUST_CHANGES, trust_of


def detect(event: Event) -> Match | None:
    role = event.request("roleName")
    for opened in token_trusts(trust_of(event)):
        if opened.is_open:
            label = f"{role} to any token of {opened.issuer}"
            return Match(label, severity=severity(opened), subject=role)
    return None


def severity(trusted: TokenTrust) -> Severity:
    """Return more for a provider that signs tokens for strangers, less for one's own."""
    if trusted.is_shared:
        return Severity.HIGH
    return Severity.MEDIUM if CLUSTER.match(trusted.issuer) else Severity.LOW


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=list(TRUST_CHANGES),
    exempt=AWS_ITSELF,
    outcome=SUCCEEDED,
    severity=Severity.HIGH,
    attack={Tactic.INITIAL_ACCESS: ["T1078.004", "T1199"], Tactic.PERSISTENCE: ["T1098.003"]},
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


def examples() -> Examples:
    detail = f"ci to any token of {GITHUB}"
    audience = changed(aud="sts.amazonaws.com")
    yield alerts("only the audience", audience, severity=Severity.HIGH, subject="ci", label=detail)
    new = request("iam:CreateRole", roleName="ci", assumeRolePolicyDocument=trusting(GITHUB))
    yield alerts("a new role", new, subject="ci")
    yield alerts("any repository", changed(sub="repo:*"))
    yield alerts("any owner", changed(sub="repo:*/app:ref:refs/heads/main"))
    yield alerts("any of a list", changed(sub=["repo:acme/app:*", "*"]))
    anywhere = changed(sub="*:environment:prod", aud="sts.amazonaws.com")
    yield alerts("any repository with an environment", anywhere, severity=Severity.HIGH)
    yield alerts("any pool", changed(COGNITO, amr="authenticated"), severity=Severity.HIGH)
    cluster = changed("oidc.eks.eu-west-1.amazonaws.com/id/EXAMPLE", aud="sts.amazonaws.com")
    yield alerts("any pod of a cluster", cluster, severity=Severity.MEDIUM)
    yield alerts(
        "a provider of one's own", changed("gitlab.company.example"), severity=Severity.LOW
    )
    pod = {"aud": "sts.amazonaws.com", "sub": "system:serviceaccount:*:*"}
    pods = changed("oidc.eks.eu-west-1.amazonaws.com/id/EXAMPLE", **pod)
    yield alerts("any service account", pods, severity=Severity.MEDIUM)
    yield silent("names and their ids", changed(sub="repo:acme@*/app@*:ref:refs/heads/main"))
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
