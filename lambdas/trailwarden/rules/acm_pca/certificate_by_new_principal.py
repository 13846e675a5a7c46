"""Private CA used by a new principal.

A certificate from the private CA opens VPNs, service meshes and IAM Roles Anywhere. It outlives the
credentials that requested it.
"""

from trailwarden import DEPLOYMENT, SUCCEEDED, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import ROLE, USER, Fields, request
from trailwarden.correlations import by_account, first_use
from trailwarden.examples import Examples, Record, alerts, silent


def detect(event: Event) -> Match:
    return Match(f"{event.name} by {event.actor}")


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["acm-pca:CreateCertificateAuthority", "acm-pca:IssueCertificate"],
    exempt=DEPLOYMENT,
    outcome=SUCCEEDED,
    severity=Severity.HIGH,
    attack={Tactic.CREDENTIAL_ACCESS: ["T1649"]},
    response="Ask the principal's owner for the purpose of the certificate. If nobody knows it, "
    "revoke the certificate and disable the credentials.",
    false_positives="A new service gets its certificates from the private CA.",
    correlation=first_use(by_account, days=90, severe=True),
)


def examples() -> Examples:
    yield alerts("a new principal", issued(ROLE, day=0), issued(USER, day=7))
    yield silent("the usual one", issued(ROLE, day=0), issued(ROLE, day=8))
    yield silent("in the first week", issued(ROLE, day=0), issued(USER, day=6))


def issued(by: Fields, *, day: int) -> Record:
    return request("acm-pca:IssueCertificate", by, day=day)
