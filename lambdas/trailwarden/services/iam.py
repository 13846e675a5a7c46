"""Reads requests to IAM: which user, group, role or policy they are about, and what they give."""

import re

from trailwarden.cloudtrail.event import Event
from trailwarden.policy.document import Statement, statements

SENSITIVE_CHANGES = (
    "iam:AddRoleToInstanceProfile",
    "iam:AddUserToGroup",
    "iam:AttachGroupPolicy",
    "iam:AttachRolePolicy",
    "iam:AttachUserPolicy",
    "iam:CreateAccessKey",
    "iam:CreateInstanceProfile",
    "iam:CreateLoginProfile",
    "iam:CreatePolicyVersion",
    "iam:CreateRole",
    "iam:CreateUser",
    "iam:PutGroupPolicy",
    "iam:PutRolePolicy",
    "iam:PutUserPolicy",
    "iam:SetDefaultPolicyVersion",
    "iam:UpdateAssumeRolePolicy",
    "iam:UpdateLoginProfile",
)
"""The events that give somebody credentials or permissions."""

_NAMED_IN_RESPONSES = (
    "accessKey",
    "loginProfile",
    "serviceSpecificCredential",
    "sSHPublicKey",
    "certificate",
    "user",
)
_ABOUT = {"userName": "user", "groupName": "group", "roleName": "role"}
_QUARANTINE = re.compile(r"AWSCompromisedKeyQuarantine|AWSExposedCredentialPolicy", re.IGNORECASE)
_RESTRICTION = re.compile(
    r"boundary|boundaries|guard.?rail|\bguard\b|deny|denies|restrict|(?<![a-z])scp(?![a-z])"
    r"|quarantine|lockdown|(force|require|enforce).?mfa|mfa.?(force|require|enforce|only)",
    re.IGNORECASE,
)


def user_of(event: Event) -> str:
    """Return the name of the user a request is about: the caller's own where it names none."""
    named = event.text("requestParameters.userName") or next(
        filter(None, (event.text(f"responseElements.{k}.userName") for k in _NAMED_IN_RESPONSES)),
        "",
    )
    identity = event.user_identity
    return named or (
        identity.user_name or identity.arn.rpartition("/")[2] if _is_user(event) else ""
    )


def entity_of(event: Event) -> str:
    """Return what a request is about, such as `user alice`, `role app` or `policy deploy`."""
    for field, kind in _ABOUT.items():
        if name := event.text(f"requestParameters.{field}"):
            return f"{kind} {name}"[:100]
    policy = policy_name(event)
    return f"policy {policy}"[:100] if policy else ""


def policy_name(event: Event) -> str:
    """Return the name of the policy that a request names, by name or by ARN."""
    arn = event.text("requestParameters.policyArn")
    return arn.rpartition("/")[2] or event.text("requestParameters.policyName")


def is_own_user(event: Event) -> bool:
    """Say whether an IAM user makes a request about itself. Names have no case."""
    if not _is_user(event):
        return False
    identity = event.user_identity
    own = identity.user_name or identity.arn.rpartition("/")[2]
    return user_of(event).lower() == own.lower()


def is_own_role(event: Event) -> bool:
    """Say whether a role makes a request about itself."""
    role = event.text("requestParameters.roleName")
    return bool(role) and role.lower() == event.user_identity.role_name.lower()


def is_about_root(event: Event) -> bool:
    """Say whether the root user makes a request about itself: it names no IAM user."""
    serial = event.text("requestParameters.serialNumber")
    named = event.text("requestParameters.userName")
    return event.user_identity.is_root and (
        "/root-account" in serial or named in {"", "AWS ROOT USER", "root", "Root"}
    )


def from_console(event: Event) -> bool:
    """Say whether the session that made the request is one of the console; AWS tells, not it."""
    told = str(event.get("sessionCredentialFromConsole")).lower() == "true"
    return told or event.source_ip_address == "AWS Internal"


def unattended(event: Event) -> bool:
    """Say whether AWS acted on its own, or a deploy role: no service that acts for somebody."""
    identity = event.user_identity
    return (
        identity.type == "AWSService"
        or event.event_type == "AwsServiceEvent"
        or identity.is_service_linked_role
        or event.environment.is_deploy_role(identity.role_arn or identity.arn)
    )


def administers(statement: Statement) -> bool:
    """Say whether it allows everything, or all of IAM, which comes to the same."""
    all_of_iam = statement.covers_service("iam") and statement.covers_all_of("iam")
    return statement.allows and (statement.covers_everything or all_of_iam)


def administration(event: Event) -> list[Statement]:
    """Return the statements of the request's policy that make an administrator."""
    document = event.get("requestParameters.policyDocument")
    return [statement for statement in statements(document) if administers(statement)]


def attaches_administration(event: Event) -> bool:
    """Say whether the request attaches the policy `AdministratorAccess`, of any partition."""
    arn = event.text("requestParameters.policyArn")
    return event.name.startswith("Attach") and arn.endswith(":policy/AdministratorAccess")


def is_quarantine(policy: str) -> bool:
    """Say whether AWS uses a policy of that name to disarm a user whose key has leaked."""
    return bool(_QUARANTINE.match(policy))


def restricts(policy: str) -> bool:
    """Say whether a policy's name tells that it takes permissions away."""
    return bool(_RESTRICTION.search(policy))


def _is_user(event: Event) -> bool:
    return event.user_identity.is_iam_user
