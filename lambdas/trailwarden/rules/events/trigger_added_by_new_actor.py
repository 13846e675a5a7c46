"""Rule, schedule or workflow added by somebody who never did.

Whatever runs by itself outlives the key that set it up: a schedule that calls home each night, a
rule that acts on every new user. Such things come from code.
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
from trailwarden.cloudtrail.samples import assumed_role, aws_service, iam_user, record


def detect(event: Event) -> str | None:
    if not event.succeeded:
        return None
    return "usual" if event.by_automation else event.actor or None


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "events:CreateConnection",
        "events:PutPermission",
        "events:PutRule",
        "events:PutTargets",
        "pipes:CreatePipe",
        "scheduler:CreateSchedule",
        "states:CreateStateMachine",
        "states:UpdateStateMachine",
    ],
    severity=Severity.MEDIUM,
    attack={Tactic.PERSISTENCE: ["T1546", "T1053"]},
    response="See what it starts, when, and with which role. If nobody explains it, disable it and "
    "the credentials that added it.",
    false_positives="New colleagues and pipelines.",
    correlation=FirstSeen(
        learning=timedelta(days=7),
        timespan=timedelta(days=60),
        group_by=by_account,
        usual="usual",
    ),
)


def examples() -> Iterator[Example]:
    deploy, mallory, late = assumed_role("deploy"), iam_user("mallory"), 8 * 1440
    usual = record("events:PutRule", deploy)
    yield alerts("a new actor", usual, record("scheduler:CreateSchedule", mallory, minute=late))
    by_stack = record("events:PutRule", aws_service("cloudformation"))
    yield alerts("beside stacks", by_stack, record("events:PutRule", mallory, minute=late))
    yield silent("the usual one", usual, record("events:PutTargets", deploy, minute=late))
