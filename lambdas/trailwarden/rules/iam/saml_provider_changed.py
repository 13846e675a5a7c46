"""SAML identity provider created, replaced or deleted.

Whoever controls a SAML provider signs in as anybody it vouches for, without a password of the
account. Replacing its metadata hands the doors of an existing one to somebody else.
"""

from collections.abc import Iterator
from typing import Any

from trailwarden import Event, Example, Match, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.samples import (
    ACCOUNT,
    Fields,
    denied,
    iam_user,
    record,
    service_linked_role,
)
from trailwarden.cloudtrail.values import Record

CHANGES = {
    "CreateSAMLProvider": ("created", Severity.HIGH),
    "UpdateSAMLProvider": ("metadata replaced", Severity.HIGH),
    "DeleteSAMLProvider": ("deleted", Severity.MEDIUM),
}


def detect(event: Event) -> Match | None:
    identity = event.user_identity
    single_sign_on = event.by_service and identity.invoked_by.startswith("sso.")
    if not event.succeeded or single_sign_on or identity.is_service_linked_role:
        return None
    done, severity = CHANGES.get(event.name, ("changed", Severity.MEDIUM))
    name = event.text("requestParameters.sAMLProviderArn").rpartition("/")[2]
    name = name or event.text("requestParameters.name")
    return Match(f"{name} {done}"[:100], severity=severity, subject=name)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[f"iam:{name}" for name in CHANGES],
    severity=Severity.HIGH,
    attack={
        Tactic.DEFENSE_EVASION: ["T1484.002"],
        Tactic.PRIVILEGE_ESCALATION: ["T1484.002"],
        Tactic.IMPACT: ["T1531"],
    },
    response="Ask whoever runs single sign-on. If it was not them, compare the provider's issuer "
    "and certificate with yours, restore it, and look for `AssumeRoleWithSAML` since.",
    false_positives="The yearly change of the certificate, and the first set-up of a provider.",
    references=["https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_saml.html"],
)

ARN = f"arn:aws:iam::{ACCOUNT}:saml-provider/okta"


def examples() -> Iterator[Example]:
    mallory = iam_user("mallory")
    yield alerts("created", told("CreateSAMLProvider", mallory, name="okta"))
    yield alerts("replaced", told("UpdateSAMLProvider", mallory, sAMLProviderArn=ARN))
    yield alerts("deleted", told("DeleteSAMLProvider", mallory, sAMLProviderArn=ARN))
    center = service_linked_role("AWSServiceRoleForSSO", "sso")
    made = told("CreateSAMLProvider", center, name="AWSSSO_DO_NOT_DELETE")
    yield silent("IAM Identity Center makes its own", made)
    yield silent("refused", denied("iam:UpdateSAMLProvider", mallory))


def told(action: str, by: Fields, /, **what: Any) -> Record:
    return record(f"iam:{action}", by, requestParameters=what)
