"""Role that only AWS services assumed was assumed by somebody else.

A service's role has what the service needs, which is often more than people get. It has to trust
somebody new before anyone but the service can assume it, so its first use by hand is worth a look.
"""

from collections.abc import Iterator
from datetime import timedelta

from trailwarden import Event, Example, FirstSeen, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.samples import (
    ACCOUNT,
    Fields,
    assumed_role,
    aws_service,
    denied,
    iam_user,
    record,
)
from trailwarden.cloudtrail.values import Record
from trailwarden.environment import Environment

DAY = 24 * 60
USUAL = "assumed by a service"
ENVIRONMENT = Environment(deploy_roles=(f"arn:aws:iam::{ACCOUNT}:role/deploy",))


def detect(event: Event) -> str:
    if not event.succeeded or not role(event):
        return ""
    if event.by_service:
        return USUAL
    return "" if event.by_automation else "assumed by a person or key"


def role(event: Event) -> str:
    """Return the role that was assumed."""
    return event.text("requestParameters.roleArn")


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["sts:AssumeRole"],
    severity=Severity.HIGH,
    attack={
        Tactic.CREDENTIAL_ACCESS: ["T1528"],
        Tactic.PRIVILEGE_ESCALATION: ["T1078.004"],
    },
    response="Look at the role's trust policy and who changed it last. If nobody can explain it, "
    "restore the policy, revoke the sessions, and review what they did.",
    false_positives="An engineer who lets themselves into a service's role to debug it.",
    correlation=FirstSeen(
        usual=USUAL,
        learning=timedelta(days=7),
        timespan=timedelta(days=90),
        group_by=role,
    ),
)


def examples() -> Iterator[Example]:
    service, alice = aws_service("lambda"), iam_user("alice")
    week = [assumed(service), assumed(service, day=4)]
    yield alerts("a user assumes it", *week, assumed(alice, day=8))
    yield alerts("another role assumes it", *week, assumed(assumed_role("web"), day=8))
    yield silent("the service goes on", *week, assumed(service, day=8))
    yield silent("a role that is new", assumed(service, day=7), assumed(alice, day=8))
    both = [assumed(service), assumed(alice, day=1), assumed(alice, day=8)]
    yield silent("a role that people use too", *both)
    yield silent("a service comes to a role of people", assumed(alice), assumed(service, day=8))
    yield silent("the pipeline", *week, assumed(assumed_role("deploy"), day=8))
    yield silent("a refusal", *week, denied("sts:AssumeRole", alice, minute=8 * DAY))


def assumed(who: Fields, *, day: int = 0) -> Record:
    request = {"roleArn": f"arn:aws:iam::{ACCOUNT}:role/worker", "roleSessionName": "session"}
    return record("sts:AssumeRole", who, minute=day * DAY, requestParameters=request)
