"""User took the MFA device off themselves, having shown it.

People do so when they have a new phone. Whoever sits in a stolen session that was opened with MFA
does so to put in a device of their own.
"""

from collections.abc import Iterator

from trailwarden import Event, Example, Match, Mode, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.samples import Fields, denied, iam_user, record


def detect(event: Event) -> Match | None:
    identity = event.user_identity
    told = event.text("requestParameters.userName")
    own = identity.is_iam_user and told.lower() in ("", identity.user_name.lower())
    if not event.succeeded or not own or not identity.mfa_authenticated:
        return None
    return Match(f"of {identity.user_name[:64]}")


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["iam:DeactivateMFADevice"],
    severity=Severity.LOW,
    attack={Tactic.PERSISTENCE: ["T1556.006"], Tactic.DEFENSE_EVASION: ["T1556.006"]},
    response="See whether the user registered another device right afterwards, and ask them.",
    false_positives="A new phone.",
    mode=Mode.HUNT,
)

SHOWN = {"sessionContext": {"attributes": {"mfaAuthenticated": "true"}}}


def examples() -> Iterator[Example]:
    own: Fields = {"requestParameters": {"userName": "alice"}}
    action = "iam:DeactivateMFADevice"
    yield alerts("having shown it", record(action, iam_user("alice") | SHOWN, **own))
    yield silent("having shown none", record(action, iam_user("alice"), **own))
    yield silent("another's", record(action, iam_user("mallory") | SHOWN, **own))
    yield silent("refused", denied(action, iam_user("alice") | SHOWN))
