"""Long-term key exchanged for session credentials.

Session credentials outlive the deletion of their key for up to 36 hours, and hide which key it was.
People need them for MFA. There is little reason for them without MFA.
"""

from trailwarden import NOBODY, SUCCEEDED, Caller, Event, Match, Mode, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import ACCOUNT, Fields, iam_user, refused, request
from trailwarden.examples import Examples, alerts, silent


def detect(event: Event) -> Match:
    user = event.user_identity.user_name
    if event.request("serialNumber"):
        return Match(f"{user} with MFA", subject=user)
    return Match(f"{user} without MFA", severity=Severity.MEDIUM, subject=user)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["sts:GetSessionToken"],
    exempt=NOBODY,
    callers=frozenset({Caller.ACCESS_KEY}),
    outcome=SUCCEEDED,
    severity=Severity.LOW,
    attack={Tactic.LATERAL_MOVEMENT: ["T1550.001"], Tactic.PRIVILEGE_ESCALATION: ["T1548"]},
    response="Review the acts of the session. If the user's owner does not know of it, deactivate "
    "the key. Deny the user everything for 36 hours, because the session goes on.",
    false_positives="Command-line helpers that cache a session.",
    mode=Mode.HUNT,
)


def examples() -> Examples:
    action, ci = "sts:GetSessionToken", iam_user("ci")
    without = request(action, ci, durationSeconds=129600)
    yield alerts("without MFA", without, severity=Severity.MEDIUM, subject="ci")
    device: Fields = {"serialNumber": f"arn:aws:iam::{ACCOUNT}:mfa/ci", "tokenCode": "123456"}
    yield alerts("with MFA", request(action, ci, **device), severity=Severity.LOW, subject="ci")
    console = {"sessionCredentialFromConsole": "true"}
    yield silent("from the console", request(action, ci, fields=console))
    yield silent("a refused request", refused(action, ci))
