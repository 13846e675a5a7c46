"""Role opened to the tokens of a new owner.

Organizations of GitHub, groups of GitLab and identity pools get tokens from shared providers.
CircleCI, Okta and others give each customer an issuer. A trust policy names an owner that no role
has trusted lately, and whose tokens nobody has used. An intruder can own one, too.
"""

from trailwarden import AWS_ITSELF, DEPLOYMENT, SUCCEEDED, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import (
    ACCOUNT,
    DEPLOYER,
    Fields,
    by_token,
    request,
    token,
    trust,
)
from trailwarden.correlations import first_use
from trailwarden.environment import Environment
from trailwarden.examples import Examples, Record, alerts, silent
from trailwarden.policy.tokens import (
    ACTION,
    TokenTrust,
    client_in,
    issuer_of,
    owner_in,
    token_trusts,
)
from trailwarden.services.iam import TRUST_CHANGES, trust_of

MADE = "made here: "
COGNITO = "cognito-identity.amazonaws.com"
POOLS = ("cognito-identity:CreateIdentityPool", "cognito-idp:CreateUserPool")


def detect(event: Event) -> Match | None:
    if event.action in POOLS:
        return pool_made(event)
    return lesson(event) if event.action == ACTION else opening(event)


def pool_made(event: Event) -> Match | None:
    """Return the pool that the account made, which is its own."""
    pool = event.answer("identityPoolId") or event.answer("userPool.id")
    region = f"{event.aws_region}.amazonaws.com"
    issuer = COGNITO if "IdentityPool" in event.name else f"cognito-idp.{region}/{pool}"
    owner = pool if issuer == COGNITO else issuer
    label = f"{MADE}{issuer} of {owner.lower()}"
    return Match(label, Severity.INFORMATIONAL) if pool else None


def lesson(event: Event) -> Match | None:
    """Return whose token was used, which makes the owner a known one."""
    owner = owner_in(event) or client_in(event)
    if owner is None:
        return None
    return Match(f"{issuer_of(event)} of {owner.name}", Severity.INFORMATIONAL)


def opening(event: Event) -> Match | None:
    """Return which new owner a trust policy lets in."""
    trusted = event.environment.trusted_token_subjects
    for opened in token_trusts(trust_of(event)):
        stranger = opened.stranger(trusted)
        if stranger and (opened.is_shared or opened.is_of_tenant):
            severity = severity_of(opened, event)
            label = f"{opened.issuer} of {stranger.name}"
            return Match(label, severity=severity, subject=event.request("roleName"))
    return None


def severity_of(opened: TokenTrust, event: Event) -> Severity:
    """Return less for a provider of one customer, which the account had to get first."""
    by_pipeline = event.caller in DEPLOYMENT
    if opened.is_of_tenant:
        return Severity.LOW if by_pipeline else Severity.MEDIUM
    return Severity.MEDIUM if by_pipeline else Severity.HIGH


def anywhere(_: Event) -> str:
    """Return one group for all accounts: an organization's pipelines open roles in many."""
    return "all accounts"


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[*TRUST_CHANGES, ACTION, *POOLS],
    exempt=AWS_ITSELF,
    outcome=SUCCEEDED,
    severity=Severity.HIGH,
    attack={Tactic.INITIAL_ACCESS: ["T1078.004", "T1199"], Tactic.PERSISTENCE: ["T1098.003"]},
    response="Ask who owns the organization, group, pool or client. If it is a stranger's, restore "
    "the trust policy at once, and look for `AssumeRoleWithWebIdentity` of this role.",
    false_positives="A team connects a new build system. Name its owner in "
    "`trusted_token_subjects`, as in `repo:acme/*`.",
    references=[
        "https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_create_for-idp_oidc.html"
    ],
    correlation=first_use(anywhere, days=90, learning=0, lesson_age=7, made_here=MADE, severe=True),
)

GITHUB, TERRAFORM = "token.actions.githubusercontent.com", "app.terraform.io"
GOOGLE = "accounts.google.com"
PROVIDERS = f"arn:aws:iam::{ACCOUNT}:oidc-provider/"
ENVIRONMENT = Environment(
    trusted_token_subjects=("repo:acme/*", "eu-west-1:0a1b2c3d-pool", "acme.okta.com"),
    deploy_roles=(f"arn:aws:iam::{ACCOUNT}:role/deploy",),
)


def examples() -> Examples:
    stranger = changed(GITHUB, sub="repo:stranger/app:ref:refs/heads/main")
    label = f"{GITHUB} of stranger"
    yield alerts("a repository", stranger, severity=Severity.HIGH, subject="ci", label=label)
    made = request("iam:CreateRole", roleName="ci", assumeRolePolicyDocument=trusting(GITHUB))
    by_pipeline = changed(GITHUB, DEPLOYER, repository_owner="stranger")
    yield alerts("by a pipeline", by_pipeline, severity=Severity.MEDIUM)
    document = trusting(GITHUB, sub="repo:stranger@1/app@2:*")
    new = request("iam:CreateRole", roleName="ci", assumeRolePolicyDocument=document)
    yield alerts("a new role", new, subject="ci")
    workspaces = "organization:stranger:project:*:workspace:*:run_phase:*"
    yield alerts("workspaces", changed(TERRAFORM, sub=workspaces))
    yield alerts("a group of GitLab", changed("gitlab.com", sub="project_path:stranger/app:*"))
    yield alerts("a pool", changed(COGNITO, aud="eu-west-1:0bad0bad-pool"))
    yield alerts("a client", changed(GOOGLE, aud="1-a.apps.googleusercontent.com"))
    mixed = ["repo:acme/app:*", "repo:stranger/app:*"]
    yield alerts("one of two", changed(GITHUB, sub=mixed), label=label)
    both = changed(GITHUB, sub="repo:acme/app:*", job_workflow_ref="stranger/flow/a.yml@main")
    yield silent("a known owner, by a stranger's workflow", both)
    yield silent("a known owner", changed(GITHUB, sub="repo:acme@7/app@*:*"))
    friend = changed(GITHUB, sub="repo:friend/app:*")
    used = by_token(token(GITHUB, "repo:Friend@7/tool@8:ref:refs/heads/main"), role="ship", day=-7)
    yield silent("an owner whose tokens are in use", used, friend)
    lately = by_token(token(GITHUB, "repo:friend/tool:ref:refs/heads/main"), role="ship", day=-6)
    yield alerts("an owner whose tokens came lately", lately, friend)
    elsewhere = by_token(token("gitlab.com", "project_path:friend/tool:x"), role="ship", day=-7)
    yield alerts("a namesake at another provider", elsewhere, friend)
    yield silent("a known pool", changed(COGNITO, aud="eu-west-1:0a1b2c3d-pool"))
    yield silent("a server of one's own", changed("gitlab.company.example", sub="group:x"))
    circle = "oidc.circleci.com/org/0bad0bad"
    seen = f"{circle} of {circle}"
    yield alerts("a tenant", changed(circle, aud="0bad0bad"), severity=Severity.MEDIUM, label=seen)
    deployed = changed(circle, DEPLOYER, aud="0bad0bad")
    yield alerts("a tenant, by a pipeline", deployed, severity=Severity.LOW)
    yield silent("a known tenant", changed("acme.okta.com", aud="0oa1b2c3"))
    ours = by_token(token(circle, "org/0bad0bad/project/1/user/2"), role="ship", day=-7)
    yield silent("a tenant whose tokens are in use", ours, changed(circle, aud="0bad0bad"))
    guests = changed(COGNITO, aud="eu-west-1:0bad0bad-pool")
    made_here = request(POOLS[0], minute=-1, answer={"identityPoolId": "eu-west-1:0bad0bad-pool"})
    yield silent("a pool that was made here", made_here, guests)
    person = {"identityProvider": COGNITO, "userName": "eu-west-1:1-2", "type": "WebIdentityUser"}
    answer = {"provider": COGNITO, "audience": "eu-west-1:0bad0bad-pool"}
    for day, story in ((-7, silent), (-6, alerts)):
        came = by_token(person, role="app", day=day, fields={"responseElements": answer})
        yield story(f"a pool whose people came {-day} days ago", came, guests)
    users = request(POOLS[1], minute=-1, answer={"userPool": {"id": "us-east-1_AbC"}})
    people = changed("cognito-idp.us-east-1.amazonaws.com/us-east-1_AbC", aud="7a")
    yield silent("a user pool that was made here", users, people)
    yield alerts("a user pool from elsewhere", people, severity=Severity.MEDIUM)
    pod = "system:serviceaccount:shop:cart"
    yield silent("a pod", changed("oidc.eks.eu-west-1.amazonaws.com/id/EXAMPLE", sub=pod))
    yield silent("any token, of which another rule tells", made)


def changed(host: str, by: Fields | None = None, **claims: object) -> Record:
    document = trusting(host, **claims)
    return request("iam:UpdateAssumeRolePolicy", by, roleName="ci", policyDocument=document)


def trusting(host: str, **claims: object) -> str:
    name = host if host in {COGNITO, GOOGLE} else f"{PROVIDERS}{host}"
    limits = {f"{host}:{claim}": value for claim, value in claims.items()}
    return trust({"Federated": name}, action=ACTION, Condition={"StringLike": limits})
