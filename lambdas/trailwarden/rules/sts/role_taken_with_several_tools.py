"""Role assumed with several kinds of tools in a day.

Usually one program assumes a role. A browser, a script and the CLI that assume the same one may be
several people with the same credentials.
"""

from trailwarden import DEPLOYMENT, SUCCEEDED, Event, Match, Mode, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import ACCOUNT, request
from trailwarden.correlations import DAY, ValueCount
from trailwarden.examples import Examples, Record, alerts, silent


def detect(event: Event) -> Match | None:
    tool = event.user_agent.partition("/")[0].strip("[ ")
    return Match(tool, subject=by_role(event)) if tool and by_role(event) else None


def by_role(event: Event) -> str:
    """Group by the assumed role."""
    return event.request("roleArn")


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["sts:AssumeRole"],
    exempt=DEPLOYMENT,
    direct_only=True,
    outcome=SUCCEEDED,
    severity=Severity.LOW,
    attack={Tactic.DEFENSE_EVASION: ["T1078.004"]},
    response="Compare the callers and the addresses of the tools. If nobody knows one of them, "
    "revoke the role's sessions.",
    false_positives="Many people and programs share the role.",
    mode=Mode.HUNT,
    correlation=ValueCount(at_least=3, timespan=DAY, group_by=by_role, together=True),
)

DEPLOY = f"arn:aws:iam::{ACCOUNT}:role/deploy"


def examples() -> Examples:
    tools = ["aws-cli/2.27.0", "Boto3/1.38 Python/3.12", "curl/8.7.1"]
    yield alerts("three tools", *taken(tools), subject=DEPLOY)
    yield silent("two tools", *taken(tools[:2]))
    yield silent("three versions of one", *taken([f"aws-cli/2.{n}.0" for n in range(3)]))
    other = [taken([agent], f"{DEPLOY}-{agent[:3]}")[0] for agent in tools]
    yield silent("three roles", *other)


def taken(agents: list[str], role: str = DEPLOY) -> list[Record]:
    first = request("sts:AssumeRole", roleArn=role, roleSessionName="ci")
    return [{**first, "eventID": agent, "userAgent": agent} for agent in agents]
