"""IAM user who has been idle made a sensitive change.

A key that nobody has used for months lies in an old repository or on an old laptop. Nobody misses
it, and its user's permissions are still those of long ago.
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
from trailwarden.cloudtrail.samples import denied, iam_user, record
from trailwarden.cloudtrail.values import Record
from trailwarden.services.actions import SENSITIVE_CALLS


def detect(event: Event) -> str | None:
    return event.actor if event.succeeded and not event.by_automation else None


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=SENSITIVE_CALLS,
    where={"userIdentity": {"type": ["IAMUser"]}},
    severity=Severity.MEDIUM,
    attack={Tactic.INITIAL_ACCESS: ["T1078.004"]},
    response="Ask the person that the user belongs to. If they did not do it, deactivate the "
    "user's keys and password, and undo the change.",
    false_positives="A new user, and work that is done once a year.",
    correlation=FirstSeen(
        learning=timedelta(days=30),
        timespan=timedelta(days=90),
        group_by=by_account,
    ),
)


def examples() -> Iterator[Example]:
    yield alerts("nobody knew", change("alice", 0), change("mallory", 40))
    idle = [change("alice", 50), change("alice", 90), change("alice", 130)]
    yield alerts("back after months", change("old", 0), *idle, change("old", 140))
    yield silent("back after weeks", change("old", 0), change("old", 40))
    yield silent("within the first month", change("alice", 0), change("mallory", 20))
    refused = denied("iam:CreateUser", iam_user("mallory"), minute=40 * 24 * 60)
    yield silent("refused", change("alice", 0), refused)


def change(user: str, day: int) -> Record:
    return record("iam:CreateUser", iam_user(user), minute=day * 24 * 60)
