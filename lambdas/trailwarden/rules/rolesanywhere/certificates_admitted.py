"""Certificates from outside AWS were given roles.

Roles Anywhere lets whoever has a certificate of a trusted authority assume a role, with no user
and no key to be seen. An authority of one's own, and a profile that names roles, are a back door
that survives every rotation.
"""

from collections.abc import Iterator

from trailwarden import Event, Example, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.samples import ACCOUNT, Fields, assumed_role, denied, iam_user, record
from trailwarden.cloudtrail.values import Record, text_of
from trailwarden.environment import Environment

ENVIRONMENT = Environment(deploy_roles=(f"arn:aws:iam::{ACCOUNT}:role/deploy",))


def detect(event: Event) -> str:
    if not event.succeeded or event.by_service:
        return ""
    if event.name.endswith("TrustAnchor"):
        return anchor(event)
    return "" if event.by_automation else profile(event)


def anchor(event: Event) -> str:
    """Tell of an authority that is not the account's own; of a change that leaves it, nothing."""
    kind = event.text("requestParameters.source.sourceType")
    if kind == "AWS_ACM_PCA" or (event.name == "UpdateTrustAnchor" and not kind):
        return ""
    name = event.text("requestParameters.name") or event.text("requestParameters.trustAnchorId")
    return f"trust anchor {name[:60]} with an outside authority"


def profile(event: Event) -> str:
    """Tell of a profile, and which roles it opens."""
    arns = map(text_of, event.listed("requestParameters.roleArns"))
    roles = ", ".join(arn.rpartition("/")[2] for arn in arns)
    if event.name == "UpdateProfile" and not roles:
        return ""
    name = event.text("requestParameters.name") or event.text("requestParameters.profileId")
    return f"profile {name[:40]} {f'for {roles[:60]}' if roles else ''}".strip()


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "rolesanywhere:CreateTrustAnchor",
        "rolesanywhere:UpdateTrustAnchor",
        "rolesanywhere:CreateProfile",
        "rolesanywhere:EnableProfile",
        "rolesanywhere:UpdateProfile",
    ],
    severity=Severity.HIGH,
    attack={
        Tactic.PERSISTENCE: ["T1098.001", "T1556"],
        Tactic.PRIVILEGE_ESCALATION: ["T1098.003"],
    },
    response="Ask whoever did it whose authority it is. If nobody knows, delete the trust anchor "
    "and the profile, revoke the sessions of the roles it names, and review what they did.",
    false_positives="The set-up of Roles Anywhere for servers of your own.",
)


def examples() -> Iterator[Example]:
    outside: Fields = {
        "sourceType": "CERTIFICATE_BUNDLE",
        "sourceData": {"x509CertificateData": ""},
    }
    inside: Fields = {"sourceType": "AWS_ACM_PCA", "sourceData": {"acmPcaArn": "arn:aws:acm-pca"}}
    mallory, deploy = iam_user("mallory"), assumed_role("deploy")
    yield alerts("an authority", done("CreateTrustAnchor", mallory, source=outside))
    yield alerts("even by the pipeline", done("CreateTrustAnchor", deploy, source=outside))
    yield alerts("another one", done("UpdateTrustAnchor", mallory, source=outside))
    roles = [f"arn:aws:iam::{ACCOUNT}:role/admin"]
    yield alerts("a profile", done("CreateProfile", mallory, roleArns=roles))
    yield alerts("a profile is switched on", done("EnableProfile", mallory, profileId="a1b2"))
    yield silent("a private authority", done("CreateTrustAnchor", mallory, source=inside))
    yield silent("an anchor gets a new name", done("UpdateTrustAnchor", mallory, name="servers"))
    yield silent("a profile's duration", done("UpdateProfile", mallory, durationSeconds=900))
    yield silent("a profile, by the pipeline", done("CreateProfile", deploy, roleArns=roles))
    yield silent("a refusal", denied("rolesanywhere:CreateTrustAnchor", mallory))


def done(event_name: str, who: Fields, **request: object) -> Record:
    return record(f"rolesanywhere:{event_name}", who, requestParameters=request)
