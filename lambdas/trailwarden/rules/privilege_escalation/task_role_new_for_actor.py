"""Task role that an actor never used given to a container.

A container acts as its task's role. Whoever may start containers can pick the role with the most
permissions, and read its credentials in a command.
"""

from collections.abc import Iterator
from datetime import timedelta

from trailwarden import (
    Event,
    Example,
    FirstSeen,
    Rule,
    Severity,
    Tactic,
    alerts,
    by_account,
    silent,
)
from trailwarden.cloudtrail.samples import ACCOUNT, Fields, assumed_role, iam_user, record
from trailwarden.cloudtrail.values import Record


def detect(event: Event) -> str | None:
    if not event.succeeded:
        return None
    told = "requestParameters"
    role = event.text(f"{told}.overrides.taskRoleArn") or event.text(f"{told}.taskRoleArn")
    who = event.user_identity
    is_plain_role = who.is_assumed_role and not who.is_sso_role and not who.is_instance_role
    if not role or event.by_automation or is_plain_role:
        return "usual"
    return f"{role[-100:]} by {event.actor[-100:]}"


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["ecs:RegisterTaskDefinition", "ecs:RunTask"],
    severity=Severity.HIGH,
    attack={Tactic.PRIVILEGE_ESCALATION: ["T1548.005", "T1098.003"]},
    response="See what the role may do and what the container's command is. If nobody explains it, "
    "stop the tasks and revoke the role's sessions.",
    false_positives="People who deploy new services by hand.",
    correlation=FirstSeen(
        learning=timedelta(days=7),
        timespan=timedelta(days=90),
        group_by=by_account,
        usual="usual",
    ),
)


def examples() -> Iterator[Example]:
    deploy, mallory = assumed_role("deploy"), iam_user("mallory")
    usual = started(deploy, "web", day=0)
    yield alerts("a user picks a role", usual, started(mallory, "billing", day=8))
    yield silent("within a week", usual, started(mallory, "billing", day=6))
    yield silent("a pipeline picks one", usual, started(deploy, "billing", day=8))
    known = started(mallory, "web", day=0)
    yield silent("the usual role", known, started(mallory, "web", day=8))


def started(who: Fields, role: str, *, day: int) -> Record:
    told = {"overrides": {"taskRoleArn": f"arn:aws:iam::{ACCOUNT}:role/{role}"}}
    return record("ecs:RunTask", who, minute=day * 1440, requestParameters=told)
