"""Role assumed with the token of a new owner.

GitHub, GitLab and others sign tokens for all their customers. A trust policy with a wildcard in the
wrong place lets in strangers, too. The subject of a token says whose organization or group it is.
"""

from trailwarden import NOBODY, SUCCEEDED, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import by_token, token
from trailwarden.correlations import first_use
from trailwarden.environment import Environment
from trailwarden.examples import Examples, Record, alerts, silent
from trailwarden.policy.tokens import issuer_of, owner_in

TRUSTED = "a trusted owner"


def detect(event: Event) -> Match | None:
    owner = owner_in(event)
    if owner is None:
        return None
    if owner.is_among(event.environment.trusted_token_subjects):
        return Match(TRUSTED)
    role = event.request("roleArn").rpartition("/")[2]
    return Match(f"{issuer_of(event)} of {owner.name}", subject=role)


def by_issuer(event: Event) -> str:
    """Group by account and identity provider."""
    return f"{event.recipient_account_id}/{issuer_of(event)}"


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["sts:AssumeRoleWithWebIdentity"],
    exempt=NOBODY,
    outcome=SUCCEEDED,
    severity=Severity.HIGH,
    attack={Tactic.INITIAL_ACCESS: ["T1078.004", "T1199"], Tactic.LATERAL_MOVEMENT: ["T1550.001"]},
    response="Ask who owns the organization or group. If it is a stranger's, revoke the sessions "
    "of the role and name the owner in its trust policy. Then review what the sessions did.",
    false_positives="A team moves its pipelines to another organization. Name that in "
    "`trusted_token_subjects`, as in `repo:acme/*`.",
    references=[
        "https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_create_for-idp_oidc.html"
    ],
    correlation=first_use(by_issuer, days=90, usual=TRUSTED, own_past=True, severe=True),
)

GITHUB, GITLAB = "token.actions.githubusercontent.com", "gitlab.com"
ENVIRONMENT = Environment(trusted_token_subjects=("repo:friends/*",))
MAIN = "ref:refs/heads/main"


def examples() -> Examples:
    usual, stranger = assumed(f"repo:acme/app:{MAIN}"), assumed(f"repo:evil/app:{MAIN}", day=7)
    label = f"{GITHUB} of evil"
    yield alerts("a stranger's repository", usual, stranger, subject="ship", label=label)
    bare = [{**record, "responseElements": None} for record in (usual, stranger)]
    yield alerts("the same, without answers", *bare, subject="ship", label=label)
    other = assumed("project_path:acme/app:ref_type:branch:ref:main", GITLAB)
    group = assumed("project_path:evil/app:ref_type:branch:ref:main", GITLAB, day=7)
    yield alerts("a stranger's group", other, group, severity=Severity.HIGH)
    friend = assumed(f"repo:friends/app:{MAIN}", day=1)
    yield alerts("after a friend", friend, assumed(f"repo:evil/app:{MAIN}", day=8), label=label)
    yield silent("a friend's repository", usual, assumed(f"repo:friends/app:{MAIN}", day=8))
    yield silent("another repository", usual, assumed("repo:acme@7/tool@9:pull_request", day=8))
    yield silent("in the first week", usual, assumed(f"repo:evil/app:{MAIN}", day=6))
    pods = [assumed(f"system:serviceaccount:{n}:app", "oidc.eks/id/A", day=n * 8) for n in range(2)]
    yield silent("pods", *pods)
    yield silent("a new provider", usual, assumed("organization:evil:x", "app.terraform.io", day=8))


def assumed(subject: str, issuer: str = GITHUB, *, day: int = 0) -> Record:
    return by_token(token(issuer, subject), role="ship", day=day)
