"""Right console password, wrong MFA code, several times.

Whoever gets as far as the MFA code knows the password. Wrong codes in a row mean that they do not
have the device: they guess, or talk the owner into giving a code away.
"""

from collections.abc import Iterator
from datetime import timedelta

from trailwarden import Event, EventCount, Example, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.samples import Fields, console_login, iam_user, root
from trailwarden.cloudtrail.values import Record
from trailwarden.services.signin import person, sign_in_failed, used_mfa


def detect(event: Event) -> bool:
    return sign_in_failed(event) and used_mfa(event)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["signin:ConsoleLogin"],
    severity=Severity.HIGH,
    attack={Tactic.CREDENTIAL_ACCESS: ["T1621", "T1110.001"]},
    response="Ask the user whether it was them. If not, the password is known to somebody else: "
    "change it, and look for a sign-in that succeeded in the meantime.",
    false_positives="A device whose clock is wrong, or a new one that is not set up yet.",
    correlation=EventCount(at_least=3, timespan=timedelta(minutes=15), group_by=person),
)


def examples() -> Iterator[Example]:
    yield alerts("three wrong codes", *wrong_codes(3))
    yield alerts("three wrong codes for root", *wrong_codes(3, who=root()))
    yield silent("two wrong codes", *wrong_codes(2))
    yield silent("three wrong codes in an hour", *wrong_codes(3, every=20))
    wrong_passwords = wrong_codes(5, mfa=False)
    yield silent("wrong passwords", *wrong_passwords)


def wrong_codes(
    count: int, *, every: float = 1, who: Fields | None = None, mfa: bool = True
) -> list[Record]:
    alice = iam_user("alice", key="")
    return [
        console_login(who or alice, succeeds=False, mfa=mfa, minute=every * n) for n in range(count)
    ]
