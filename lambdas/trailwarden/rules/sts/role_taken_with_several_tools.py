"""Role assumed with several kinds of tools in a day.

What takes a role is usually one program. When a browser, a script and the CLI take the same one,
there may be more than one hand on the credentials.
"""

from collections.abc import Iterator
from datetime import timedelta

from trailwarden import Event, Example, Mode, Rule, Severity, Tactic, ValueCount, alerts, silent
from trailwarden.cloudtrail.samples import ACCOUNT, Fields, aws_service, iam_user, record
from trailwarden.cloudtrail.values import Record
from trailwarden.detection.pattern import NOT_BY_SERVICE


def detect(event: Event) -> str:
    if event.by_automation or not event.succeeded or not role(event):
        return ""
    return event.user_agent.partition("/")[0].strip("[ ")[:40]


def role(event: Event) -> str:
    """Return the role that was assumed."""
    return event.text("requestParameters.roleArn")


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["sts:AssumeRole"],
    where=NOT_BY_SERVICE,
    severity=Severity.LOW,
    attack={Tactic.DEFENSE_EVASION: ["T1078.004"]},
    response="Compare who came with each of the tools, and from where. If one of them fits nobody, "
    "revoke the role's sessions.",
    false_positives="Roles that many people and programs share.",
    mode=Mode.HUNT,
    correlation=ValueCount(at_least=3, timespan=timedelta(days=1), group_by=role),
)


def examples() -> Iterator[Example]:
    tools = ["aws-cli/2.27.0", "Boto3/1.38 Python/3.12", "curl/8.7.1"]
    yield alerts("three tools", *taken(tools))
    yield silent("two tools", *taken(tools[:2]))
    yield silent("three versions of one", *taken([f"aws-cli/2.{n}.0" for n in range(3)]))
    yield silent("services", *taken(tools, aws_service("lambda")))


def taken(agents: list[str], who: Fields | None = None) -> list[Record]:
    request = {"roleArn": f"arn:aws:iam::{ACCOUNT}:role/deploy"}
    return [
        record(
            "sts:AssumeRole",
            who or iam_user("ci"),
            minute=60 * n,
            userAgent=agent,
            requestParameters=request,
        )
        for n, agent in enumerate(agents)
    ]
