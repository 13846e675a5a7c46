"""Role of a GitHub workflow used on a new operating system.

The runners of a repository are of one or two kinds, and SDKs name their operating system. On
another system the role's session was probably stolen from the workflow.
"""

from trailwarden import ATTEMPTED, NOBODY, Caller, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.acting import of_acting
from trailwarden.cloudtrail.samples import ACCOUNT, OTHER_ACCOUNT, assumed_role, request
from trailwarden.cloudtrail.user_agent import system_of
from trailwarden.correlations import by_actor, first_use
from trailwarden.examples import Examples, Record, alerts, silent
from trailwarden.services.actions import CREDENTIAL_CALLS, ESCALATION_CALLS, SWEEPS

GITHUB = "token.actions.githubusercontent.com"


@of_acting
def detect(event: Event) -> Match | None:
    system = system_of(event.user_agent)
    return Match(system, subject=event.user_identity.role_name) if system else None


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[*SWEEPS, *CREDENTIAL_CALLS, *ESCALATION_CALLS],
    where={
        "userIdentity": {
            "sessionContext": {
                "webIdFederationData": {"federatedProvider": [{"wildcard": f"*{GITHUB}*"}]}
            }
        }
    },
    exempt=NOBODY,
    outcome=ATTEMPTED,
    callers=frozenset({Caller.ROLE, Caller.PIPELINE, Caller.SECURITY_TEAM}),
    direct_only=True,
    severity=Severity.HIGH,
    attack={Tactic.INITIAL_ACCESS: ["T1078.004", "T1199"], Tactic.CREDENTIAL_ACCESS: ["T1528"]},
    response="Ask the owners of the repository whether their runners changed. If not, revoke the "
    "role's sessions. Read the last runs of the workflow, and the actions in it.",
    false_positives="A workflow gets a job on another kind of runner.",
    correlation=first_use(by_actor, days=30, own_past=True, severe=True),
    references=[
        "https://docs.github.com/actions/deployment/security-hardening-your-deployments/configuring-openid-connect-in-amazon-web-services"
    ],
)

RUNNER, LAPTOP = "Boto3/1.35 os/linux#6.8.0-1017-azure", "aws-cli/2.15 Darwin/23.4.0"


def examples() -> Examples:
    usual = call(RUNNER)
    yield alerts("a laptop", usual, call(LAPTOP, day=7), subject="Ci", label="macOS")
    yield silent("the runners", usual, call(RUNNER, day=9))
    yield silent("another runner's kernel", usual, call(RUNNER.replace("1017", "1"), day=9))
    yield silent("in the first week", usual, call(LAPTOP, day=6))
    yield silent("no system named", usual, call("Terraform/1.9", day=9))
    gitlab = call(RUNNER, provider="gitlab.com"), call(LAPTOP, day=9, provider="gitlab.com")
    yield silent("another provider", *gitlab)
    yield silent("another role, which is new", usual, call(LAPTOP, day=9, role="Docs"))
    guest = [
        call(agent, day=day, account=OTHER_ACCOUNT) for agent, day in ((RUNNER, 0), (LAPTOP, 9))
    ]
    yield silent("of an unknown account", *guest)


def call(
    user_agent: str,
    *,
    day: int = 0,
    provider: str = GITHUB,
    role: str = "Ci",
    account: str = ACCOUNT,
) -> Record:
    arn = f"arn:aws:iam::{account}:oidc-provider/{provider}"
    data = {"federatedProvider": arn}
    session = assumed_role(role, "GitHubActions", account=account, webIdFederationData=data)
    fields = {"userAgent": user_agent}
    return request("sts:GetCallerIdentity", session, day=day, fields=fields)
