"""Console sign-in by a person from a new network.

Most people sign in from two or three networks. A thief uses a stolen password from another network.
The user of an intruder never signed in before.
"""

from trailwarden import NOBODY, SUCCEEDED, Event, Match, Mode, Rule, Severity, Tactic
from trailwarden.cloudtrail.address import neighbourhood
from trailwarden.cloudtrail.samples import PERSON, console_login, iam_user, portal_sign_in
from trailwarden.correlations import by_account, first_use
from trailwarden.environment import Environment
from trailwarden.examples import Examples, Record, alerts, silent
from trailwarden.services.signin import SIGN_INS, person


def detect(event: Event) -> Match:
    user = person(event).partition("/")[2]
    return Match(f"{user} from {neighbourhood(event) or 'a known network'}", subject=user)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=SIGN_INS,
    exempt=NOBODY,
    direct_only=True,
    outcome=SUCCEEDED,
    severity=Severity.LOW,
    attack={Tactic.INITIAL_ACCESS: ["T1078.004"]},
    response="Ask the person whether the sign-in was theirs. If not, revoke the sessions, and "
    "change the password or the way to sign in.",
    false_positives="New colleagues, travel, and phones.",
    mode=Mode.HUNT,
    correlation=first_use(by_account, days=60),
)

ENVIRONMENT = Environment(egress_ranges=("203.0.113.0/24",))


def examples() -> Examples:
    at_home = login("alice", "198.51.100.7")
    label = "alice from 100.24.0.0/16"
    abroad = login("alice", "100.24.0.9", day=7)
    yield alerts("a new network", at_home, abroad, subject="alice", label=label)
    yield alerts("a new person", at_home, login("bob", "198.51.100.7", day=8), subject="bob")
    visitor = console_login(PERSON, minute=8 * 24 * 60)
    yield alerts("a new person from Identity Center", at_home, visitor)
    portal = portal_sign_in(step="UserAuthentication", minute=8 * 24 * 60)
    yield alerts("a new person at the portal", login("bob", "198.51.100.7"), portal)
    yield silent("the same network", at_home, login("alice", "198.51.2.2", day=8))
    yield silent("in the first week", at_home, login("alice", "100.24.0.9", day=6))
    office = login("alice", "203.0.113.1")
    yield silent("the office", office, login("alice", "203.0.113.9", day=8))


def login(user: str, address: str, *, day: int = 0) -> Record:
    alice = iam_user(user, key="")
    return console_login(alice, minute=day * 24 * 60, sourceIPAddress=address)
