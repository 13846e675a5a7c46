"""Passwords of many people tried from one address in a day.

A patient intruder tries one password for each person, an hour apart. An address that fails for ten
people in a day is no home, and an office is known. Those who are in within minutes do not count,
unless they are the smaller part.
"""

from trailwarden import ATTEMPTED, NOBODY, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import ACCOUNT, console_login, iam_user, portal_sign_in
from trailwarden.correlations import DAY
from trailwarden.detection.mostly_failed import MostlyFailed
from trailwarden.environment import Environment
from trailwarden.examples import Examples, Record, alerts, silent
from trailwarden.services.signin import ATTEMPTS, attempt, is_unknown, origin, person


def detect(event: Event) -> Match | None:
    is_office = event.environment.is_egress(event.source_ip_address)
    return None if is_office or is_unknown(event) else attempt(event, person(event))


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=ATTEMPTS,
    exempt=NOBODY,
    direct_only=True,
    outcome=ATTEMPTED,
    severity=Severity.HIGH,
    attack={Tactic.CREDENTIAL_ACCESS: ["T1110.003"]},
    response="Look for a successful sign-in of any person from the same address. Reset that "
    "person's password, end the sessions, and review their acts.",
    false_positives="A training room or an office behind one address. Name it among the egress "
    "ranges.",
    correlation=MostlyFailed(at_least=10, timespan=DAY, group_by=origin),
    dedup=origin,
    story="passwords tried from one address",
)

ENVIRONMENT = Environment(egress_ranges=("192.0.2.0/24",))


def examples() -> Examples:
    yield alerts("ten users", *spray(10), label=f"{ACCOUNT}/user0")
    portal = [portal_sign_in(f"user{n}", succeeds=False, minute=n * 120) for n in range(10)]
    yield alerts("ten people at the portal", *portal, label=f"{ACCOUNT}/user0")
    yield silent("nine users", *spray(9))
    are_in = [
        console_login(
            iam_user(f"user{n}", key=""), minute=n * 120 + 1, sourceIPAddress="203.0.113.7"
        )
        for n in range(5)
    ]
    yield silent("five of ten are in at once", *spray(10), *are_in)
    yield alerts("four of ten guesses work", *spray(10), *are_in[:4])
    yield silent("ten users in two days", *spray(10, apart=300))
    yield silent("one user ten times", *spray(10, users=1))
    yield silent("ten users in the office", *spray(10, address="192.0.2.7"))
    addresses = [{**f, "sourceIPAddress": f"203.0.113.{n}"} for n, f in enumerate(spray(10))]
    yield silent("ten addresses", *addresses)


def spray(
    count: int, *, users: int = 99, apart: float = 120, address: str = "203.0.113.7"
) -> list[Record]:
    return [
        console_login(
            iam_user(f"user{n % users}", key=""),
            succeeds=False,
            minute=n * apart,
            sourceIPAddress=address,
        )
        for n in range(count)
    ]
