"""Role for emergencies assumed.

A role that the environment names as one for emergencies is not used on other days. Whoever takes
it should have said so before.
"""

from collections.abc import Iterator

from trailwarden import Event, Example, Match, Mode, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.samples import ACCOUNT, iam_user, record
from trailwarden.cloudtrail.values import Record
from trailwarden.environment import Environment

ENVIRONMENT = Environment(break_glass_roles=(f"arn:aws:iam::{ACCOUNT}:role/emergency*",))


def detect(event: Event) -> Match | None:
    role = event.text("requestParameters.roleArn")
    reserved = event.environment.is_break_glass_role(role)
    return Match(role[:150], subject=role[:150]) if reserved and event.succeeded else None


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["sts:AssumeRole", "sts:AssumeRoleWithSAML", "sts:AssumeRoleWithWebIdentity"],
    severity=Severity.HIGH,
    attack={Tactic.PRIVILEGE_ESCALATION: ["T1548", "T1078.004"]},
    response="Ask whoever took it for the emergency. If there is none, revoke the role's sessions "
    "and disable their credentials.",
    false_positives="Emergencies, and rehearsals of them.",
    mode=Mode.OFF,
)


def examples() -> Iterator[Example]:
    yield alerts("the role for emergencies", taken("emergency-admin"))
    yield silent("another role", taken("reader"))


def taken(role: str) -> Record:
    request = {"roleArn": f"arn:aws:iam::{ACCOUNT}:role/{role}"}
    return record("sts:AssumeRole", iam_user("alice"), requestParameters=request)
