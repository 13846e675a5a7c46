"""ECS cluster, service or task made by somebody who never did.

Containers are deployed by the same few principals every day. Somebody new may be a colleague, or
somebody who runs their own programs, with a role of the company's, at its expense.
"""

from collections.abc import Iterator
from datetime import timedelta

from trailwarden import (
    Event,
    Example,
    FirstSeen,
    Match,
    Rule,
    Severity,
    Tactic,
    alerts,
    by_account,
    silent,
)
from trailwarden.cloudtrail.samples import assumed_role, iam_user, record

MANY = 10


def detect(event: Event) -> Match | None:
    if not event.succeeded or event.by_automation:
        return None
    told = "requestParameters"
    counts = (event.get(f"{told}.desiredCount"), event.get(f"{told}.count"))
    many = any(isinstance(count, int) and count >= MANY for count in counts)
    return Match(event.actor or "nobody", severity=Severity.HIGH if many else None)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "ecs:CreateCluster",
        "ecs:CreateService",
        "ecs:RegisterTaskDefinition",
        "ecs:RunTask",
        "ecs:StartTask",
    ],
    severity=Severity.MEDIUM,
    attack={
        Tactic.EXECUTION: ["T1610"],
        Tactic.IMPACT: ["T1496.001"],
        Tactic.DEFENSE_EVASION: ["T1578.002"],
    },
    response="Ask whoever it was. If they know nothing of it, stop the tasks, look at their image "
    "and role, and do the same in every Region.",
    false_positives="New colleagues and new pipelines.",
    correlation=FirstSeen(
        learning=timedelta(days=7),
        timespan=timedelta(days=60),
        group_by=by_account,
    ),
)


def examples() -> Iterator[Example]:
    deploy, mallory = assumed_role("deploy"), iam_user("mallory")
    usual = record("ecs:RegisterTaskDefinition", deploy)
    yield alerts("a new actor", usual, record("ecs:RunTask", mallory, minute=8 * 1440))
    yield silent("the usual one", usual, record("ecs:RunTask", deploy, minute=8 * 1440))
    yield silent("within a week", usual, record("ecs:RunTask", mallory, minute=6 * 1440))
