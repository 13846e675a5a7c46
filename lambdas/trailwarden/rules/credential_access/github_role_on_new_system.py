"""GitHub workflow's role used on a system that is new to it.

The runners of a repository are of one or two kinds, and SDKs tell which. The same role on another
kind of system is a session that was carried out of the workflow.
"""

from collections.abc import Iterator
from datetime import timedelta

from trailwarden import Event, Example, FirstSeen, Rule, Severity, Tactic, alerts, by_actor, silent
from trailwarden.cloudtrail.samples import assumed_role, record
from trailwarden.cloudtrail.user_agent import system_of
from trailwarden.cloudtrail.values import Record
from trailwarden.services.actions import CREDENTIAL_CALLS, ESCALATION_CALLS, SWEEPS

GITHUB = "token.actions.githubusercontent.com"


def detect(event: Event) -> str | None:
    return None if event.by_service else system_of(event.user_agent)


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
    severity=Severity.HIGH,
    attack={
        Tactic.INITIAL_ACCESS: ["T1078.004", "T1199"],
        Tactic.CREDENTIAL_ACCESS: ["T1528"],
    },
    response="Ask the owners of the repository whether their runners changed. If not, revoke the "
    "role's sessions, and read the workflow's last runs and the actions that they used.",
    false_positives="A workflow that gets a job on another kind of runner.",
    correlation=FirstSeen(
        learning=timedelta(days=7), timespan=timedelta(days=30), group_by=by_actor
    ),
    references=[
        "https://docs.github.com/actions/deployment/security-hardening-your-deployments/configuring-openid-connect-in-amazon-web-services"
    ],
)

RUNNER, LAPTOP = "Boto3/1.35 os/linux#6.8.0-1017-azure", "aws-cli/2.15 Darwin/23.4.0"


def examples() -> Iterator[Example]:
    yield alerts("a laptop", call(0, RUNNER), call(8, RUNNER), call(9, LAPTOP))
    yield silent("the runners", call(0, RUNNER), call(8, RUNNER), call(9, RUNNER))
    yield silent("another runner's kernel", call(0, RUNNER), call(9, RUNNER.replace("1017", "1")))
    yield silent("in the first week", call(0, RUNNER), call(6, LAPTOP))
    yield silent("no system told", call(0, RUNNER), call(9, "Terraform/1.9"))
    yield silent("another provider", call(0, RUNNER), call(9, LAPTOP, provider="gitlab.com"))


def call(day: int, user_agent: str, *, provider: str = GITHUB) -> Record:
    arn = f"arn:aws:iam::111122223333:oidc-provider/{provider}"
    session = assumed_role("Ci", "GitHubActions", webIdFederationData={"federatedProvider": arn})
    minute = day * 24 * 60
    return record("sts:GetCallerIdentity", session, minute=minute, userAgent=user_agent)
