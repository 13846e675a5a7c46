"""Inactive credential made active again.

Besides access keys, users have SSH keys, signing certificates and credentials of single services,
Bedrock among them. An inactive one is out of use, and nobody watches it.
"""

from trailwarden import AWS_ITSELF, Event, Match, Rule, Severity, Tactic, either
from trailwarden.cloudtrail.samples import ROOT, Fields, iam_user, refused, request
from trailwarden.examples import Examples, alerts, silent
from trailwarden.services.iam import is_about_root, is_own_user, user_of

ACTS = {
    "UpdateSSHPublicKey": "Inactive SSH key made active again",
    "UpdateServiceSpecificCredential": "Inactive service credential made active again",
    "UpdateSigningCertificate": "Inactive signing certificate made active again",
}


def detect(event: Event) -> Match | None:
    if event.request("status").lower() != "active":
        return None
    credential = event.request("serviceSpecificCredentialId", "sSHPublicKeyId", "certificateId")
    about_root = is_about_root(event)
    label = f"{credential} of {'the root user' if about_root else user_of(event)}"
    return Match(label, severity(event), credential, ACTS[event.name])


def severity(event: Event) -> Severity:
    if is_about_root(event):
        return Severity.CRITICAL
    return Severity.MEDIUM if is_own_user(event) else Severity.HIGH


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[f"iam:{name}" for name in ACTS],
    exempt=AWS_ITSELF,
    outcome=either(refused=Severity.LOW),
    severity=Severity.HIGH,
    attack={Tactic.PERSISTENCE: ["T1098.001", "T1098.004"]},
    response="Ask the caller and the owner of the credential. If neither needs it, delete it. Look "
    "for its use since then.",
    false_positives="A rotation made a credential inactive too early.",
)


def examples() -> Examples:
    credential: Fields = {"serviceSpecificCredentialId": "ACCA1", "status": "Active"}
    bedrock = request("iam:UpdateServiceSpecificCredential", userName="BedrockAPIKey", **credential)
    yield alerts("a Bedrock key", bedrock, severity=Severity.HIGH, subject="ACCA1")
    ssh = "iam:UpdateSSHPublicKey"
    key: Fields = {"sSHPublicKeyId": "APKA1", "status": "Active"}
    another = request(ssh, userName="git", **key)
    yield alerts("another's SSH key", another, severity=Severity.HIGH, subject="APKA1")
    own = request(ssh, iam_user("git"), userName="git", **key)
    yield alerts("the user's own SSH key", own, severity=Severity.MEDIUM)
    certificate: Fields = {"certificateId": "C1", "status": "Active"}
    signing = request("iam:UpdateSigningCertificate", ROOT, **certificate)
    label = "C1 of the root user"
    yield alerts("root's certificate", signing, severity=Severity.CRITICAL, label=label)
    yield alerts("a refused request", refused(ssh, userName="git", **key), severity=Severity.LOW)
    inactive: Fields = key | {"status": "Inactive"}
    yield silent("made inactive", request(ssh, userName="git", **inactive))
