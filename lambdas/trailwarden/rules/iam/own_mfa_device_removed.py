"""User removed their own MFA device, having shown it.

People do so when they have a new phone. An intruder in a stolen session with MFA does so to
register a device of their own.
"""

from trailwarden import NOBODY, SUCCEEDED, Event, Match, Mode, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import ROOT, Fields, iam_user, request
from trailwarden.examples import Examples, alerts, silent


def detect(event: Event) -> Match | None:
    identity, named = event.user_identity, event.request("userName").lower()
    own = named in ("", identity.user_name.lower())
    if not own or not identity.mfa_authenticated:
        return None
    user = identity.user_name
    return Match(f"of {user}", subject=user)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["iam:DeactivateMFADevice"],
    where={"userIdentity": {"type": ["IAMUser"]}},
    exempt=NOBODY,
    outcome=SUCCEEDED,
    severity=Severity.LOW,
    attack={Tactic.PERSISTENCE: ["T1556.006"], Tactic.DEFENSE_EVASION: ["T1556.006"]},
    response="Check whether the user registered another device right afterwards, and ask the user.",
    false_positives="A new phone.",
    mode=Mode.HUNT,
)

SHOWN = {"sessionContext": {"attributes": {"mfaAuthenticated": "true"}}}


def examples() -> Examples:
    action, alice, mallory = "iam:DeactivateMFADevice", iam_user("alice"), iam_user("mallory")
    serial: Fields = {"serialNumber": "GAHT12345678"}
    own: Fields = serial | {"userName": "alice"}
    yield alerts("having shown it", request(action, alice | SHOWN, **own), subject="alice")
    yield alerts("without a name", request(action, alice | SHOWN, **serial), label="of alice")
    yield silent("having shown none", request(action, alice, **own))
    yield silent("another's", request(action, mallory | SHOWN, **own))
    yield silent("the root user's", request(action, ROOT | SHOWN, **serial))
