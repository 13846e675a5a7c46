"""SAML identity provider changed.

A SAML provider signs people in without a password of the account. An intruder who controls it, or
replaces its metadata, can sign in as anyone.
"""

from trailwarden import AWS_ITSELF, Event, Match, Rule, Severity, Tactic, either
from trailwarden.cloudtrail.samples import ACCOUNT, Fields, refused, request
from trailwarden.examples import Examples, alerts, silent

ACTS = {
    "CreateSAMLProvider": "SAML identity provider created",
    "UpdateSAMLProvider": "Metadata of a SAML identity provider replaced",
    "DeleteSAMLProvider": "SAML identity provider deleted",
}


def detect(event: Event) -> Match:
    name = event.request("sAMLProviderArn").rpartition("/")[2] or event.request("name")
    severity = Severity.MEDIUM if event.name == "DeleteSAMLProvider" else Severity.HIGH
    return Match(name, severity=severity, subject=name, title=ACTS[event.name])


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[f"iam:{name}" for name in ACTS],
    exempt=AWS_ITSELF,
    outcome=either(refused=Severity.MEDIUM),
    severity=Severity.HIGH,
    attack={
        Tactic.DEFENSE_EVASION: ["T1484.002"],
        Tactic.PRIVILEGE_ESCALATION: ["T1484.002"],
        Tactic.IMPACT: ["T1531"],
    },
    response="Ask the team that runs single sign-on. If they did not do it, compare the provider's "
    "issuer and certificate with yours. Restore it, and look for `AssumeRoleWithSAML` since.",
    false_positives="The yearly change of the certificate, and the first set-up of a provider.",
    references=["https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_saml.html"],
)


def examples() -> Examples:
    update, arn = "iam:UpdateSAMLProvider", f"arn:aws:iam::{ACCOUNT}:saml-provider/okta"
    metadata: Fields = {"sAMLMetadataDocument": "<xml/>"}
    replaced = request(update, sAMLProviderArn=arn, **metadata)
    yield alerts("replaced", replaced, severity=Severity.HIGH, subject="okta")
    created = request("iam:CreateSAMLProvider", name="okta", **metadata)
    yield alerts("created", created, severity=Severity.HIGH, subject="okta")
    deleted = request("iam:DeleteSAMLProvider", sAMLProviderArn=arn)
    yield alerts("deleted", deleted, severity=Severity.MEDIUM)
    yield alerts("a refused request", refused(update), severity=Severity.MEDIUM)
    failed = request(update, fields={"errorCode": "ThrottlingException"})
    yield silent("a failed request", failed)
