"""Console passwords tried for many users from one address.

An intruder tries one or two likely passwords for every user, and stays below any lockout. A person
has one user name. Colleagues share an address, and mistype: those who are in within minutes do not
count, unless they are the smaller part. From an office that is named it is LOW, for sign-ins that
explain mistakes come later.
"""

from trailwarden import ATTEMPTED, NOBODY, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import ACCOUNT, console_login, iam_user, portal_sign_in
from trailwarden.correlations import HOUR
from trailwarden.detection.mostly_failed import MostlyFailed
from trailwarden.environment import Environment
from trailwarden.examples import Examples, Record, alerts, silent
from trailwarden.services.signin import ATTEMPTS, HIDDEN, attempt, origin, person


def detect(event: Event) -> Match | None:
    found = attempt(event, person(event))
    is_office = event.environment.is_egress(event.source_ip_address)
    return found._replace(severity=Severity.LOW) if found and is_office else found


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
    response="Look for a successful sign-in of any user from the same address. Disable that user's "
    "password, revoke the sessions, and review their acts.",
    false_positives="A training room or an office behind one address, on a day when passwords "
    "expire. Name it among the egress ranges.",
    correlation=MostlyFailed(at_least=5, timespan=HOUR, group_by=origin),
    dedup=origin,
    story="passwords tried from one address",
)


ENVIRONMENT = Environment(egress_ranges=("203.0.113.0/24",))


def examples() -> Examples:
    yield alerts(
        "five users fail from one address",
        *spray(5),
        label=f"{ACCOUNT}/user0",
        severity=Severity.HIGH,
    )
    office = [{**failure, "sourceIPAddress": "203.0.113.7"} for failure in spray(5)]
    yield alerts("five colleagues in the office", *office, severity=Severity.LOW)
    yield silent("four users fail from one address", *spray(4))
    yield silent("one user fails twenty times", *spray(20, users=1))
    guess = console_login(iam_user(HIDDEN, key=""), succeeds=False, minute=9)
    yield alerts("four users and a name that does not exist", *spray(4), guess)
    yield from of_colleagues()
    portal = [portal_sign_in(f"user{n}", succeeds=False, minute=n) for n in range(5)]
    yield alerts("at the portal of Identity Center", *portal, label=f"{ACCOUNT}/user0")


def of_colleagues() -> Examples:
    """Tell of colleagues behind one address, who mistype a password and are in then."""
    office = [each for n in range(6) for each in mistyped(n)]
    yield silent("colleagues who are in a minute later", *office)
    yield silent("two of them give up", *office, *spray(2, first=6))
    yield alerts("five others do not come in", *office, *spray(5, first=6))
    yield alerts("two of five guesses work", *mistyped(0), *mistyped(1), *spray(3, first=2))
    yield silent(
        "three of five come in",
        *(each for n in range(3) for each in mistyped(n)),
        *spray(2, first=3),
    )
    late = [each for n in range(5) for each in mistyped(n, after=11)]
    yield alerts("people who come to work later", *late)
    run = [*spray(4, users=1), *(each for n in range(1, 5) for each in mistyped(n))]
    yield silent("one of them fails often", *run)
    in_portal = [
        portal_sign_in(f"user{n}", step=step, succeeds=is_in, minute=n + is_in)
        for n in range(5)
        for step, is_in in (("CredentialVerification", False), ("UserAuthentication", True))
    ]
    yield silent("colleagues at the portal", *in_portal)


def mistyped(number: int, *, after: float = 1) -> list[Record]:
    user = iam_user(f"user{number}", key="")
    wrong = console_login(user, succeeds=False, minute=number)
    return [wrong, console_login(user, mfa=True, minute=number + after)]


def spray(count: int, *, users: int = 99, first: int = 0) -> list[Record]:
    return [
        console_login(iam_user(f"user{n % users}", key=""), succeeds=False, minute=n)
        for n in range(first, first + count)
    ]
