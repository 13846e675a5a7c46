"""Certificate was exported together with its private key.

Whoever has the key can pretend to be the service until the certificate expires, and read traffic
that they come to hold.
"""

from collections.abc import Iterator

from trailwarden import Event, Example, Match, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.samples import Fields, assumed_role, denied, iam_user, record
from trailwarden.environment import Environment


def detect(event: Event) -> Match | None:
    if event.by_automation or not event.succeeded:
        return None
    arn = event.text("requestParameters.certificateArn")
    return Match(f"exported {arn.rpartition('/')[2][:60] or 'a certificate'}", subject=arn[-60:])


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["acm:ExportCertificate"],
    severity=Severity.HIGH,
    attack={Tactic.CREDENTIAL_ACCESS: ["T1552.004", "T1649"]},
    response="Ask whoever exported it. If it was not them, revoke and replace the certificate, and "
    "disable the credentials.",
    false_positives="A certificate that is renewed on a server of one's own: name the role that "
    "does it as a deploy role.",
)


def examples() -> Iterator[Example]:
    certificate = (
        "arn:aws:acm:us-east-1:111122223333:certificate/12345678-1234-1234-1234-123456789012"
    )
    asked: Fields = {"requestParameters": {"certificateArn": certificate, "passphrase": "***"}}
    yield alerts("a user exports it", record("acm:ExportCertificate", iam_user("alice"), **asked))
    yield silent("a refusal", denied("acm:ExportCertificate", iam_user("alice")))
    renewal = record("acm:ExportCertificate", assumed_role("renewal"), **asked)
    yield silent("the renewal", renewal)


ENVIRONMENT = Environment(deploy_roles=("arn:aws:iam::*:role/renewal",))
