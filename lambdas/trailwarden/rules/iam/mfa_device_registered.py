"""MFA device registered, or an attempt at it.

A second device on a user is a second person who can confirm its sign-ins. Attempts that fail tell
of somebody who is asked for MFA and has none.
"""

from collections.abc import Iterator
from typing import Any

from trailwarden import Event, Example, Match, Mode, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.samples import (
    Fields,
    assumed_role,
    aws_service,
    denied,
    iam_user,
    record,
)
from trailwarden.cloudtrail.values import Record
from trailwarden.services.iam import is_own_user, user_of


def detect(event: Event) -> Match | None:
    if event.by_automation:
        return None
    if not event.succeeded:
        failed = f"{event.name} failed: {event.error_code}"[:100]
        return None if event.user_identity.mfa_authenticated else Match(failed)
    user = user_of(event)
    severity = Severity.LOW if is_own_user(event) else Severity.MEDIUM
    return Match(f"{event.name} for {user}"[:100], severity=severity, subject=user)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["iam:CreateVirtualMFADevice", "iam:EnableMFADevice", "iam:ResyncMFADevice"],
    severity=Severity.LOW,
    mode=Mode.HUNT,
    attack={
        Tactic.PERSISTENCE: ["T1098.005", "T1556.006"],
        Tactic.DEFENSE_EVASION: ["T1556.006"],
    },
    response="See whether the user had a device before, and from where the new one was enrolled.",
    false_positives="New colleagues, and new phones.",
)


def examples() -> Iterator[Example]:
    alice = iam_user("alice")
    yield alerts("one's own", told("EnableMFADevice", alice))
    yield alerts("another's", told("EnableMFADevice", assumed_role("helpdesk")))
    taken = told("CreateVirtualMFADevice", alice, errorCode="EntityAlreadyExistsException")
    yield alerts("a name that is taken", taken)
    yield alerts("refused", denied("iam:EnableMFADevice", alice))
    session = {"attributes": {"mfaAuthenticated": "true"}}
    with_mfa = alice | {"sessionContext": session}
    wrong = told("EnableMFADevice", with_mfa, errorCode="InvalidAuthenticationCode")
    yield silent("a wrong code, with MFA", wrong)
    yield silent("AWS itself", told("EnableMFADevice", aws_service("iam")))


def told(name: str, by: Fields, **fields: Any) -> Record:
    return record(f"iam:{name}", by, requestParameters={"userName": "alice"}, **fields)
