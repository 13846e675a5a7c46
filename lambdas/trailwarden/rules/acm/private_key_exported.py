"""Certificate exported with its private key.

The owner of the key can pretend to be the service until the certificate expires. They can also read
captured traffic.
"""

from trailwarden import DEPLOYMENT, Event, Match, Rule, Severity, Tactic, either
from trailwarden.cloudtrail.samples import Fields, refused, request
from trailwarden.examples import Examples, alerts, silent


def detect(event: Event) -> Match:
    certificate = event.request("certificateArn")
    return Match(certificate, subject=certificate)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["acm:ExportCertificate"],
    exempt=DEPLOYMENT,
    outcome=either(refused=Severity.LOW),
    severity=Severity.HIGH,
    attack={Tactic.CREDENTIAL_ACCESS: ["T1552.004", "T1649"]},
    response="Ask the caller. If it was not them, revoke and replace the certificate, and disable "
    "the credentials.",
    false_positives="A server of your own renews its certificate. Name its role in `deploy_roles`.",
)


def examples() -> Examples:
    certificate = "arn:aws:acm:us-east-1:111122223333:certificate/12345678-1234"
    export = "acm:ExportCertificate"
    hidden: Fields = {"passphrase": "***"}
    exported = request(export, certificateArn=certificate, **hidden)
    yield alerts("a user exports it", exported, subject=certificate)
    yield alerts("refused", refused(export), severity=Severity.LOW)
    failed = request(export, fields={"errorCode": "ThrottlingException"})
    yield silent("a failed request", failed)
