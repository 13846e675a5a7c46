"""Person in the console from several networks at once.

Nobody is in two places within minutes. An intruder with a stolen cookie or password is, together
with its owner: both sign in, or both have the page open that asks for the account's health.
"""

from collections.abc import Iterator
from datetime import timedelta

from trailwarden import Event, Example, Mode, Rule, Severity, Tactic, ValueCount, alerts, silent
from trailwarden.cloudtrail.address import neighbourhood
from trailwarden.cloudtrail.samples import assumed_role, console_login, iam_user, record, sso_user
from trailwarden.cloudtrail.values import Record
from trailwarden.services.signin import person, signed_in


def detect(event: Event) -> str:
    in_console = signed_in(event) if event.service == "signin" else event.succeeded
    network = neighbourhood(event)
    return f"from {network}" if in_console and network and is_one_person(event) else ""


def is_one_person(event: Event) -> bool:
    """Say whether nobody shares the identity, as people share a role."""
    identity = event.user_identity
    return identity.is_iam_user or identity.is_root or identity.is_sso_role


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["signin:ConsoleLogin", "health:DescribeEventAggregates"],
    severity=Severity.MEDIUM,
    attack={
        Tactic.INITIAL_ACCESS: ["T1078.004"],
        Tactic.CREDENTIAL_ACCESS: ["T1539"],
    },
    response="Ask the person where they are. If one of the networks is not theirs, revoke all of "
    "their sessions, and review what came from it.",
    false_positives="A VPN that is switched on or off, or a telephone beside the computer.",
    mode=Mode.HUNT,
    correlation=ValueCount(at_least=2, timespan=timedelta(minutes=5), group_by=person),
)


def examples() -> Iterator[Example]:
    here, there = "198.51.100.7", "100.24.0.9"
    alice = iam_user("alice")
    login = console_login(alice, sourceIPAddress=here)
    again = console_login(alice, minute=4, sourceIPAddress=there)
    yield alerts("two sign-ins", login, again)
    yield alerts("one session open in two places", session(here), session(there, minute=3))
    yield silent("an hour apart", login, console_login(alice, minute=60, sourceIPAddress=there))
    yield silent("the same network", login, console_login(alice, sourceIPAddress="198.51.0.1"))
    yield silent("a page that AWS asks for", session(here), session("health.amazonaws.com"))
    bob = console_login(iam_user("bob"), sourceIPAddress=there)
    yield silent("two people", login, bob)
    shared = [console_login(assumed_role("Ops"), sourceIPAddress=ip) for ip in (here, there)]
    yield silent("a role that people share", *shared)


def session(address: str, *, minute: float = 0) -> Record:
    action = "health:DescribeEventAggregates"
    return record(action, sso_user("alice"), minute=minute, sourceIPAddress=address)
