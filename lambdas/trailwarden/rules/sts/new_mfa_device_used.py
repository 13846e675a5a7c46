"""Session opened with an MFA device that is new to the user.

An intruder who may change the user's MFA devices registers another one. The new device then passes
every check for MFA. Owners change theirs every few years.
"""

from typing import Any

from trailwarden import NOBODY, SUCCEEDED, Event, Match, Mode, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import ACCOUNT, ROLE, iam_user, request
from trailwarden.correlations import by_actor, first_use
from trailwarden.examples import Examples, Record, alerts, silent


def detect(event: Event) -> Match | None:
    device = event.request("serialNumber")
    return Match(device) if device else None


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["sts:AssumeRole", "sts:GetSessionToken"],
    where={"userIdentity": {"type": ["IAMUser", "Root"]}},  # nobody else has a device
    exempt=NOBODY,
    outcome=SUCCEEDED,
    severity=Severity.MEDIUM,
    attack={Tactic.PERSISTENCE: ["T1556.006"]},
    response="Ask the user whether the device is theirs. If not, delete it, deactivate the user's "
    "keys, and find out who registered it.",
    false_positives="A user has a new phone.",
    mode=Mode.HUNT,
    correlation=first_use(by_actor, days=90, own_past=True),
)


def examples() -> Examples:
    usual = token("phone")
    new = f"arn:aws:iam::{ACCOUNT}:mfa/other"
    yield alerts("another device, after a week", usual, token("other", day=7), label=new)
    role: dict[str, Any] = {"roleArn": f"arn:aws:iam::{ACCOUNT}:role/ops", "roleSessionName": "s"}
    taken = request("sts:AssumeRole", iam_user("alice"), day=8, serialNumber=new, **role)
    yield alerts("to assume a role", usual, taken)
    yield silent("the same device", usual, token("phone", day=8))
    yield silent("another user", usual, token("other", day=8, user="bob"))
    yield silent("in the first week", usual, token("other", day=6))
    plain = request("sts:AssumeRole", ROLE, **role)
    later = request("sts:AssumeRole", ROLE, day=8, **role)
    yield silent("without MFA", plain, later)
    devices = {0: "phone", 8: new}
    named = (role | {"serialNumber": device} for device in devices.values())
    sessions = [
        request("sts:AssumeRole", ROLE, day=d, **n) for d, n in zip(devices, named, strict=True)
    ]
    yield silent("a role, which has no device", *sessions)


def token(device: str, *, day: int = 0, user: str = "alice") -> Record:
    serial = f"arn:aws:iam::{ACCOUNT}:mfa/{device}"
    return request("sts:GetSessionToken", iam_user(user), day=day, serialNumber=serial)
