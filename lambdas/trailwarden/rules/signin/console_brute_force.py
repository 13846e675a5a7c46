"""Many console sign-ins failed from one address.

People mistype a password two or three times. An intruder with a list of passwords fails for
minutes, until one password works. Behind one address, colleagues mistype theirs, and are in then.
"""

from trailwarden import ATTEMPTED, NOBODY, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import console_login, iam_user, portal_sign_in
from trailwarden.correlations import MINUTE
from trailwarden.detection.mostly_failed import MostlyFailed
from trailwarden.environment import Environment
from trailwarden.examples import Examples, Record, alerts, silent
from trailwarden.services.signin import ATTEMPTS, HIDDEN, attempt, origin, person, user_of


def detect(event: Event) -> Match | None:
    return attempt(event, user_of(event))


def by_source(event: Event) -> str:
    """Group by address; in an office, which many share, by the person at the address."""
    shared = event.environment.is_egress(event.source_ip_address)
    return f"{origin(event)}/{person(event)}" if shared else origin(event)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=ATTEMPTS,
    exempt=NOBODY,
    direct_only=True,
    outcome=ATTEMPTED,
    severity=Severity.HIGH,
    attack={Tactic.CREDENTIAL_ACCESS: ["T1110.001", "T1110.004"]},
    response="Look for a successful sign-in from the same address. If there is one, disable that "
    "user's password and revoke the user's sessions.",
    false_positives="A password manager keeps sending an old password.",
    correlation=MostlyFailed(
        at_least=10, timespan=30 * MINUTE, group_by=by_source, different=False
    ),
    dedup=origin,
    story="passwords tried from one address",
)

ENVIRONMENT = Environment(egress_ranges=("203.0.113.0/24",))


def examples() -> Examples:
    failures = failed_logins()
    yield alerts("ten failures in ten minutes", *failures, label="alice")
    yield alerts("the same, delivered in the wrong order", *reversed(failures))
    yield silent("nine failures", *failures[:9])
    yield silent("nine failures, one of them delivered twice", *failures[:9], failures[0])
    home, office = "198.51.100.9", "203.0.113.9"
    unknown = failed_logins(users=[HIDDEN], address=home)
    yield alerts("names that do not exist", *unknown, label="a user name that does not exist")
    yield alerts("one colleague in the office", *failed_logins(address=office))
    names = [f"user{n}" for n in range(10)]
    yield silent("ten colleagues in the office", *failed_logins(users=names, address=office))
    success = console_login(iam_user("alice", key=""), minute=10)
    yield alerts("until one password works", *failures, success)
    teams = [f"user{n}" for n in range(5)]
    mistyped = failed_logins(users=teams)
    are_in = [console_login(iam_user(name, key=""), minute=10) for name in teams]
    yield alerts("five colleagues who fail twice", *mistyped)
    yield silent("five colleagues who fail twice, and are in", *mistyped, *are_in)
    yield alerts("a network that rotates IPv6 addresses", *failed_logins(address="2001:db8:1:2::"))
    everywhere = [{**f, "sourceIPAddress": f"2001:db8:1:{n}::1"} for n, f in enumerate(failures)]
    yield silent("failures all over the internet", *everywhere)
    portal = [portal_sign_in(succeeds=False, minute=n) for n in range(10)]
    yield alerts("at the portal of Identity Center", *portal, label="alice")
    yield silent("right passwords at the portal", *(portal_sign_in(minute=n) for n in range(10)))


def failed_logins(*, users: list[str] | None = None, address: str = "198.51.100.7") -> list[Record]:
    names = users or ["alice"]
    return [
        console_login(
            iam_user(names[n % len(names)], key=""),
            succeeds=False,
            minute=n,
            sourceIPAddress=f"{address}{n + 1}" if address.endswith("::") else address,
        )
        for n in range(10)
    ]
