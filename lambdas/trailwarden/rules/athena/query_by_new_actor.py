"""Query over stored data or logs run by somebody who never did so.

Athena and log queries read lakes and logs with one statement, credentials in the logs included.
Analysts do it daily; everybody else, once they search for something.
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

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
from trailwarden.cloudtrail.address import is_workload
from trailwarden.cloudtrail.samples import iam_user, instance_role, record
from trailwarden.cloudtrail.values import Record


def detect(event: Event) -> str:
    if not event.succeeded or event.by_automation or is_workload(event.user_identity):
        return ""
    return f"{event.service} by {event.actor}"


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "athena:GetQueryResults",
        "athena:StartQueryExecution",
        "logs:FilterLogEvents",
        "logs:GetLogEvents",
        "logs:StartQuery",
    ],
    severity=Severity.LOW,
    attack={Tactic.COLLECTION: ["T1213", "T1530"]},
    response="See what was asked, and where the results were written.",
    false_positives="New colleagues.",
    correlation=FirstSeen(
        learning=timedelta(days=7),
        timespan=timedelta(days=60),
        group_by=by_account,
    ),
    mode=Mode.HUNT,
)


def examples() -> Iterator[Example]:
    usual = [ask(iam_user("alice"), day) for day in (0, 4, 8)]
    yield alerts("another user after a week", *usual, ask(iam_user("mallory"), 9))
    yield silent("the usual user", *usual)
    yield silent("another one in the first week", usual[0], ask(iam_user("mallory"), 2))
    yield silent("a server", *usual, ask(instance_role("report"), 9))


def ask(identity: dict[str, Any], day: int) -> Record:
    return record("athena:StartQueryExecution", identity, minute=day * 24 * 60)
