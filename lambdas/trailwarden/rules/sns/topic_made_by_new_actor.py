"""SNS topic made by somebody who never made one.

Topics come from code. One that is made by hand may be where something is to be sent to, or from.
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
from trailwarden.cloudtrail.samples import assumed_role, iam_user, record


def detect(event: Event) -> str | None:
    return event.actor if event.succeeded and not event.by_automation else None


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["sns:CreateTopic"],
    severity=Severity.LOW,
    attack={Tactic.RESOURCE_DEVELOPMENT: ["T1608", "T1583.006"]},
    response="See who subscribed to the topic, and what else the actor did that day.",
    false_positives="New colleagues and programs.",
    correlation=FirstSeen(
        learning=timedelta(days=7),
        timespan=timedelta(days=60),
        group_by=by_account,
    ),
    mode=Mode.HUNT,
)


def examples() -> Iterator[Example]:
    deploy, late = assumed_role("deploy"), 8 * 1440
    usual = record("sns:CreateTopic", deploy)
    yield alerts("a new actor", usual, record("sns:CreateTopic", iam_user("m"), minute=late))
    yield silent("the usual one", usual, record("sns:CreateTopic", deploy, minute=late))
