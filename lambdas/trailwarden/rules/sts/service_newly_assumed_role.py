"""AWS service assumed a role that it never did before.

Handing a role to a service leaves no event of its own: that the service then assumes it is all
there is to see. A function or instance with a strong role is a common way to become administrator.
"""

from collections.abc import Iterator
from datetime import timedelta

from trailwarden import Event, Example, FirstSeen, Mode, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.samples import ACCOUNT, Fields, aws_service, iam_user, record
from trailwarden.cloudtrail.values import Record

DAY = 24 * 60


def detect(event: Event) -> str:
    role = event.text("requestParameters.roleArn")
    is_its_own = ":role/aws-service-role/" in role
    return "" if is_its_own or not event.succeeded else role[:200]


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["sts:AssumeRole"],
    where={"userIdentity": {"type": ["AWSService"]}},
    severity=Severity.LOW,
    attack={Tactic.PRIVILEGE_ESCALATION: ["T1548", "T1098.003"]},
    response="Find out who gave the service the role, in the minutes before. If the role can do "
    "more than that person, ask them what for.",
    false_positives="Every new function, task or instance with a role of its own.",
    mode=Mode.HUNT,
    correlation=FirstSeen(
        learning=timedelta(days=7),
        timespan=timedelta(days=60),
        group_by=lambda event: f"{event.recipient_account_id}/{event.user_identity.invoked_by}",
    ),
)


def examples() -> Iterator[Example]:
    functions = aws_service("lambda")
    usual = taken(functions, "worker")
    yield alerts("a function gets another role", usual, taken(functions, "admin", day=8))
    yield silent("the same role", usual, taken(functions, "worker", day=8))
    yield silent("in the first days", usual, taken(functions, "admin", day=3))
    linked = taken(functions, "aws-service-role/lambda.amazonaws.com/AWSServiceRoleForX", day=8)
    yield silent("a role made for the service", usual, linked)
    yield silent("a user", usual, taken(iam_user("alice"), "admin", day=8))


def taken(who: Fields, role: str, *, day: int = 0) -> Record:
    request = {"roleArn": f"arn:aws:iam::{ACCOUNT}:role/{role}", "roleSessionName": "session"}
    return record("sts:AssumeRole", who, minute=day * DAY, requestParameters=request)
