"""Function attached to a queue or stream by somebody who never did.

An event source feeds every message of a queue, stream or table to a function, with the role of
the function. It reads data, or keeps code running, long after a key is gone.
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
    events=["lambda:CreateEventSourceMapping", "lambda:UpdateEventSourceMapping"],
    severity=Severity.MEDIUM,
    attack={Tactic.PERSISTENCE: ["T1546"], Tactic.COLLECTION: ["T1119"]},
    response="See which source feeds which function. If nobody explains it, delete the mapping and "
    "disable the credentials that made it.",
    false_positives="New colleagues and pipelines.",
    correlation=FirstSeen(
        learning=timedelta(days=7),
        timespan=timedelta(days=60),
        group_by=by_account,
        usual="usual",
    ),
)


def examples() -> Iterator[Example]:
    action = "lambda:CreateEventSourceMapping20150331"
    deploy, mallory, late = assumed_role("deploy"), iam_user("mallory"), 8 * 1440
    usual = record(action, deploy)
    yield alerts("a new actor", usual, record(action, mallory, minute=late))
    by_stack = record(action, aws_service("cloudformation"))
    yield alerts("beside stacks", by_stack, record(action, mallory, minute=late))
    yield silent("the usual one", usual, record(action, deploy, minute=late))
