"""Long-term key traded for session credentials.

Session credentials outlive the deletion of the key that they were made with, for up to 36 hours,
and hide which key it was. People need them for MFA; without MFA there is little reason.
"""

from collections.abc import Iterator

from trailwarden import Event, Example, Match, Mode, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.samples import ACCOUNT, denied, iam_user, record


def detect(event: Event) -> Match | None:
    if not event.succeeded or not event.user_identity.uses_long_term_key:
        return None
    if event.text("requestParameters.serialNumber"):
        return Match("with MFA")
    return Match("without MFA", severity=Severity.MEDIUM)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["sts:GetSessionToken"],
    where={"userIdentity": {"type": ["IAMUser"]}},
    severity=Severity.LOW,
    attack={
        Tactic.LATERAL_MOVEMENT: ["T1550.001"],
        Tactic.PRIVILEGE_ESCALATION: ["T1548"],
    },
    response="See what the session did. If the user's owner does not know of it, deactivate the "
    "key, and deny the user everything for 36 hours, because the session goes on.",
    false_positives="Command-line helpers that cache a session.",
    mode=Mode.HUNT,
)


def examples() -> Iterator[Example]:
    action, ci = "sts:GetSessionToken", iam_user("ci")
    yield alerts("without MFA", record(action, ci, requestParameters={"durationSeconds": 129600}))
    device = {"serialNumber": f"arn:aws:iam::{ACCOUNT}:mfa/ci", "tokenCode": "123456"}
    yield alerts("with MFA", record(action, ci, requestParameters=device))
    yield silent("from the console", record(action, iam_user("ci", key="ASIAIOSFODNN7EXAMPLE")))
    yield silent("a refusal", denied(action, ci))
