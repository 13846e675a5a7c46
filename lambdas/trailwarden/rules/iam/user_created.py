"""IAM user created.

An IAM user stays, with a password or keys that do not expire. Where people come through single
sign-on a new one is rare, and an intruder likes to have one of their own.
"""

from collections.abc import Iterator

from trailwarden import Event, Example, Match, Rule, Severity, Tactic, alerts, silent
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


def detect(event: Event) -> Match | None:
    if not event.succeeded or event.by_automation:
        return None
    answered = event.text("responseElements.user.userName")
    user = event.text("requestParameters.userName") or answered
    return Match(user[:100], subject=user)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["iam:CreateUser"],
    severity=Severity.LOW,
    attack={Tactic.PERSISTENCE: ["T1136.003"]},
    response="Check that somebody asked for the user. If nobody did, delete its keys and password, "
    "keep the user for the investigation, and contain whoever created it.",
    false_positives="Users for programs and colleagues that are created by hand.",
)

ENVIRONMENT = Environment(deploy_roles=(f"arn:aws:iam::{ACCOUNT}:role/deploy",))


def examples() -> Iterator[Example]:
    yield alerts("by a user", told(iam_user("mallory")))
    yield alerts("by a role", told(assumed_role("app")))
    answer = {"user": {"userName": "bob", "userId": "AIDACKCEVSQ6C2EXAMPLE"}}
    named = record("iam:CreateUser", iam_user("mallory"), responseElements=answer)
    yield alerts("named only in the answer", named)
    yield silent("a deploy role", told(assumed_role("deploy")))
    yield silent("CloudFormation", told(aws_service("cloudformation")))
    yield silent("refused", denied("iam:CreateUser", iam_user("mallory")))


def told(by: Fields) -> Record:
    return record("iam:CreateUser", by, requestParameters={"userName": "bob"})
