"""Role of an AWS service assumed by another principal.

The role of a service often has more permissions than people get. It has to trust a new principal
before that principal can assume it. So its first use by hand deserves a question.
"""

from trailwarden import AWS_ITSELF, SUCCEEDED, Caller, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import ACCOUNT, ROLE, Fields, aws_service, iam_user, request
from trailwarden.correlations import first_use
from trailwarden.examples import Examples, Record, alerts, silent


def detect(event: Event) -> Match | None:
    role = by_role(event)
    return Match("assumed by another principal", subject=role) if role else None


def by_role(event: Event) -> str:
    """Group by the assumed role."""
    return event.request("roleArn")


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["sts:AssumeRole"],
    exempt=AWS_ITSELF,
    callers=frozenset(Caller) - {Caller.SERVICE_ROLE, Caller.PIPELINE},
    outcome=SUCCEEDED,
    severity=Severity.HIGH,
    attack={Tactic.CREDENTIAL_ACCESS: ["T1528"], Tactic.PRIVILEGE_ESCALATION: ["T1078.004"]},
    response="Look at the role's trust policy, and find out who changed it last. If nobody can "
    "explain the change, restore the policy, revoke the sessions, and review their acts.",
    false_positives="An engineer assumes a service's role to debug it.",
    correlation=first_use(
        by_role, days=90, usual="assumed by a service", own_past=True, severe=True
    ),
)

WORKER = f"arn:aws:iam::{ACCOUNT}:role/worker"


def examples() -> Examples:
    service, alice = aws_service("lambda"), iam_user("alice")
    usual = assumed(service)
    yield alerts("a user assumes it", usual, assumed(alice, day=7), subject=WORKER)
    yield alerts("another role assumes it", usual, assumed(ROLE, day=8))
    yield silent("the service goes on", usual, assumed(service, day=8))
    yield silent("a role that is new", assumed(service, day=2), assumed(alice, day=8))
    both = [usual, assumed(alice, day=1), assumed(alice, day=8)]
    yield silent("a role that people use, too", *both)
    other: Fields = {"roleArn": f"{WORKER}-2", "roleSessionName": "session"}
    yield silent("another role", usual, request("sts:AssumeRole", alice, day=8, **other))
    yield silent("a service comes to a role of people", assumed(alice), assumed(service, day=8))


def assumed(by: Fields, *, day: int = 0) -> Record:
    return request("sts:AssumeRole", by, day=day, roleArn=WORKER, roleSessionName="session")
