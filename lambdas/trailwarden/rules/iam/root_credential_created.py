"""Long-lived credential created for the root user.

A key or password of the root user cannot be limited by any policy of the account. There is no
good reason to have a key, and a password that appears in a member account opens it for good.
"""

from collections.abc import Iterator

from trailwarden import Event, Example, Match, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.samples import denied, iam_user, record, root
from trailwarden.services.iam import is_about_root

CREDENTIALS = {
    "CreateAccessKey": "access key",
    "CreateLoginProfile": "password",
    "UploadSigningCertificate": "signing certificate",
}


def detect(event: Event) -> Match | None:
    if not event.succeeded or not is_about_root(event):
        return None
    return Match(CREDENTIALS.get(event.name, event.name[:60]))


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[f"iam:{name}" for name in CREDENTIALS],
    where={"userIdentity": {"type": ["Root"]}},
    severity=Severity.CRITICAL,
    attack={Tactic.PERSISTENCE: ["T1098.001"], Tactic.INITIAL_ACCESS: ["T1078.004"]},
    response="Ask the owner of the account at once. Delete the key or the password, sign root out "
    "by changing its password, check its MFA devices, then review all that root did.",
    false_positives="The organization's management account restores the root user of a member.",
    references=["https://docs.aws.amazon.com/IAM/latest/UserGuide/root-user-best-practices.html"],
)


def examples() -> Iterator[Example]:
    answer = {"accessKey": {"userName": "Root", "accessKeyId": "AKIAI44QH8DHBEXAMPLE"}}
    yield alerts("a key", record("iam:CreateAccessKey", root(), responseElements=answer))
    recovering = root() | {"sessionContext": {"assumedRoot": "true"}}
    password = record("iam:CreateLoginProfile", recovering, requestParameters={})
    yield alerts("a password, by a session for that purpose", password)
    certificate = record("iam:UploadSigningCertificate", root(), requestParameters={})
    yield alerts("a certificate", certificate)
    named = {"userName": "alice"}
    yield silent("a user's", record("iam:CreateAccessKey", root(), requestParameters=named))
    yield silent("a user's own", record("iam:CreateAccessKey", iam_user("alice")))
    yield silent("refused", denied("iam:CreateLoginProfile", root()))
