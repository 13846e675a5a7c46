"""Inactive access key made active again.

An inactive key is out of use, and nobody watches it. To make it active again gives access without
a new key that people would notice.
"""

from trailwarden import AWS_ITSELF, SUCCEEDED, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import ROOT, Fields, iam_user, request
from trailwarden.examples import Examples, alerts, silent
from trailwarden.services.iam import is_about_root, is_own_user, user_of

KINDS = {
    "UpdateServiceSpecificCredential": ("serviceSpecificCredentialId", "service credential"),
    "UpdateSSHPublicKey": ("sSHPublicKeyId", "SSH key"),
    "UpdateSigningCertificate": ("certificateId", "signing certificate"),
}
"""Other credentials that can be out of use: the parameter that names one, and how to say it."""


def detect(event: Event) -> Match | None:
    if event.request("status") != "Active":
        return None
    if event.name in KINDS:
        return of_another_kind(event)
    key = event.request("accessKeyId")
    if is_about_root(event):
        return Match(f"{key} of the root user", severity=Severity.CRITICAL, subject=key)
    severity = Severity.MEDIUM if is_own_user(event) else Severity.HIGH
    return Match(f"{key} of {user_of(event)}", severity=severity, subject=key)


def of_another_kind(event: Event) -> Match:
    """Tell of a credential that is no access key, such as an API key of Bedrock."""
    place, kind = KINDS[event.name]
    credential = event.request(place)
    severity = Severity.LOW if is_own_user(event) else None
    title = f"Inactive {kind} of a user made active again"
    return Match(f"{credential} of {user_of(event)}", severity, credential, title)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["iam:UpdateAccessKey", *(f"iam:{name}" for name in KINDS)],
    exempt=AWS_ITSELF,
    outcome=SUCCEEDED,
    severity=Severity.MEDIUM,
    attack={Tactic.PERSISTENCE: ["T1098.001"]},
    response="Ask the caller and the owner of the key. If neither needs it, delete the key. Look "
    "for its use since then.",
    false_positives="A rotation made a key inactive too early.",
)


def examples() -> Examples:
    update, key = "iam:UpdateAccessKey", "AKIAI44QH8DHBEXAMPLE"
    active: Fields = {"status": "Active", "accessKeyId": key}
    alice = request(update, userName="alice", **active)
    yield alerts("another's", alice, severity=Severity.HIGH, subject=key)
    own = request(update, iam_user("alice"), userName="alice", **active)
    yield alerts("the user's own", own, severity=Severity.MEDIUM)
    yield alerts("root's", request(update, ROOT, **active), severity=Severity.CRITICAL)
    bedrock: Fields = {"serviceSpecificCredentialId": "ACCA1", "status": "Active"}
    reset = "iam:UpdateServiceSpecificCredential"
    woken = request(reset, userName="BedrockAPIKey-x1", **bedrock)
    yield alerts("a Bedrock key", woken, severity=Severity.MEDIUM, subject="ACCA1")
    mine = request(reset, iam_user("alice"), userName="alice", **bedrock)
    yield alerts("one's own", mine, severity=Severity.LOW, label="ACCA1 of alice")
    ssh: Fields = {"userName": "git", "sSHPublicKeyId": "APKA1"}
    yield alerts("an SSH key", request("iam:UpdateSSHPublicKey", **ssh, status="Active"))
    soap: Fields = {"certificateId": "C1", "status": "Active"}
    yield alerts("a certificate", request("iam:UpdateSigningCertificate", **soap), subject="C1")
    yield silent("put to sleep", request("iam:UpdateSSHPublicKey", **ssh, status="Inactive"))
    inactive: Fields = active | {"status": "Inactive"}
    yield silent("made inactive", request(update, userName="alice", **inactive))
    absent = {"errorCode": "NoSuchEntityException"}
    yield silent("a key that is gone", request(update, userName="alice", **active, fields=absent))
