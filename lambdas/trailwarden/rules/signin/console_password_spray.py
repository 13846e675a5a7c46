"""Console passwords tried for many users from one address.

One or two likely passwords, tried for every user there is, stay below any lockout. A person has
one user name; whoever fails as five of them in an hour is not looking for their own.
"""

from collections.abc import Iterator
from datetime import timedelta

from trailwarden import Event, Example, Rule, Severity, Tactic, ValueCount, alerts, silent
from trailwarden.cloudtrail.samples import console_login, iam_user
from trailwarden.cloudtrail.values import Record
from trailwarden.services.signin import HIDDEN, origin, person, sign_in_failed


def detect(event: Event) -> str:
    return person(event)[:100] if sign_in_failed(event) else ""


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["signin:ConsoleLogin"],
    severity=Severity.HIGH,
    attack={Tactic.CREDENTIAL_ACCESS: ["T1110.003"]},
    response="Look for a successful sign-in from the same address, as any user. Disable the "
    "password of whoever it let in, revoke their sessions, and review what they did.",
    false_positives="A training room or an office behind one address, on a day when passwords "
    "expire.",
    correlation=ValueCount(at_least=5, timespan=timedelta(hours=1), group_by=origin),
)


def examples() -> Iterator[Example]:
    yield alerts("five users fail from one address", *spray(5))
    yield silent("four users fail from one address", *spray(4))
    yield silent("five users in five hours", *spray(5, every=60))
    yield silent("one user fails twenty times", *(spray(1, start=n)[0] for n in range(20)))
    guesses = [console_login(iam_user(HIDDEN, key=""), succeeds=False, minute=9)]
    yield alerts("four users and a name that is none", *spray(4), *guesses)
    office = [console_login(iam_user(f"user{n}", key=""), minute=n) for n in range(9)]
    yield silent("nine users sign in from the office", *office)


def spray(users: int, *, every: float = 1, start: float = 0) -> list[Record]:
    return [
        console_login(iam_user(f"user{n}", key=""), succeeds=False, minute=start + every * n)
        for n in range(users)
    ]
