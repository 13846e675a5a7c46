"""Command run in a running container by somebody who never did.

ECS Exec opens a shell in a container, with the role and the secrets of its task, past every
firewall. Few people need it, and they need it again.
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
from trailwarden.cloudtrail.samples import iam_user, record, sso_user


def detect(event: Event) -> str | None:
    if not event.succeeded or event.by_automation:
        return None
    enabled = event.get("requestParameters.enableExecuteCommand") is True
    return event.actor if enabled or event.name == "ExecuteCommand" else None


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["ecs:ExecuteCommand", "ecs:CreateService", "ecs:RunTask", "ecs:UpdateService"],
    severity=Severity.MEDIUM,
    attack={Tactic.EXECUTION: ["T1609"], Tactic.LATERAL_MOVEMENT: ["T1021.008"]},
    response="Ask whoever it was. If they know nothing of it, stop the task, revoke the sessions "
    "of its role, and rotate the secrets it was given.",
    false_positives="New colleagues; services that are first made to allow it.",
    correlation=FirstSeen(
        learning=timedelta(days=7),
        timespan=timedelta(days=90),
        group_by=by_account,
    ),
)


def examples() -> Iterator[Example]:
    alice, mallory = sso_user("alice@example.com"), iam_user("mallory")
    run = "ecs:ExecuteCommand"
    usual = record(run, alice)
    yield alerts("a new actor", usual, record(run, mallory, minute=8 * 1440))
    told = {"service": "app", "enableExecuteCommand": True}
    allowed = record("ecs:UpdateService", mallory, minute=8 * 1440, requestParameters=told)
    yield alerts("a new actor allows it", usual, allowed)
    yield silent("the usual one", usual, record(run, alice, minute=8 * 1440))
    other = record("ecs:UpdateService", mallory, minute=8 * 1440, requestParameters={})
    yield silent("another change", usual, other)
