"""Console used by one person from several networks at once.

A person is not in two places within minutes. A thief with a stolen cookie or password is active
beside the owner. Both sign in, or both have the page open that asks for the account's health.
"""

from trailwarden import NOBODY, SUCCEEDED, Caller, Event, Match, Mode, Rule, Severity, Tactic
from trailwarden.cloudtrail.address import family, neighbourhood
from trailwarden.cloudtrail.samples import PERSON, ROLE, console_login, iam_user, request
from trailwarden.correlations import MINUTE, ValueCount
from trailwarden.examples import Examples, Record, alerts, silent
from trailwarden.services.signin import person


def detect(event: Event) -> Match | None:
    network = neighbourhood(event)
    return Match(f"from {network}", subject=person(event)) if network else None


def by_holder(event: Event) -> str:
    """Group by the person, and by the family of the address, because a host can have both."""
    return f"{person(event)}/{family(event)}"


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["signin:ConsoleLogin", "health:DescribeEventAggregates"],
    exempt=NOBODY,
    # People share a role, but not these.
    callers=frozenset({Caller.PERSON, Caller.ROOT, Caller.ACCESS_KEY}),
    direct_only=True,
    outcome=SUCCEEDED,
    severity=Severity.MEDIUM,
    attack={Tactic.INITIAL_ACCESS: ["T1078.004"], Tactic.CREDENTIAL_ACCESS: ["T1539"]},
    response="Ask the person where they are. If one of the networks is not theirs, revoke all of "
    "their sessions, and review all acts from it.",
    false_positives="A person turns a VPN on or off, or uses a phone beside the computer.",
    mode=Mode.HUNT,
    correlation=ValueCount(at_least=2, timespan=5 * MINUTE, group_by=by_holder),
)


def examples() -> Examples:
    here, there, alice = "198.51.100.7", "100.24.0.9", iam_user("alice", key="")
    login = console_login(alice, sourceIPAddress=here)
    again = console_login(alice, minute=4, sourceIPAddress=there)
    yield alerts("two sign-ins", login, again, subject="111122223333/alice")
    yield alerts("one session open in two places", session(here), session(there, minute=3))
    near = console_login(alice, minute=4, sourceIPAddress="198.51.0.1")
    yield silent("the same network", login, near)
    dual = console_login(alice, minute=4, sourceIPAddress="2001:db8::9")
    yield silent("both families of addresses", login, dual)
    by_health = session("health.amazonaws.com", minute=3)
    yield silent("a page that AWS itself asks for", session(here), by_health)
    yield silent("two people", login, console_login(iam_user("bob", key=""), sourceIPAddress=there))
    shared = [console_login(ROLE, sourceIPAddress=address) for address in (here, there)]
    yield silent("a role that people share", *shared)


def session(address: str, *, minute: float = 0) -> Record:
    fields = {"sourceIPAddress": address}
    return request("health:DescribeEventAggregates", PERSON, minute=minute, fields=fields)
