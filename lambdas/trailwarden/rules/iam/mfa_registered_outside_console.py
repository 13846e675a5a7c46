"""MFA device registered outside the console.

People register a device in the console. An intruder with stolen credentials uses a program, so that
the MFA of the user becomes theirs. A device for another user is told in the console, too.
"""

from trailwarden import AWS_ITSELF, SUCCEEDED, Caller, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import ACCOUNT, PERSON, ROLE, Fields, iam_user, request, root
from trailwarden.examples import Examples, alerts, silent
from trailwarden.services.iam import is_own_user

OTHERS = "MFA device registered for another user"


def detect(event: Event) -> Match | None:
    temporary = event.user_identity.access_key_id.startswith("ASIA")
    own = is_own_user(event)
    if own and (event.from_console or not temporary):
        return None
    if event.from_console and event.name != "EnableMFADevice":
        return None
    serial = event.request("serialNumber")
    device = serial.rpartition("/")[2] or event.request("virtualMFADeviceName")
    user = event.request("userName") or device
    label = f"{event.name} {device} for {user}"
    if event.from_console:
        return Match(label, severity=Severity.MEDIUM, subject=user, title=OTHERS)
    return Match(label, subject=user)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["iam:CreateVirtualMFADevice", "iam:EnableMFADevice"],
    exempt=AWS_ITSELF,
    callers=frozenset(Caller) - {Caller.ROOT},  # another rule tells of each change by root
    outcome=SUCCEEDED,
    severity=Severity.HIGH,
    attack={Tactic.PERSISTENCE: ["T1098.005", "T1556.006"], Tactic.DEFENSE_EVASION: ["T1556.006"]},
    response="Ask the user whether the device is theirs. If not, deactivate it, end the user's "
    "sessions, and find where the credentials were stolen.",
    false_positives="Tools that register users' devices, and people at the command line.",
)


def examples() -> Examples:
    enable, create = "iam:EnableMFADevice", "iam:CreateVirtualMFADevice"
    alice, session = iam_user("alice"), iam_user("alice", key="ASIAIOSFODNN7EXAMPLE")
    codes: Fields = {"authenticationCode1": "HIDDEN", "authenticationCode2": "HIDDEN"}
    serial = f"arn:aws:iam::{ACCOUNT}:mfa/phone"
    device: Fields = {"userName": "alice", "serialNumber": serial} | codes
    yield alerts("another's, with a long-term key", request(enable, **device), subject="alice")
    yield alerts("the user's own, with a session", request(enable, session, **device))
    yield alerts("by a role", request(enable, ROLE, **device))
    yield alerts("created", request(create, session, virtualMFADeviceName="phone"), subject="phone")
    console = {"sessionCredentialFromConsole": "true"}
    yield silent("in the console", request(enable, session, **device, fields=console))
    other = request(enable, PERSON, **device, fields=console)
    yield alerts("another's, in the console", other, severity=Severity.MEDIUM, subject="alice")
    new = request(create, PERSON, virtualMFADeviceName="phone", fields=console)
    yield silent("created in the console, for nobody yet", new)
    yield silent("the user's own, with a long-term key", request(enable, alice, **device))
    own: Fields = {"userName": "AWS ROOT USER", "serialNumber": f"{serial[:-5]}root-account"}
    yield silent("root's own, of another rule", request(enable, root(key="ASIA1"), **own, **codes))
    wrong = {"errorCode": "InvalidAuthenticationCode"}
    yield silent("a wrong code", request(enable, session, **device, fields=wrong))
