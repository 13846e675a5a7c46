"""Console password of one user tried from many addresses.

Botnets and proxies give every guess an address of its own, so that no single one stands out. The
user is the same each time, and nobody forgets a password in five places within an hour.
"""

from collections.abc import Iterator
from datetime import timedelta

from trailwarden import Event, Example, Rule, Severity, Tactic, ValueCount, alerts, silent
from trailwarden.cloudtrail.samples import console_login, iam_user
from trailwarden.cloudtrail.values import Record
from trailwarden.services.signin import HIDDEN, origin, person, sign_in_failed


def detect(event: Event) -> str:
    if not sign_in_failed(event) or event.user_identity.user_name == HIDDEN:
        return ""
    return f"from {origin(event)[:60]}"


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["signin:ConsoleLogin"],
    severity=Severity.MEDIUM,
    attack={Tactic.CREDENTIAL_ACCESS: ["T1110.001", "T1110.004"]},
    response="Check whether the user signed in since, and from where. Change the password, make "
    "sure that an MFA device is set, and revoke sessions that are not the user's.",
    false_positives="A user with an old saved password whose phone changes networks all the time.",
    correlation=ValueCount(at_least=5, timespan=timedelta(hours=1), group_by=person),
)


def examples() -> Iterator[Example]:
    yield alerts("one user fails from five addresses", *failures(5))
    yield silent("one user fails from four addresses", *failures(4))
    yield silent("five addresses in a day", *failures(5, every=300))
    yield silent("one address", *(failures(1, start=n)[0] for n in range(9)))
    yield silent("names that do not exist, from everywhere", *failures(9, user=HIDDEN))


def failures(
    count: int, *, every: float = 1, start: float = 0, user: str = "alice"
) -> list[Record]:
    return [
        console_login(
            iam_user(user, key=""),
            succeeds=False,
            minute=start + every * n,
            sourceIPAddress=f"203.0.113.{n + 1}",
        )
        for n in range(count)
    ]
