"""Role assumed by an AWS service for the first time.

Handing a role to a service leaves no event of its own. CloudTrail shows only that the service
assumes it. A function or instance with a strong role is a common way to become administrator.
"""

from trailwarden import NOBODY, SUCCEEDED, Caller, Event, Match, Mode, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import (
    ACCOUNT,
    USER,
    Fields,
    aws_service,
    request,
    service_linked_role,
)
from trailwarden.correlations import by_actor, first_use
from trailwarden.examples import Examples, Record, alerts, silent

LINKED = "aws-service-role/"


def detect(event: Event) -> Match | None:
    role = event.request("roleArn")
    return None if f":role/{LINKED}" in role else Match(role)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["sts:AssumeRole"],
    exempt=NOBODY,
    callers=frozenset({Caller.AWS}),
    outcome=SUCCEEDED,
    severity=Severity.LOW,
    attack={Tactic.PRIVILEGE_ESCALATION: ["T1548", "T1098.003"]},
    response="Find out who gave the service the role, in the minutes before. If the role can do "
    "more than that person, ask them for the reason.",
    false_positives="Every new function, task or instance with a role of its own.",
    mode=Mode.HUNT,
    correlation=first_use(by_actor, days=60),
)


def examples() -> Examples:
    scaling = service_linked_role("AWSServiceRoleForBatch", "batch")
    first, new = taken(scaling, "worker"), taken(scaling, "admin", day=7)
    label = f"arn:aws:iam::{ACCOUNT}:role/admin"
    yield alerts("a service in its own role gets another one", first, new, label=label)
    functions = aws_service("lambda")
    usual = taken(functions, "worker")
    yield alerts("a function gets another role", usual, taken(functions, "admin", day=7))
    yield silent("the same role", usual, taken(functions, "worker", day=8))
    yield silent("in the first week", usual, taken(functions, "admin", day=6))
    linked = taken(functions, f"{LINKED}lambda.amazonaws.com/AWSServiceRoleForX", day=8)
    yield silent("a role that is made for the service", usual, linked)
    yield silent("a user", taken(USER, "worker"), taken(USER, "admin", day=8))
    yield alerts("a new service", usual, taken(aws_service("glue"), "worker", day=8))


def taken(by: Fields, role: str, *, day: int = 0) -> Record:
    arn = f"arn:aws:iam::{ACCOUNT}:role/{role}"
    return request("sts:AssumeRole", by, day=day, roleArn=arn, roleSessionName="session")
