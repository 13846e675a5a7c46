"""Stack made by somebody who never made one.

Stacks come from pipelines and from a few people. A new maker is a hint when something else is
wrong: a template makes users, roles and servers in one call.
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
    events=[
        "cloudformation:CreateStack",
        "cloudformation:CreateStackInstances",
        "cloudformation:CreateStackSet",
    ],
    severity=Severity.LOW,
    attack={Tactic.EXECUTION: ["T1648", "T1072"]},
    response="Look at the template, and at what else the actor did that day.",
    false_positives="New colleagues and pipelines.",
    correlation=FirstSeen(
        learning=timedelta(days=7),
        timespan=timedelta(days=60),
        group_by=by_account,
    ),
    mode=Mode.HUNT,
)


def examples() -> Iterator[Example]:
    action, deploy = "cloudformation:CreateStack", assumed_role("deploy")
    usual = record(action, deploy)
    yield alerts("a new maker", usual, record(action, iam_user("m"), minute=8 * 1440))
    yield silent("the usual one", usual, record(action, deploy, minute=8 * 1440))
