"""Several users locked out.

An intruder takes keys, passwords, MFA or whole users away to keep the owners out. Some do it for
spite at the end.
"""

from typing import Any

from trailwarden import AWS_ITSELF, SUCCEEDED, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import Fields, request
from trailwarden.correlations import HOUR, ValueCount, by_actor
from trailwarden.examples import Examples, Record, alerts, silent
from trailwarden.services.iam import is_own_user, user_of


def detect(event: Event) -> Match | None:
    if is_own_user(event):
        return None
    if event.name == "UpdateAccessKey" and event.request("status") != "Inactive":
        return None
    user = user_of(event)
    return Match(user) if user else None


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "iam:DeactivateMFADevice",
        "iam:DeleteAccessKey",
        "iam:DeleteLoginProfile",
        "iam:DeleteUser",
        "iam:UpdateAccessKey",
    ],
    exempt=AWS_ITSELF,
    outcome=SUCCEEDED,
    severity=Severity.MEDIUM,
    attack={Tactic.IMPACT: ["T1531"]},
    response="Ask the caller. If nobody ordered it, disable the caller's credentials first. Use "
    "the break-glass role to get in, and give the users back their access.",
    false_positives="A clean-up of old users, or a team that moves to single sign-on.",
    correlation=ValueCount(at_least=3, timespan=HOUR, group_by=by_actor),
)

NAMES = ("alice", "bob", "carol")
KEY: Fields = {"accessKeyId": "AKIAI44QH8DHBEXAMPLE"}


def examples() -> Examples:
    yield alerts("three users", *(taken("DeleteUser", name) for name in NAMES), label="carol")
    yield alerts("three passwords", *(taken("DeleteLoginProfile", name) for name in NAMES))
    device: Fields = {"serialNumber": "GAHT12345678"}
    devices = (taken("DeactivateMFADevice", name, **device) for name in NAMES)
    yield alerts("three MFA devices", *devices)
    yield alerts("three keys", *(taken("DeleteAccessKey", name, **KEY) for name in NAMES))
    inactive: Fields = KEY | {"status": "Inactive"}
    active: Fields = KEY | {"status": "Active"}
    keys = (taken("UpdateAccessKey", name, **inactive) for name in NAMES)
    yield alerts("three keys made inactive", *keys)
    yield silent("two users", *(taken("DeleteUser", name) for name in NAMES[:2]))
    absent = {"errorCode": "NoSuchEntityException"}
    gone = ({**taken("DeleteUser", name), **absent} for name in NAMES)
    yield silent("three users who are gone", *gone)
    yield silent("the caller's own", *(taken("DeleteUser", n) for n in (*NAMES[:2], "mallory")))
    again = (taken("UpdateAccessKey", name, **active) for name in NAMES)
    yield silent("three keys made active", *again)
    one = (taken("DeleteAccessKey", "alice", minute=n, **KEY) for n in range(5))
    yield silent("one user's keys", *one)


def taken(name: str, user: str, *, minute: float = 0, **parameters: Any) -> Record:
    return request(f"iam:{name}", minute=minute, userName=user, **parameters)
