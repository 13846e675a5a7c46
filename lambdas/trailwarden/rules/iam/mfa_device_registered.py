"""MFA device registered.

A second device lets a second person confirm the sign-ins of a user. A failed attempt shows a caller
who needs MFA and has none.
"""

from trailwarden import ATTEMPTED, AWS_ITSELF, Event, Match, Mode, Outcome, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import Fields, iam_user, refused, request
from trailwarden.examples import Examples, alerts, silent
from trailwarden.services.iam import is_own_user, user_of

ACTS = {
    "CreateVirtualMFADevice": "MFA device created",
    "EnableMFADevice": "MFA device registered",
    "ResyncMFADevice": "MFA device synchronized",
}


def detect(event: Event) -> Match | None:
    user, act = user_of(event), ACTS[event.name]
    if event.outcome is not Outcome.SUCCEEDED:
        if event.user_identity.mfa_authenticated:
            return None
        failed = act.replace("device ", "device not ")
        return Match(f"{user}: {event.error_code}", subject=user, title=failed)
    severity = Severity.LOW if is_own_user(event) else Severity.MEDIUM
    device = event.request("serialNumber", "virtualMFADeviceName")
    return Match(f"{device} for {user}", severity=severity, subject=user, title=act)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[f"iam:{name}" for name in ACTS],
    exempt=AWS_ITSELF,
    outcome=ATTEMPTED,
    severity=Severity.LOW,
    mode=Mode.HUNT,
    attack={Tactic.PERSISTENCE: ["T1098.005", "T1556.006"], Tactic.DEFENSE_EVASION: ["T1556.006"]},
    response="Check whether the user had a device before. Look up the address from which the new "
    "one was registered.",
    false_positives="New colleagues, and new phones.",
)


def examples() -> Examples:
    enable, alice = "iam:EnableMFADevice", iam_user("alice")
    codes: Fields = {"authenticationCode1": "HIDDEN", "authenticationCode2": "HIDDEN"}
    device: Fields = {"userName": "alice", "serialNumber": "GAHT12345678"} | codes
    other, own = request(enable, **device), request(enable, alice, **device)
    yield alerts("another's", other, severity=Severity.MEDIUM, subject="alice")
    yield alerts("the user's own", own, severity=Severity.LOW)
    taken = {"errorCode": "EntityAlreadyExistsException"}
    create = "iam:CreateVirtualMFADevice"
    twice = request(create, alice, virtualMFADeviceName="alice", fields=taken)
    yield alerts("a name that is taken", twice, severity=Severity.LOW)
    yield alerts("refused", refused(enable, alice), subject="alice")
    shown = alice | {"sessionContext": {"attributes": {"mfaAuthenticated": "true"}}}
    wrong = request(enable, shown, **device, fields={"errorCode": "InvalidAuthenticationCode"})
    yield silent("a wrong code, with MFA", wrong)
