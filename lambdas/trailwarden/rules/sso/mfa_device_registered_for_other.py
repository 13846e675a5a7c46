"""MFA device of an Identity Center user registered by another principal.

People register their own devices at the portal. With a device for somebody else's user and a new
password, an administrator's session becomes that user.
"""

from trailwarden import AWS_ITSELF, Event, Match, Rule, Severity, Tactic, either
from trailwarden.cloudtrail.samples import ACCOUNT, PERSON, Fields, refused, request
from trailwarden.examples import Examples, Record, alerts, silent

PORTAL = frozenset({"Unknown", "IdentityCenterUser", "Directory"})
"""The kinds of identities that people have at the portal."""


def detect(event: Event) -> Match | None:
    if event.user_identity.type in PORTAL:  # the person's own
        return None
    user = event.request("userId")
    return Match(f"{event.name} for {user or event.recipient_account_id}", subject=user)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "sso-directory:CompleteVirtualMfaDeviceRegistration",
        "sso-directory:CompleteWebAuthnDeviceRegistration",
    ],
    exempt=AWS_ITSELF,
    outcome=either(refused=Severity.MEDIUM),
    severity=Severity.HIGH,
    attack={Tactic.PERSISTENCE: ["T1098.005", "T1556.006"], Tactic.DEFENSE_EVASION: ["T1556.006"]},
    response="Ask the user whether the device is theirs. If not, delete it, reset the password, "
    "and end the user's sessions. Then contain the caller.",
    false_positives="A help desk that registers the devices of new colleagues.",
)


def examples() -> Examples:
    label = "CompleteVirtualMfaDeviceRegistration for u-1"
    yield alerts("a code generator", registered("Virtual"), subject="u-1", label=label)
    yield alerts("a passkey", registered("WebAuthn"), subject="u-1")
    holder: Fields = {"type": "IdentityCenterUser", "onBehalfOf": {"userId": "u-1"}}
    yield silent("the user's own", registered("WebAuthn", holder | {"accountId": ACCOUNT}))
    portal: Fields = {"type": "Unknown", "accountId": ACCOUNT, "userName": "alice"}
    yield silent("at the portal", registered("Virtual", portal))
    yield alerts(
        "refused",
        refused("sso-directory:CompleteWebAuthnDeviceRegistration", PERSON),
        severity=Severity.MEDIUM,
    )


def registered(kind: str, by: Fields = PERSON) -> Record:
    action = f"sso-directory:Complete{kind}DeviceRegistration"
    return request(action.replace("VirtualDevice", "VirtualMfaDevice"), by, userId="u-1")
