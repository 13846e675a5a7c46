"""MFA device taken off a user.

With the device gone a password is enough, and the next device may be an intruder's. On the root
user nothing else stands between a password and the account.
"""

from collections.abc import Iterator

from trailwarden import Event, Example, Match, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.samples import (
    ACCOUNT,
    Fields,
    assumed_role,
    denied,
    iam_user,
    record,
    root,
)
from trailwarden.cloudtrail.values import Record
from trailwarden.environment import Environment
from trailwarden.services.iam import is_about_root, user_of


def detect(event: Event) -> Match | None:
    if not event.succeeded:
        return None
    if is_about_root(event):
        # The management account takes the credentials of members' root users away by such sessions.
        central = event.user_identity.is_assumed_root
        severity = Severity.HIGH if central else Severity.CRITICAL
        return Match("of the root user", severity=severity, subject="root")
    if event.by_automation:
        return None
    user = owner(event)
    own = event.user_identity.is_iam_user and user.lower() == user_name(event).lower()
    if own and event.user_identity.mfa_authenticated:
        return None  # a new phone; `iam.own_mfa_device_removed` hunts for it
    severity = Severity.MEDIUM if own or event.name == "DeleteVirtualMFADevice" else Severity.HIGH
    return Match(f"of {user}"[:100], severity=severity, subject=user)


def owner(event: Event) -> str:
    """Return whose device it is: a virtual one is mostly called like its user."""
    device = event.text("requestParameters.serialNumber").rpartition("/")[2]
    return event.text("requestParameters.userName") or device or user_of(event)


def user_name(event: Event) -> str:
    identity = event.user_identity
    return identity.user_name or identity.arn.rpartition("/")[2]


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["iam:DeactivateMFADevice", "iam:DeleteVirtualMFADevice"],
    severity=Severity.HIGH,
    attack={
        Tactic.DEFENSE_EVASION: ["T1556.006"],
        Tactic.PERSISTENCE: ["T1556.006"],
        Tactic.CREDENTIAL_ACCESS: ["T1556.006"],
    },
    response="Ask the user. If they did not change their device, disable the password and keys, "
    "look for sign-ins without MFA since, and contain whoever removed it.",
    false_positives="Somebody has a new phone, or leaves the company.",
)

ENVIRONMENT = Environment(deploy_roles=(f"arn:aws:iam::{ACCOUNT}:role/leavers",))
SERIAL = f"arn:aws:iam::{ACCOUNT}:mfa/"


def examples() -> Iterator[Example]:
    own = told(
        "DeactivateMFADevice", iam_user("alice"), userName="alice", serialNumber=SERIAL + "a"
    )
    yield alerts("one's own", own)
    others = told("DeactivateMFADevice", iam_user("mallory"), userName="alice")
    yield alerts("another's", others)
    deleted = told("DeleteVirtualMFADevice", iam_user("mallory"), serialNumber=SERIAL + "alice")
    yield alerts("deleted", deleted)
    device = SERIAL + "root-account-mfa-device"
    named = {"userName": "AWS ROOT USER", "serialNumber": device}
    yield alerts("the root user's", told("DeactivateMFADevice", root(), **named))
    yield alerts(
        "the root user's, deleted", told("DeleteVirtualMFADevice", root(), serialNumber=device)
    )
    leaver = told("DeactivateMFADevice", assumed_role("leavers"), userName="alice")
    yield silent("the program for leavers", leaver)
    shown = iam_user("alice") | {"sessionContext": {"attributes": {"mfaAuthenticated": "true"}}}
    replaced = told("DeactivateMFADevice", shown, userName="alice", serialNumber=SERIAL + "a")
    yield silent("one's own, shown once more", replaced)
    yield silent("refused", denied("iam:DeactivateMFADevice", iam_user("mallory")))


def told(name: str, by: Fields, **what: str) -> Record:
    return record(f"iam:{name}", by, requestParameters=what)
