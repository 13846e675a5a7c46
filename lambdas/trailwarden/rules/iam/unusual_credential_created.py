"""Unusual credential added to a user.

Besides passwords and access keys, IAM has credentials that few people think of after an incident.
Keys of Bedrock among them are worth money at once.
"""

from trailwarden import AWS_ITSELF, Event, Match, Rule, Severity, Tactic, either
from trailwarden.cloudtrail.samples import ROOT, Fields, iam_user, refused, request
from trailwarden.examples import Examples, alerts, silent
from trailwarden.services.iam import is_about_root, is_own_user, user_of

ACTS = {
    "UploadSSHPublicKey": "SSH key added to a user",
    "UploadSigningCertificate": "Signing certificate added to a user",
    "UploadServerCertificate": "Server certificate uploaded to IAM",
    "CreateServiceSpecificCredential": "Service credential created for a user",
    "ResetServiceSpecificCredential": "Service credential of a user reset",
}


def detect(event: Event) -> Match | None:
    certificate = event.request("serverCertificateName")
    if is_about_root(event) and not certificate:
        return None
    user = certificate or user_of(event)
    label = f"{service(event)} for {user}".strip()
    return Match(label, severity=severity(event), subject=user, title=ACTS[event.name])


def severity(event: Event) -> Severity:
    if service(event).startswith("bedrock"):
        return Severity.HIGH
    own = event.name == "UploadServerCertificate" or is_own_user(event)
    return Severity.LOW if own else Severity.MEDIUM


def service(event: Event) -> str:
    answered = event.answer("serviceSpecificCredential.serviceName")
    return event.request("serviceName") or answered


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[f"iam:{name}" for name in ACTS],
    exempt=AWS_ITSELF,
    outcome=either(refused=Severity.LOW),
    severity=Severity.MEDIUM,
    attack={Tactic.PERSISTENCE: ["T1098.001", "T1098.004"]},
    response="Ask the user and the caller. If neither needs the credential, delete it, look for "
    "its use, and contain the caller.",
    false_positives="Developers use CodeCommit, or try Bedrock with a long-term key.",
    references=[
        "https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_service-specific-creds.html"
    ],
)


def examples() -> Examples:
    upload, create = "iam:UploadSSHPublicKey", "iam:CreateServiceSpecificCredential"
    key: Fields = {"userName": "alice", "sSHPublicKeyBody": "ssh-rsa AAAA"}
    yield alerts(
        "another's SSH key", request(upload, **key), severity=Severity.MEDIUM, subject="alice"
    )
    own = request(upload, iam_user("alice"), **key)
    yield alerts("the user's own SSH key", own, severity=Severity.LOW)
    bedrock = request(create, userName="alice", serviceName="bedrock.amazonaws.com")
    yield alerts("a Bedrock key", bedrock, severity=Severity.HIGH)
    credential = {"serviceName": "bedrock.amazonaws.com", "userName": "alice"}
    answer = {"serviceSpecificCredential": credential}
    reset = request(
        "iam:ResetServiceSpecificCredential", serviceSpecificCredentialId="ACCA", answer=answer
    )
    yield alerts("a Bedrock key reset", reset, severity=Severity.HIGH, subject="alice")
    pair: Fields = {"certificateBody": "MII", "privateKey": "HIDDEN_DUE_TO_SECURITY_REASONS"}
    server = request("iam:UploadServerCertificate", serverCertificateName="www", **pair)
    yield alerts("a server certificate", server, severity=Severity.LOW, subject="www")
    certificate = request("iam:UploadSigningCertificate", ROOT, certificateBody="MII")
    yield silent("root's own, which has a rule of its own", certificate)
    yield alerts("a refused request", refused(upload), severity=Severity.LOW)
