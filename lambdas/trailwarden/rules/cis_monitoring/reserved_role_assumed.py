"""Break-glass role assumed.

A break-glass role is for emergencies, and nobody uses it on other days. Its users announce it
first.
"""

from trailwarden import NOBODY, SUCCEEDED, Event, Match, Mode, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import ACCOUNT, request
from trailwarden.environment import Environment
from trailwarden.examples import Examples, Record, alerts, silent


def detect(event: Event) -> Match | None:
    role = event.request("roleArn")
    return Match(role, subject=role) if event.environment.is_break_glass_role(role) else None


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["sts:AssumeRole", "sts:AssumeRoleWithSAML", "sts:AssumeRoleWithWebIdentity"],
    exempt=NOBODY,
    needs=("break_glass_roles",),
    outcome=SUCCEEDED,
    severity=Severity.HIGH,
    attack={Tactic.PRIVILEGE_ESCALATION: ["T1548", "T1078.004"]},
    response="Ask the caller for the emergency. If there is none, revoke the role's sessions and "
    "disable their credentials.",
    false_positives="Emergencies, and rehearsals of them.",
    mode=Mode.OFF,
)

ENVIRONMENT = Environment(break_glass_roles=(f"arn:aws:iam::{ACCOUNT}:role/emergency*",))


def examples() -> Examples:
    role = f"arn:aws:iam::{ACCOUNT}:role/emergency-admin"
    yield alerts("the role for emergencies", assumed("emergency-admin"), subject=role)
    yield silent("another role", assumed("reader"))


def assumed(role: str) -> Record:
    arn = f"arn:aws:iam::{ACCOUNT}:role/{role}"
    return request("sts:AssumeRole", roleArn=arn, roleSessionName="alice")
