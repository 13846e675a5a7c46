"""Session opened with an MFA device that the user never used before.

An intruder who may change the user's MFA devices registers one of their own, and then passes every
check for MFA. Owners change theirs every few years.
"""

from collections.abc import Iterator
from datetime import timedelta

from trailwarden import (
    Event,
    Example,
    FirstSeen,
    Mode,
    Rule,
    Severity,
    Tactic,
    alerts,
    by_actor,
    silent,
)
from trailwarden.cloudtrail.samples import ACCOUNT, denied, iam_user, record
from trailwarden.cloudtrail.values import Record

DAY = 24 * 60


def detect(event: Event) -> str:
    return event.text("requestParameters.serialNumber")[:150] if event.succeeded else ""


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["sts:AssumeRole", "sts:GetSessionToken"],
    where={"requestParameters": {"serialNumber": [{"exists": True}]}},
    severity=Severity.MEDIUM,
    attack={Tactic.PERSISTENCE: ["T1556.006"]},
    response="Ask the user whether the device is theirs. If not, delete it, deactivate the user's "
    "keys, and find out who registered it.",
    false_positives="A new telephone.",
    mode=Mode.HUNT,
    correlation=FirstSeen(
        learning=timedelta(days=7), timespan=timedelta(days=90), group_by=by_actor
    ),
)


def examples() -> Iterator[Example]:
    usual = opened("phone")
    yield alerts("another device, after a week", usual, opened("other", day=8))
    role = opened("other", day=8, action="sts:AssumeRole")
    yield alerts("to assume a role", usual, role)
    yield silent("the same device", usual, opened("phone", day=8))
    yield silent("another user", usual, opened("other", day=8, user="bob"))
    yield silent("a refusal", usual, denied("sts:AssumeRole", iam_user("alice"), minute=8 * DAY))


def opened(
    device: str, *, day: int = 0, user: str = "alice", action: str = "sts:GetSessionToken"
) -> Record:
    request = {"serialNumber": f"arn:aws:iam::{ACCOUNT}:mfa/{device}"}
    return record(action, iam_user(user), minute=day * DAY, requestParameters=request)
