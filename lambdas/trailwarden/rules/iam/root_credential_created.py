"""Long-lived credential created for the root user.

No policy of the account can limit a key or password of the root user. There is no good reason to
have a key. A password that appears in a member account opens it for good.
"""

from trailwarden import NOBODY, SUCCEEDED, Caller, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import ROOT, Fields, iam_user, refused, request
from trailwarden.examples import Examples, alerts, silent
from trailwarden.services.iam import names_no_user

ACTS = {
    "CreateAccessKey": "Access key created for the root user",
    "CreateLoginProfile": "Password set for the root user",
    "UploadSigningCertificate": "Signing certificate added to the root user",
}


def detect(event: Event) -> Match | None:
    if not names_no_user(event):
        return None
    credential = event.answer("accessKey.accessKeyId") or event.name
    return Match(credential, title=ACTS[event.name])


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[f"iam:{name}" for name in ACTS],
    exempt=NOBODY,
    callers=frozenset({Caller.ROOT}),
    outcome=SUCCEEDED,
    severity=Severity.CRITICAL,
    attack={Tactic.PERSISTENCE: ["T1098.001"], Tactic.INITIAL_ACCESS: ["T1078.004"]},
    response="Ask the owner of the account at once. Delete the key or the password. Change root's "
    "password to end its sessions, check its MFA devices, then review all acts of root.",
    false_positives="The organization's management account restores the root user of a member.",
    references=["https://docs.aws.amazon.com/IAM/latest/UserGuide/root-user-best-practices.html"],
)


def examples() -> Examples:
    key, password = "iam:CreateAccessKey", "iam:CreateLoginProfile"
    answer = {"accessKey": {"userName": "Root", "accessKeyId": "AKIAI44QH8DHBEXAMPLE"}}
    yield alerts("a key", request(key, ROOT, answer=answer), label="AKIAI44QH8DHBEXAMPLE")
    recovering: Fields = ROOT | {"sessionContext": {"assumedRoot": "true"}}
    restored = {**request(password, recovering), "requestParameters": {}}
    yield alerts("a password, by a session for that purpose", restored)
    certificate = request("iam:UploadSigningCertificate", ROOT, certificateBody="MII")
    yield alerts("a certificate", certificate, label="UploadSigningCertificate")
    yield silent("a user's", request(key, ROOT, userName="alice"))
    yield silent("a user's own", request(key, iam_user("alice")))
    yield silent("a refused request", refused(password, ROOT))
