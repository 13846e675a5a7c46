"""Reads requests to IAM: which user, group, role or policy they are about, and what they give."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from trailwarden.cloudtrail.event import Event
from trailwarden.cloudtrail.identity import Identity
from trailwarden.cloudtrail.values import dig, text_of
from trailwarden.environment import Environment, matches
from trailwarden.policy.conditions import Limit, Setting, Truth
from trailwarden.policy.document import statements
from trailwarden.policy.escalation import Permissions
from trailwarden.policy.holder import Holder
from trailwarden.policy.managed_policies import Power, power_of
from trailwarden.policy.witness import names_administrator

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
"""The events that give a principal credentials or permissions."""

TRUST_CHANGES = ("iam:CreateRole", "iam:UpdateAssumeRolePolicy")
"""The events that say who may assume a role."""

_ROTATION = frozenset({"iam:CreateAccessKey", "iam:DeleteAccessKey", "iam:UpdateAccessKey"})

GIVEN, TAKEN = "made powerful", "no longer powerful"
_STRONGEST = frozenset({Power.ADMINISTRATOR, Power.ALMOST, Power.IDENTITY})

_NAMED_IN_RESPONSES = (
    "accessKey",
    "loginProfile",
    "serviceSpecificCredential",
    "sSHPublicKey",
    "certificate",
    "user",
)
_NAMES_OF_ROOT = frozenset({"", "AWS ROOT USER", "root", "Root"})
_KEY_ID = re.compile(r"A[A-Z]IA[A-Z2-7]{12}")
_ABOUT = {"userName": "user", "groupName": "group", "roleName": "role"}
_OF_USERS = frozenset({"user", "mfa"})
"""The kinds of resources that bear a user's name: a virtual device mostly does, too."""
_REFUSED = re.compile(
    r" on resource: (?:arn:[a-z-]+:iam::\d*:)?(user|group|role|policy|mfa)[ /]([\w+=,.@/-]+)"
)
_QUARANTINE = re.compile(r"AWSCompromisedKeyQuarantine|AWSExposedCredentialPolicy", re.IGNORECASE)
_RESTRICTION = re.compile(
    r"permissions?[-_ ]?boundary|(?<![a-z])boundary$|(?<![a-z])guard[-_ ]?rails?$"
    r"|(?<![a-z])(?:aws)?deny[-_ ]?(all|everything|if|non|outside|unless|without)"
    r"|(?<![a-z])restrict[-_ ]?(regions?|to[-_ ])"
    r"|(force|require|enforce)[-_ ]?mfa|mfa[-_ ]?(forced|required|enforced|only)$",
    re.IGNORECASE,
)
"""Phrases that a restriction's name has, and hardly any other's: one word alone tells nothing."""


def trust_of(event: Event) -> Any:
    """Return the trust policy that a request of `TRUST_CHANGES` gives a role."""
    name = "assumeRolePolicyDocument" if event.name == "CreateRole" else "policyDocument"
    return event.get(f"requestParameters.{name}")


def trusts_vendors_only(event: Event) -> bool:
    """Say whether a request lets vendors alone assume a role, each with an external id."""
    vendors = set(event.environment.trusted_accounts) - set(event.environment.own_accounts)
    doors = [one for one in statements(trust_of(event)) if one.allows]
    return bool(doors) and all(
        bool(one.principals)
        and all(who.kind == "account" and who.account_id in vendors for who in one.principals)
        and any(map(_asks_for_external_id, one.limits))
        for one in doors
    )


def user_of(event: Event) -> str:
    """Return the name of the user a request is about: the caller's own where it names none."""
    named = event.request("userName") or next(
        filter(None, (event.answer(f"{key}.userName") for key in _NAMED_IN_RESPONSES)), ""
    )
    if named:
        return named
    kind, name = _refused_entity(event)
    if kind:
        return name if kind in _OF_USERS else ""
    return own_user_name(event)


def entity_of(event: Event) -> str:
    """Return what a request is about, such as `user alice`, `role app` or `policy deploy`."""
    for field, kind in _ABOUT.items():
        if name := event.request(field):
            return f"{kind} {name}"
    if policy := policy_name(event):
        return f"policy {policy}"
    return " ".join(filter(None, _refused_entity(event)))


def role_of(event: Event) -> str:
    """Return the name of the role a request is about, from its refusal where need be."""
    kind, name = _refused_entity(event)
    return event.request("roleName") or (name if kind == "role" else "")


def policy_name(event: Event) -> str:
    """Return the name of the policy that a request names, by name or by ARN."""
    return event.request("policyArn").rpartition("/")[2] or event.request("policyName")


def is_spare_version(event: Event) -> bool:
    """Say whether a request makes a version of a policy that is not in use by it."""
    default = str(event.get("requestParameters.setAsDefault")).lower() == "true"
    return event.name == "CreatePolicyVersion" and not default


def tags_of(event: Event) -> list[str]:
    """Return the names of the tags that a request puts on a principal, or takes away.

    The console writes the description of an access key into a tag by the key's id, which is none.
    """
    told = [text_of(dig(tag, "key")) for tag in event.listed("requestParameters.tags")]
    told += map(text_of, event.listed("requestParameters.tagKeys"))
    return [name for name in told if name and not _KEY_ID.match(name)]


def own_user_name(event: Event) -> str:
    """Return the name of the IAM user who makes the request; nothing for any other caller."""
    identity = event.user_identity
    if not identity.is_iam_user:
        return ""
    return identity.user_name or identity.arn.rpartition("/")[2]


def is_own_user(event: Event) -> bool:
    """Say whether an IAM user makes a request about itself. Names have no case."""
    own = own_user_name(event)
    return bool(own) and user_of(event).lower() == own.lower()


def rotates_own_key(event: Event) -> bool:
    """Say whether a request may be of a rotation: what programs do every few months to their key.

    A thief does so, too. So this only says that it is no news.
    """
    return event.action in _ROTATION and is_own_user(event)


def is_own_role(event: Event) -> bool:
    """Say whether a role makes a request about itself."""
    role = role_of(event)
    return bool(role) and role.lower() == event.user_identity.role_name.lower()


def is_about_root(event: Event) -> bool:
    """Say whether the root user makes a request about itself."""
    return event.user_identity.is_root and names_no_user(event)


def names_no_user(event: Event) -> bool:
    """Say whether a request names no IAM user: it is then about the caller, or about root."""
    named = event.request("userName")
    return "/root-account" in event.request("serialNumber") or named in _NAMES_OF_ROOT


def root_task_of(event: Event) -> str:
    """Return the task for which a session of a member account's root user is opened."""
    policy = event.get("requestParameters.taskPolicyArn")
    arn = text_of(policy.get("arn") if isinstance(policy, Mapping) else policy)
    return arn.rpartition("/")[2]


ROOT_AUDIT = "IAMAuditRootUserCredentials"
"""The task that changes nothing: a page of the console does it in each account."""


def is_exempt_role(arn: str, environment: Environment) -> bool:
    """Say whether `deploy_roles` or `security_roles` name the role, so that rules exempt it."""
    return matches(arn, _exempt_roles(environment))


def is_exempt_program(identity: Identity, environment: Environment) -> bool:
    """Say whether an exempt role is one of programs: people of Identity Center travel."""
    return not identity.is_sso_role and is_exempt_role(identity.role_arn, environment)


def is_about_exempt_role(event: Event) -> bool:
    """Say whether a request is about a role that `deploy_roles` or `security_roles` name.

    Only the creation of a role tells its path. Other requests give the name alone.
    """
    return _is_about_role(event, _exempt_roles(event.environment))


def is_about_deploy_role(event: Event) -> bool:
    """Say whether a request is about a role that `deploy_roles` names, as far as it tells."""
    return _is_about_role(event, event.environment.deploy_roles)


def lesson_of_power(event: Event) -> str:
    """Return whether a request makes a user, group or role powerful, or no longer; or nothing."""
    strong = power_of(event.request("policyArn")) in _STRONGEST
    if event.name.startswith("Detach"):
        return TAKEN if strong else ""
    if event.name in {"DeleteGroup", "DeleteRole", "DeleteUser"}:
        return TAKEN
    return GIVEN if strong or administration(event) else ""


def holder_of(event: Event) -> Holder:
    """Return who holds the policy that a request writes, as far as the request tells."""
    kind, _, name = entity_of(event).partition(" ")
    environment = event.environment
    return Holder(
        setting=Setting.of(event),
        partition=_partition(event),
        kind=kind,
        name=name,
        privileged=(*environment.break_glass_roles, *environment.deploy_roles),
    )


def permissions_of(event: Event) -> Permissions:
    """Return what the policy in a request allows; several rules ask for the same event."""
    known: Permissions | None = event.__dict__.get("_permissions")
    if known is None:
        known = Permissions(event.get("requestParameters.policyDocument"), holder_of(event))
        event.__dict__["_permissions"] = known
    return known


def administration(event: Event) -> Truth:
    """Say in how many requests the policy that a request writes makes an administrator."""
    return permissions_of(event).administers


def attaches_administration(event: Event) -> bool:
    """Say whether the request attaches a policy of AWS, of any partition, with all of IAM."""
    power = power_of(event.request("policyArn"))
    return event.name.startswith("Attach") and power is Power.ADMINISTRATOR


def is_powerful(role: str, event: Event) -> bool:
    """Say whether a role, by ARN or name, is an administrator's, or one that deploys.

    The environment tells it of some roles. Of others only a name that means nothing else does.
    """
    name = role.rpartition("/")[2]
    environment = event.environment
    globs = (*environment.break_glass_roles, *environment.deploy_roles)
    account = f"arn:{_partition(event)}:iam::{event.recipient_account_id}"
    known = matches(role, globs) if ":" in role else any(_may_name(g, account, name) for g in globs)
    return bool(name) and (known or names_administrator(name))


def is_quarantine(policy: str) -> bool:
    """Say whether AWS uses a policy of that name to disarm a user whose key has leaked."""
    return bool(_QUARANTINE.match(policy))


def restricts(policy: str) -> bool:
    """Say whether a policy's whole name tells that it takes permissions away."""
    return bool(_RESTRICTION.search(policy))


def _refused_entity(event: Event) -> tuple[str, str]:
    """Return the kind and the name that a refusal tells, as IAM records no parameters then."""
    found = _REFUSED.search(event.error_message) if event.denied else None
    return (found[1], found[2].rpartition("/")[2]) if found else ("", "")


def _exempt_roles(environment: Environment) -> tuple[str, ...]:
    return (*environment.deploy_roles, *environment.security_roles)


def _asks_for_external_id(limit: Limit) -> bool:
    return limit.key == "sts:externalid" and not (limit.negated or limit.limits_nothing)


def _is_about_role(event: Event, globs: Sequence[str]) -> bool:
    name = role_of(event)
    account = f"arn:{_partition(event)}:iam::{event.recipient_account_id}"
    if event.name == "CreateRole":
        arn = event.answer("role.arn") or f"{account}:role{event.request('path') or '/'}{name}"
        return matches(arn, globs)
    return bool(name) and any(_may_name(glob, account, name) for glob in globs)


def _may_name(glob: str, account: str, role: str) -> bool:
    """Say whether a glob of ARNs may match the account's role of that name, at any path."""
    if matches(f"{account}:role/{role}", [glob]):
        return True
    of_account, _, path_and_name = glob.partition(":role/")
    return matches(account, [of_account]) and matches(role, [path_and_name.rpartition("/")[2]])


def _partition(event: Event) -> str:
    """Return the partition of the caller's ARN: `aws`, `aws-cn` or another."""
    return event.user_identity.arn.partition("arn:")[2].partition(":")[0] or "aws"
