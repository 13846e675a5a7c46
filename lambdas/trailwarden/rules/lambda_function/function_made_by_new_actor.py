"""Lambda function made by somebody who never made one.

A function runs with a role, on any trigger, and costs nothing until then. Attackers like it for
the same reasons as everybody else.
"""

from collections.abc import Iterator
from datetime import timedelta

from trailwarden import (
    Event,
    Example,
    FirstSeen,
    Mode,
    Rule,
    Severity,
    Tactic,
    alerts,
    by_account,
    silent,
)
from trailwarden.cloudtrail.samples import aws_service, iam_user, record


def detect(event: Event) -> str | None:
    if not event.succeeded:
        return None
    return "usual" if event.by_automation else event.actor or None


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["lambda:CreateFunction"],
    severity=Severity.LOW,
    attack={Tactic.EXECUTION: ["T1648"]},
    response="See which role the function has, what starts it, and what else the actor did.",
    false_positives="New colleagues and pipelines.",
    correlation=FirstSeen(
        learning=timedelta(days=7),
        timespan=timedelta(days=60),
        group_by=by_account,
        usual="usual",
    ),
    mode=Mode.HUNT,
)


def examples() -> Iterator[Example]:
    action, late = "lambda:CreateFunction20150331", 8 * 1440
    usual = record(action, aws_service("cloudformation"))
    yield alerts("a new actor", usual, record(action, iam_user("mallory"), minute=late))
    known = record(action, iam_user("alice"))
    yield silent("the usual one", known, record(action, iam_user("alice"), minute=late))
