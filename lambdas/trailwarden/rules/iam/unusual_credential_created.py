"""SSH key, certificate or service credential added to a user.

Besides passwords and access keys IAM knows credentials that few people think of when they clean
up after an intruder. The keys of Bedrock among them are worth money at once.
"""

from collections.abc import Iterator

from trailwarden import Event, Example, Match, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.samples import ACCOUNT, Fields, assumed_role, denied, iam_user, record
from trailwarden.cloudtrail.values import Record
from trailwarden.environment import Environment
from trailwarden.services.iam import is_about_root, is_own_user, user_of

WHAT = {
    "UploadSSHPublicKey": "SSH key",
    "UploadSigningCertificate": "signing certificate",
    "UploadServerCertificate": "server certificate",
    "CreateServiceSpecificCredential": "credential",
    "ResetServiceSpecificCredential": "reset credential",
}


def detect(event: Event) -> Match | None:
    if not event.succeeded or event.by_automation or is_about_root(event):
        return None
    user = user_of(event)
    label = f"{WHAT.get(event.name, event.name)} {service(event)} for {user}"[:100]
    return Match(label, severity=severity(event), subject=user)


def severity(event: Event) -> Severity:
    if service(event).startswith("bedrock"):
        return Severity.HIGH
    own = event.name == "UploadServerCertificate" or is_own_user(event)
    return Severity.LOW if own else Severity.MEDIUM


def service(event: Event) -> str:
    answered = event.text("responseElements.serviceSpecificCredential.serviceName")
    return event.text("requestParameters.serviceName") or answered


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[f"iam:{name}" for name in WHAT],
    severity=Severity.MEDIUM,
    attack={Tactic.PERSISTENCE: ["T1098.001", "T1098.004"]},
    response="Ask the user and whoever added it. If neither needs it, delete it, look for its use, "
    "and contain whoever added it.",
    false_positives="Developers who use CodeCommit, or who try Bedrock with a long-term key.",
    references=[
        "https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_service-specific-creds.html"
    ],
)

ENVIRONMENT = Environment(deploy_roles=(f"arn:aws:iam::{ACCOUNT}:role/deploy",))


def examples() -> Iterator[Example]:
    alice, mallory = iam_user("alice"), iam_user("mallory")
    yield alerts("one's own SSH key", told("UploadSSHPublicKey", alice))
    yield alerts("another's SSH key", told("UploadSSHPublicKey", mallory))
    bedrock = told("CreateServiceSpecificCredential", mallory, "bedrock.amazonaws.com")
    yield alerts("a Bedrock key", bedrock)
    yield alerts("a reset credential", told("ResetServiceSpecificCredential", mallory))
    yield silent("a deploy role", told("UploadSSHPublicKey", assumed_role("deploy")))
    yield silent("refused", denied("iam:UploadSSHPublicKey", mallory))


def told(name: str, by: Fields, of: str = "codecommit.amazonaws.com") -> Record:
    what = {"userName": "alice", "serviceName": of}
    return record(f"iam:{name}", by, requestParameters=what)
