"""Many failed console sign-ins from one address.

People mistype a password two or three times. A list of passwords fails for minutes, and the one
that does not fail is somebody's.
"""

from collections.abc import Iterator
from datetime import timedelta

from trailwarden import Event, EventCount, Example, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.samples import console_login, iam_user
from trailwarden.cloudtrail.values import Record
from trailwarden.environment import Environment
from trailwarden.services.signin import HIDDEN, origin, person, sign_in_failed

ENVIRONMENT = Environment(egress_ranges=("203.0.113.0/24",))


def detect(event: Event) -> bool:
    return sign_in_failed(event)


def source(event: Event) -> str:
    """Return the address; of an office, which many share, the person at the address."""
    shared = event.environment.is_egress(event.source_ip_address)
    return f"{origin(event)}/{person(event)}" if shared else origin(event)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["signin:ConsoleLogin"],
    severity=Severity.HIGH,
    attack={Tactic.CREDENTIAL_ACCESS: ["T1110.001", "T1110.004"]},
    response="Look for a successful sign-in from the same address. If there is one, disable that "
    "user's password and revoke the user's sessions.",
    false_positives="A password manager that keeps sending an old password.",
    correlation=EventCount(at_least=10, timespan=timedelta(minutes=30), group_by=source),
)


def examples() -> Iterator[Example]:
    failures = failed_logins(every=1)
    yield alerts("ten failures in ten minutes", *failures)
    yield alerts("the same, delivered in the wrong order", *reversed(failures))
    yield silent("nine failures", *failures[:9])
    yield silent("nine failures, one of them delivered twice", *failures[:9], failures[0])
    yield silent("ten failures in an hour", *failed_logins(every=6))
    names = [f"user{n}" for n in range(10)]
    home, office = "198.51.100.9", "203.0.113.9"
    yield alerts("names that do not exist", *failed_logins(users=[HIDDEN], address=home))
    yield alerts("one colleague in the office", *failed_logins(address=office))
    yield silent("ten colleagues in the office", *failed_logins(users=names, address=office))
    yield alerts("a network that rotates IPv6 addresses", *rotating("2001:db8:1:2::{:x}"))
    yield silent("failures all over the internet", *rotating("2001:db8:1:{:x}::1"))


def failed_logins(
    *, every: int = 1, users: list[str] | None = None, address: str = "198.51.100.7"
) -> list[Record]:
    names = users or ["alice"]
    return [
        console_login(
            iam_user(names[n % len(names)], key=""),
            succeeds=False,
            minute=every * n,
            sourceIPAddress=address,
        )
        for n in range(10)
    ]


def rotating(addresses: str) -> list[Record]:
    return [
        console_login(
            iam_user("alice", key=""),
            succeeds=False,
            minute=n,
            sourceIPAddress=addresses.format(n + 1),
        )
        for n in range(10)
    ]
