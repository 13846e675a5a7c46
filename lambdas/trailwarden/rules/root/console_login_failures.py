"""Root user's console sign-in failed repeatedly.

The root user's e-mail address is easy to find and its password opens everything, so it is worth
guessing at, slowly if need be. Its owner signs in about once a year, and knows the password.
"""

from collections.abc import Iterator
from datetime import timedelta

from trailwarden import (
    Event,
    EventCount,
    Example,
    Rule,
    Severity,
    Tactic,
    alerts,
    by_account,
    silent,
)
from trailwarden.cloudtrail.samples import console_login, iam_user, root
from trailwarden.cloudtrail.values import Record
from trailwarden.services.signin import sign_in_failed


def detect(event: Event) -> bool:
    return sign_in_failed(event)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["signin:ConsoleLogin"],
    where={"userIdentity": {"type": ["Root"]}},
    severity=Severity.HIGH,
    attack={Tactic.CREDENTIAL_ACCESS: ["T1110.001"]},
    response="Ask the owner of the account whether they tried. If not, make sure that root has an "
    "MFA device, change its password, secure its mailbox, and look for a sign-in that succeeded.",
    false_positives="The owner, once a year, trying every password they ever had.",
    correlation=EventCount(
        at_least=3,
        timespan=timedelta(days=1),
        group_by=by_account,
    ),
)


def examples() -> Iterator[Example]:
    yield alerts("three failures in three minutes", *failures(3))
    yield alerts("three failures from three addresses", *failures(3, from_everywhere=True))
    yield alerts("three failures in half a day", *failures(3, every=360))
    yield silent("two failures", *failures(2))
    yield silent("one failure a day", *failures(5, every=24 * 60))
    users = [console_login(iam_user("bob"), succeeds=False, minute=n) for n in range(9)]
    yield silent("nine failures of an IAM user", *users)


def failures(count: int, *, every: float = 1, from_everywhere: bool = False) -> list[Record]:
    return [
        console_login(
            root(),
            succeeds=False,
            minute=every * n,
            sourceIPAddress=f"203.0.113.{n if from_everywhere else 1}",
        )
        for n in range(count)
    ]
