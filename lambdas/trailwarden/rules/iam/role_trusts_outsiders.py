"""Role opened to an unknown account or to anyone.

The trust policy of a role says who may take it. A name from outside in it is a door that stays
open after every password and key is changed.
"""

from collections.abc import Iterator
from typing import Any

from trailwarden import Event, Example, Match, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.samples import (
    ACCOUNT,
    OTHER_ACCOUNT,
    Fields,
    assumed_role,
    iam_user,
    record,
    trust,
)
from trailwarden.cloudtrail.values import Record
from trailwarden.environment import Environment
from trailwarden.policy.access import Grant, external_grants
from trailwarden.services.iam import unattended

TRUST = {
    "CreateRole": "requestParameters.assumeRolePolicyDocument",
    "UpdateAssumeRolePolicy": "requestParameters.policyDocument",
}


def detect(event: Event) -> Match | None:
    if not event.succeeded or event.user_identity.is_service_linked_role:
        return None
    grants = list(external_grants(event.get(TRUST.get(event.name, "")), event))
    if not grants:
        return None
    role = event.text("requestParameters.roleName")
    worst = max(grants, key=lambda grant: severity(grant, event))
    label = f"{role} to {worst.to}"[:100]
    return Match(label, severity=severity(worst, event), subject=role)


def severity(grant: Grant, event: Event) -> Severity:
    """Return more for anyone, less where a vendor's external id is asked for."""
    agreed = any(limit.key == "sts:externalid" for limit in grant.statement.limits)
    if grant.is_public:
        return Severity.HIGH if agreed else Severity.CRITICAL
    return Severity.MEDIUM if agreed or unattended(event) else Severity.HIGH


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["iam:CreateRole", "iam:UpdateAssumeRolePolicy"],
    severity=Severity.HIGH,
    attack={
        Tactic.PERSISTENCE: ["T1098.003"],
        Tactic.PRIVILEGE_ESCALATION: ["T1098.003"],
        Tactic.DEFENSE_EVASION: ["T1484.002"],
    },
    response="Find out whose account it is and who agreed to it. If nobody did, restore the trust "
    "policy, revoke the role's sessions, and look for `AssumeRole` from that account.",
    false_positives="A new vendor, whose account belongs into the trusted accounts of the "
    "environment, or an account of the organization that is missing there.",
    references=["https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_create_for-user.html"],
)

VENDOR = "777788889999"
ENVIRONMENT = Environment(
    trusted_accounts=(VENDOR,),
    organization_id="o-a1b2c3d4e5",
    deploy_roles=(f"arn:aws:iam::{ACCOUNT}:role/deploy",),
)


def examples() -> Iterator[Example]:
    root = f"arn:aws:iam::{OTHER_ACCOUNT}:root"
    yield alerts("an unknown account", changed({"AWS": root}))
    yield alerts("an unknown account, by its number", changed({"AWS": [OTHER_ACCOUNT]}))
    yield alerts("a new role", created({"AWS": root}))
    yield alerts("a new role of a deploy role's", created({"AWS": root}, assumed_role("deploy")))
    agreed = {"StringEquals": {"sts:ExternalId": "f81d4fae"}}
    yield alerts("with an external id", changed({"AWS": root}, Condition=agreed))
    yield alerts("anyone", changed("*"))
    yield alerts("anyone, beside one's own", changed({"AWS": [ACCOUNT, "*"]}))
    theirs = {"StringEquals": {"aws:PrincipalOrgID": "o-zzzzzzzzzz"}}
    yield alerts("anyone of another organization", changed("*", Condition=theirs))
    ours = {"StringEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}}
    yield silent("anyone of the organization", changed("*", Condition=ours))
    yield silent("one's own account", changed({"AWS": f"arn:aws:iam::{ACCOUNT}:root"}))
    yield silent("a trusted vendor", changed({"AWS": VENDOR}))
    yield silent("a service", created({"Service": "ec2.amazonaws.com"}))
    yield silent("a denial", changed("*", Effect="Deny"))
    malformed = record(
        "iam:UpdateAssumeRolePolicy",
        iam_user("mallory"),
        errorCode="MalformedPolicyDocumentException",
        requestParameters={"roleName": "app", "policyDocument": trust({"AWS": root})},
    )
    yield silent("an attempt that fails", malformed)


def changed(principal: object, **statement: Any) -> Record:
    told = {"roleName": "app", "policyDocument": trust(principal, **statement)}
    return record("iam:UpdateAssumeRolePolicy", iam_user("mallory"), requestParameters=told)


def created(principal: object, by: Fields | None = None) -> Record:
    told = {"roleName": "app", "assumeRolePolicyDocument": trust(principal)}
    return record("iam:CreateRole", by or iam_user("mallory"), requestParameters=told)
