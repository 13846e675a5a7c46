"""Many failed console sign-ins from one address.

People mistype a password two or three times. A list of passwords fails for minutes, and the one
that does not fail is somebody's.
"""

from collections.abc import Iterator
from datetime import timedelta

from trailwarden import Event, EventCount, Example, Rule, Severity, Tactic, alerts, silent
from trailwarden.event import Record
from trailwarden.samples import console_login, iam_user


def detect(event: Event) -> bool:
    return event.text("responseElements.ConsoleLogin") == "Failure"


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["signin:ConsoleLogin"],
    severity=Severity.HIGH,
    attack={Tactic.CREDENTIAL_ACCESS: ["T1110.001"]},
    response="Look for a successful sign-in from the same address. If there is one, disable that "
    "user's password and revoke the user's sessions.",
    false_positives="A password manager that keeps sending an old password.",
    correlation=EventCount(
        at_least=10,
        timespan=timedelta(minutes=30),
        group_by=lambda event: event.source_ip_address,
    ),
)


def examples() -> Iterator[Example]:
    failures = failed_logins(every=1)
    yield alerts("ten failures in ten minutes", *failures)
    yield alerts("the same, delivered in the wrong order", *reversed(failures))
    yield silent("nine failures", *failures[:9])
    yield silent("nine failures, one of them delivered twice", *failures[:9], failures[0])
    yield silent("ten failures in an hour", *failed_logins(every=6))


def failed_logins(*, every: int) -> list[Record]:
    alice = iam_user("alice", key="")
    return [console_login(alice, succeeds=False, minute=every * n) for n in range(10)]
