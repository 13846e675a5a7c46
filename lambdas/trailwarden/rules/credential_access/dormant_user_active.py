"""IAM user made a sensitive change after months of silence.

A key that was not used for months lies in an old repository or on an old laptop. No one misses it,
and its user still has the permissions of long ago.
"""

from collections.abc import Iterator

from trailwarden import (
    NOBODY,
    SUCCEEDED,
    Caller,
    Event,
    Example,
    Match,
    Rule,
    Severity,
    Tactic,
    alerts,
    by_account,
    first_use,
    silent,
)
from trailwarden.cloudtrail.samples import OTHER_ACCOUNT, PERSON, Fields, iam_user, request
from trailwarden.cloudtrail.values import Record
from trailwarden.services.actions import SENSITIVE_CALLS


def detect(event: Event) -> Match:
    return Match(event.actor, subject=event.user_identity.user_name)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=SENSITIVE_CALLS,
    where={"userIdentity": {"type": ["IAMUser"]}},
    exempt=NOBODY,
    callers=frozenset({Caller.ACCESS_KEY, Caller.PERSON}),
    outcome=SUCCEEDED,
    severity=Severity.MEDIUM,
    attack={Tactic.INITIAL_ACCESS: ["T1078.004"]},
    response="Ask the owner of the user. If they did not do it, deactivate the user's keys and "
    "password, and undo the change.",
    false_positives="A new user, and work that comes once a year.",
    correlation=first_use(by_account, days=90, learning=30),
)


def examples() -> Iterator[Example]:
    alice, mallory = iam_user("alice", key=""), iam_user("mallory", key="")
    usual = change(alice)
    yield alerts("a user who is new", usual, change(mallory, day=30), subject="mallory")
    old = iam_user("old")
    busy = [change(alice, day=n) for n in (50, 90, 130)]
    yield alerts("back after months", change(old), *busy, change(old, day=140), subject="old")
    yield silent("back after weeks", change(old), change(old, day=40))
    yield silent("in the first month", usual, change(mallory, day=29))
    yield silent("a person of Identity Center", usual, change(PERSON, day=40))
    elsewhere = mallory | {"accountId": OTHER_ACCOUNT}
    other = {**change(elsewhere, day=40), "recipientAccountId": OTHER_ACCOUNT}
    yield silent("in another account, which is new", usual, other)
    yield silent("of an unknown account", usual, change(elsewhere, day=40))


def change(by: Fields, *, day: int = 0) -> Record:
    return request("iam:CreateUser", by, day=day, userName="bob")
