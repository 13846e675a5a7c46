"""Console passwords tried for many users from one address.

An intruder tries one or two likely passwords for every user, and stays below any lockout. A person
has one user name. Five users that fail from one address in an hour are no typing errors.
"""

from trailwarden import FAILED, NOBODY, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import ACCOUNT, console_login, iam_user, portal_sign_in
from trailwarden.correlations import HOUR, ValueCount
from trailwarden.examples import Examples, Record, alerts, silent
from trailwarden.services.signin import GUESSES, HIDDEN, origin, person


def detect(event: Event) -> Match:
    return Match(person(event))


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=GUESSES,
    exempt=NOBODY,
    direct_only=True,
    outcome=FAILED,
    severity=Severity.HIGH,
    attack={Tactic.CREDENTIAL_ACCESS: ["T1110.003"]},
    response="Look for a successful sign-in of any user from the same address. Disable that user's "
    "password, revoke the sessions, and review their acts.",
    false_positives="A training room or an office behind one address, on a day when passwords "
    "expire.",
    correlation=ValueCount(at_least=5, timespan=HOUR, group_by=origin),
)


def examples() -> Examples:
    yield alerts("five users fail from one address", *spray(5), label=f"{ACCOUNT}/user0")
    yield silent("four users fail from one address", *spray(4))
    yield silent("one user fails twenty times", *spray(20, users=1))
    guess = console_login(iam_user(HIDDEN, key=""), succeeds=False, minute=9)
    yield alerts("four users and a name that does not exist", *spray(4), guess)
    portal = [portal_sign_in(f"user{n}", succeeds=False, minute=n) for n in range(5)]
    yield alerts("at the portal of Identity Center", *portal, label=f"{ACCOUNT}/user0")


def spray(count: int, *, users: int = 9) -> list[Record]:
    return [
        console_login(iam_user(f"user{n % users}", key=""), succeeds=False, minute=n)
        for n in range(count)
    ]
