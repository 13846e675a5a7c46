"""MFA device removed from a user.

Without the device a password is enough, and the next device may be an intruder's. For the root user
nothing else stands between a password and the account. A user who has just lost the password leaves
the company.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from trailwarden import AWS_ITSELF, Event, Match, Rule, Severity, Tactic, either
from trailwarden.cloudtrail.event import Outcome
from trailwarden.cloudtrail.samples import ACCOUNT, ROOT, Fields, iam_user, refused, request
from trailwarden.correlations import DAY
from trailwarden.detection.by_past import ByPast
from trailwarden.detection.observation import Observation
from trailwarden.examples import Examples, alerts, silent
from trailwarden.services.iam import is_about_root, own_user_name, user_of

PASSWORDS = {"DeleteLoginProfile": "password gone", "CreateLoginProfile": "password set"}


@dataclass(frozen=True, kw_only=True)
class WithoutPassword(ByPast):
    """Devices taken away, which is LOW where their user lost the password within the timespan."""

    def acts(self, observations: Sequence[Observation]) -> Iterator[Observation]:
        """Yield the acts, each as bad as it is."""
        gone: datetime | None = None
        for seen in observations:
            if seen.label in PASSWORDS.values():
                gone = seen.time if seen.label == PASSWORDS["DeleteLoginProfile"] else None
            elif gone and seen.time - gone <= self.timespan:
                yield seen._replace(severity=Severity.LOW)
            else:
                yield seen


def detect(event: Event) -> Match | None:
    if event.name in PASSWORDS:
        is_done = event.outcome is Outcome.SUCCEEDED
        return Match(PASSWORDS[event.name]) if is_done and not is_about_root(event) else None
    if is_about_root(event):
        # The management account removes the credentials of members' root users by such sessions.
        central = event.user_identity.is_assumed_root
        severity = Severity.HIGH if central else Severity.CRITICAL
        return Match("of the root user", severity=severity, subject="root")
    user = owner(event)
    own = user.lower() == own_user_name(event).lower()
    if not user or (own and event.user_identity.mfa_authenticated):
        return None  # a new phone; `iam.own_mfa_device_removed` hunts for it
    severity = Severity.MEDIUM if own or event.name == "DeleteVirtualMFADevice" else Severity.HIGH
    return Match(f"of {user}", severity=severity, subject=user)


def owner(event: Event) -> str:
    """Return whose device it is: a virtual one mostly has the name of its user."""
    device = event.request("serialNumber").rpartition("/")[2]
    return event.request("userName") or device or user_of(event)


def by_owner(event: Event) -> str:
    """Group by account and by whose device, or password, it is."""
    user = "root" if is_about_root(event) else owner(event).lower()
    return f"{event.recipient_account_id}/{user}"


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "iam:CreateLoginProfile",
        "iam:DeactivateMFADevice",
        "iam:DeleteLoginProfile",
        "iam:DeleteVirtualMFADevice",
    ],
    exempt=AWS_ITSELF,
    outcome=either(refused=Severity.LOW),
    severity=Severity.HIGH,
    attack={
        Tactic.DEFENSE_EVASION: ["T1556.006"],
        Tactic.PERSISTENCE: ["T1556.006"],
        Tactic.CREDENTIAL_ACCESS: ["T1556.006"],
    },
    response="Ask the user. If they did not change their device, disable their password and keys, "
    "and contain the caller. Look for sign-ins without MFA since.",
    false_positives="A user has a new phone, or leaves the company.",
    correlation=WithoutPassword(timespan=DAY, group_by=by_owner),
)

SERIAL = f"arn:aws:iam::{ACCOUNT}:mfa/"


def examples() -> Examples:
    take, delete, alice = "iam:DeactivateMFADevice", "iam:DeleteVirtualMFADevice", iam_user("alice")
    device: Fields = {"userName": "alice", "serialNumber": f"{SERIAL}phone"}
    yield alerts("another's", request(take, **device), severity=Severity.HIGH, subject="alice")
    yield alerts("the user's own", request(take, alice, **device), severity=Severity.MEDIUM)
    deleted = request(delete, serialNumber=f"{SERIAL}alice")
    yield alerts("deleted", deleted, severity=Severity.MEDIUM, subject="alice")
    serial = f"{SERIAL}root-account-mfa-device"
    roots = request(take, ROOT, userName="AWS ROOT USER", serialNumber=serial)
    yield alerts("the root user's", roots, severity=Severity.CRITICAL, subject="root")
    central = ROOT | {"sessionContext": {"assumedRoot": "true"}}
    from_above = request(delete, central, serialNumber=serial)
    yield alerts("the root user's, centrally", from_above, severity=Severity.HIGH)
    refusal = {"errorMessage": f"not authorized to perform: {take} on resource: user alice because"}
    attempt = refused(take, fields=refusal)
    yield alerts("a refused attempt", attempt, severity=Severity.LOW, subject="alice")
    shown = alice | {"sessionContext": {"attributes": {"mfaAuthenticated": "true"}}}
    yield silent("the user's own, shown once more", request(take, shown, **device))
    retired = request("iam:DeleteLoginProfile", userName="alice", minute=-9)
    low = Severity.LOW
    yield alerts("of a leaver", retired, request(take, **device), severity=low, subject="alice")
    yield alerts("of a leaver, deleted", retired, deleted, severity=low, subject="alice")
    again = request("iam:CreateLoginProfile", userName="alice", minute=-5)
    yield alerts("with a new password", retired, again, deleted, severity=Severity.MEDIUM)
    other = request("iam:DeleteLoginProfile", userName="bob", minute=-9)
    yield alerts("another leaver", other, request(take, **device), severity=Severity.HIGH)
    kept = {**retired, "errorCode": "NoSuchEntityException"}
    yield alerts("a password that was not there", kept, deleted, severity=Severity.MEDIUM)
    yesterday = {**retired, "eventTime": "2025-06-01T12:01:00Z"}
    yield alerts("a leaver of yesterday", yesterday, deleted, severity=low)
    before = {**retired, "eventTime": "2025-06-01T11:59:00Z"}
    yield alerts("a password that went long ago", before, deleted, severity=Severity.MEDIUM)
    absent = {"errorCode": "NoSuchEntityException"}
    yield silent("a device that is not there", request(take, **device, fields=absent))
