"""Console sign-in by a new person, or from a new network.

Most people sign in from two or three networks. A stolen password is first used from one of its
own, and an intruder's user is one that never signed in before.
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
from trailwarden.cloudtrail.address import neighbourhood
from trailwarden.cloudtrail.samples import console_login, iam_user, sso_user
from trailwarden.cloudtrail.values import Record
from trailwarden.environment import Environment
from trailwarden.services.signin import person, signed_in

DAY = 24 * 60
ENVIRONMENT = Environment(egress_ranges=("203.0.113.0/24",))


def detect(event: Event) -> str:
    if not signed_in(event):
        return ""
    who = person(event).partition("/")[2][:150]
    return f"{who} from {neighbourhood(event) or 'a known network'}"


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["signin:ConsoleLogin"],
    severity=Severity.LOW,
    attack={Tactic.INITIAL_ACCESS: ["T1078.004"]},
    response="Ask the person whether it was them. If not, revoke the sessions and change how they "
    "sign in.",
    false_positives="New colleagues, travel, and telephones.",
    mode=Mode.HUNT,
    correlation=FirstSeen(
        learning=timedelta(days=7),
        timespan=timedelta(days=60),
        group_by=by_account,
    ),
)


def examples() -> Iterator[Example]:
    at_home = login("alice", "198.51.100.7")
    yield alerts("a new network", at_home, login("alice", "100.24.0.9", day=8))
    yield alerts("a new person", at_home, login("bob", "198.51.100.7", day=8))
    visitor = console_login(sso_user("carol"), minute=8 * DAY)
    yield alerts("a new person from Identity Center", at_home, visitor)
    yield silent("the same network", at_home, login("alice", "198.51.2.2", day=8))
    yield silent("in the first days", at_home, login("alice", "100.24.0.9", day=3))
    office = login("alice", "203.0.113.1")
    yield silent("the office", office, login("alice", "203.0.113.9", day=8))
    yield silent("a failure", at_home, login("alice", "100.24.0.9", day=8, succeeds=False))


def login(user: str, address: str, *, day: int = 0, succeeds: bool = True) -> Record:
    return console_login(
        iam_user(user, key=""), succeeds=succeeds, minute=day * DAY, sourceIPAddress=address
    )
