"""Key asked whose it is, for the first time.

It is the first thing to do with a key that one has found: it needs no permission and changes
nothing. A program knows its own name, and asks every day or never.
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
from trailwarden.cloudtrail.samples import Fields, assumed_role, iam_user, record, root
from trailwarden.cloudtrail.values import Record

DAY = 24 * 60


def detect(event: Event) -> str:
    return "" if event.by_service else event.actor[:200]


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["sts:GetCallerIdentity"],
    where={"userIdentity": {"type": ["IAMUser", "Root"]}},
    severity=Severity.LOW,
    attack={Tactic.DISCOVERY: ["T1087.004", "T1033"]},
    response="See what the key did next, and from where. If nobody knows the address, deactivate "
    "the key.",
    false_positives="A developer who sets up a computer, or a pipeline that checks its login.",
    mode=Mode.HUNT,
    correlation=FirstSeen(
        learning=timedelta(days=7),
        timespan=timedelta(days=30),
        group_by=by_account,
    ),
)


def examples() -> Iterator[Example]:
    usual = asked(iam_user("ci"))
    yield alerts("a user who never did", usual, asked(iam_user("backup"), day=8))
    yield alerts("root", usual, asked(root(key="AKIAI44QH8DHBEXAMPLE"), day=8))
    yield silent("the same user", usual, asked(iam_user("ci"), day=8))
    yield silent("in the first days", usual, asked(iam_user("backup"), day=3))
    yield silent("a role", usual, asked(assumed_role("web"), day=8))


def asked(who: Fields, *, day: int = 0) -> Record:
    return record("sts:GetCallerIdentity", who, minute=day * DAY)
