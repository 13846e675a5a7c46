"""Tells what a request puts into the hands of its caller: users, keys, roles and machines.

Ordinary work does the same all day. So this links two requests only where something else speaks
for it, and only for a day: `detection.incident` has the limits.
"""

import json
from collections.abc import Callable, Iterator, Mapping

from trailwarden.cloudtrail.event import Event
from trailwarden.cloudtrail.handles import (
    account_of,
    kind_and_name,
    machine,
    named_session,
    partition_of,
    role,
    user,
)
from trailwarden.cloudtrail.passing import ROLE_TAKERS, instance_profiles, passed_roles
from trailwarden.cloudtrail.values import dig, listed, text_of

MOST = 1_000
"""How many handles of one request are kept."""

Hands = Callable[[Event], Iterator[str]]
"""Yield the handles that a request puts into its caller's hands."""


def handed_by(event: Event) -> tuple[str, ...]:
    """Return the handles that the request puts into its caller's hands, without its own."""
    read = HANDING.get(event.action)
    if read is None or not event.succeeded:
        return ()
    own = {user(event.user_identity.account_id, _own_name(event)), _own_role(event)}
    found = dict.fromkeys(filter(None, read(event)))
    return tuple(handle for handle in found if handle not in own)[:MOST]


def _own_name(event: Event) -> str:
    identity = event.user_identity
    return identity.user_name or identity.arn if identity.is_iam_user else ""


def _own_role(event: Event) -> str:
    return role(event.user_identity.account_id, event.user_identity.role_arn)


def _user(event: Event) -> Iterator[str]:
    answered = (event.answer(f"{part}.userName") for part in _NAMED_IN_ANSWERS)
    name = event.request("userName") or next(filter(None, answered), "")
    yield user(event.recipient_account_id, name)


def _allowed_user(event: Event) -> Iterator[str]:
    """Yield the user, unless the policy can only deny: a responder takes nobody over."""
    yield from () if _only_denies(event) else _user(event)


def _allowed_role(event: Event) -> Iterator[str]:
    yield from () if _only_denies(event) else _role(event)


def _user_activated(event: Event) -> Iterator[str]:
    yield from _user(event) if event.request("status") == "Active" else ()


def _only_denies(event: Event) -> bool:
    """Say whether the policy of a request allows nothing, as those that lock somebody out."""
    _, of_aws, name = event.request("policyArn").partition(":iam::aws:policy/")
    if of_aws and name.startswith(_LOCKS):
        return True
    try:
        statements = listed(dig(json.loads(event.request("policyDocument")), "Statement"))
    except (ValueError, RecursionError):
        return False
    return bool(statements) and all(dig(one, "Effect") == "Deny" for one in statements)


def _key(event: Event) -> Iterator[str]:
    key = event.answer("accessKey.accessKeyId")
    yield f"K:{key}" if key else ""
    yield from _user(event)


def _key_activated(event: Event) -> Iterator[str]:
    if event.request("status") == "Active":
        key = event.request("accessKeyId")
        yield f"K:{key}" if key else ""
        yield from _user(event)


def _renamed(event: Event) -> Iterator[str]:
    yield user(event.recipient_account_id, event.request("newUserName"))


def _role(event: Event) -> Iterator[str]:
    yield role(event.recipient_account_id, event.request("roleName"))


def _directory_user(event: Event) -> Iterator[str]:
    told = (event.answer("userId"), event.answer("user.userId"), event.request("userId"))
    if person := next(filter(None, told), ""):
        yield f"I:{person}"


def _assigned(event: Event) -> Iterator[str]:
    if event.request("principalType") == "USER" and (person := event.request("principalId")):
        yield f"I:{person}"


def _member(event: Event) -> Iterator[str]:
    if person := event.request("memberId.userId"):
        yield f"I:{person}"


def _launched(event: Event) -> Iterator[str]:
    for instance in listed(event.get("responseElements.instancesSet")):
        yield machine(text_of(dig(instance, "instanceId")))


def _instance(event: Event) -> Iterator[str]:
    for path in _PLACES_OF_INSTANCES:
        for value in listed(event.get(f"requestParameters.{path}")):
            yield _if_instance(text_of(value))
    for target in listed(event.get("requestParameters.targets")):
        if text_of(dig(target, "key")).lower() in ("instanceids", "parametervalues"):
            yield from (_if_instance(text_of(value)) for value in listed(dig(target, "values")))


def _job_on_instances(event: Event) -> Iterator[str]:
    yield from _instance(event)
    yield from _passed(event)


def _rewritten(event: Event) -> Iterator[str]:
    """Yield an instance whose start is another from now on: no other attribute gives it away."""
    data = event.get("requestParameters.userData")
    if data or event.request("attribute") == "userData":
        yield from _instance(event)


def _profiled(event: Event) -> Iterator[str]:
    """Yield the instance whose role is another from now on; only the answer names it."""
    inner = "iamInstanceProfileAssociation.instanceId"
    yield _if_instance(
        event.answer(inner) or event.answer(f"ReplaceIamInstanceProfileAssociationResponse.{inner}")
    )


def _if_instance(name: str) -> str:
    return machine(name) if name.startswith("i-") else ""


def _function(event: Event) -> Iterator[str]:
    """Yield the function, and its session by the name that Lambda gives it: that of the function.

    Many records of functions name no machine, but all name the session.
    """
    arn, role_arn = event.answer("functionArn"), event.answer("role")
    yield machine(arn)
    kind, role_name = kind_and_name(role_arn)
    if kind == "role" and ":function:" in arn:
        name = arn.partition(":function:")[2].partition(":")[0]
        assumed = f"{account_of(role_arn)}:assumed-role/{role_name}/{name}"
        yield named_session(f"arn:{partition_of(role_arn)}:sts::{assumed}")
    yield from _passed(event)


def _build(event: Event) -> Iterator[str]:
    """Yield the role of a build, which the answer names where the request keeps the project's."""
    for part in ("build", "buildBatch", "project"):
        if name := event.answer(f"{part}.serviceRole"):
            yield role(event.recipient_account_id, name)
    yield from _passed(event)


def _task(event: Event) -> Iterator[str]:
    for task in listed(event.get("responseElements.tasks")):
        yield machine(text_of(dig(task, "taskArn")))
    yield from _passed(event)


def _task_entered(event: Event) -> Iterator[str]:
    yield machine(event.answer("taskArn"))


def _passed(event: Event) -> Iterator[str]:
    for name_or_arn in passed_roles(event.get("requestParameters")):
        if ":role/" in name_or_arn or ":" not in name_or_arn:
            yield role(event.recipient_account_id, name_or_arn)


def _of_profile(event: Event) -> Iterator[str]:
    """Yield the role that an instance profile most likely has: consoles give both one name."""
    for name_or_arn in instance_profiles(event.get("requestParameters")):
        yield role(event.recipient_account_id, name_or_arn.rpartition("/")[2])


_NAMED_IN_ANSWERS = ("accessKey", "loginProfile", "serviceSpecificCredential", "user")
_PLACES_OF_INSTANCES = (
    "instanceId",
    "instanceIds",
    "parameters.InstanceId",
    "parameters.InstanceIds",
    "target",
    "AssociateIamInstanceProfileRequest.InstanceId",
    "CreateReplaceRootVolumeTaskRequest.InstanceId",
)

_OF_USERS = (
    "AddUserToGroup",
    "CreateLoginProfile",
    "CreateServiceSpecificCredential",
    "CreateUser",
    "DeleteUserPermissionsBoundary",
    "EnableMFADevice",
    "PutUserPermissionsBoundary",
    "ResetServiceSpecificCredential",
    "UpdateLoginProfile",
    "UploadSigningCertificate",
    "UploadSSHPublicKey",
)
_IF_ACTIVE = (
    "UpdateServiceSpecificCredential",
    "UpdateSigningCertificate",
    "UpdateSSHPublicKey",
)
_LOCKS = ("AWSDenyAll", "AWSCompromisedKeyQuarantine")
_OF_ROLES = (
    "AddRoleToInstanceProfile",
    "CreateRole",
    "DeleteRolePermissionsBoundary",
    "PutRolePermissionsBoundary",
    "UpdateAssumeRolePolicy",
)
_OF_BUILDS = (
    "codebuild:CreateProject",
    "codebuild:RetryBuild",
    "codebuild:RetryBuildBatch",
    "codebuild:StartBuild",
    "codebuild:StartBuildBatch",
    "codebuild:UpdateProject",
)
_OF_INSTANCES = (
    "ec2-instance-connect:OpenTunnel",
    "ec2-instance-connect:SendSerialConsoleSSHPublicKey",
    "ec2-instance-connect:SendSSHPublicKey",
    "ec2:AssociateIamInstanceProfile",
    "ec2:CreateReplaceRootVolumeTask",
    "ec2:GetPasswordData",
    "ssm:SendCommand",
    "ssm:StartSession",
)
_WITH_PROFILES = (
    "autoscaling:CreateLaunchConfiguration",
    "ec2:CreateLaunchTemplate",
    "ec2:CreateLaunchTemplateVersion",
    "ec2:RequestSpotFleet",
    "ec2:RequestSpotInstances",
    "pcs:CreateComputeNodeGroup",
)
_ALSO_PASS = (
    "batch:SubmitJob",
    "cloudformation:CreateChangeSet",
    "cloudformation:CreateStack",
    "cloudformation:CreateStackSet",
    "cloudformation:UpdateStack",
    "cloudformation:UpdateStackSet",
    "ecs:CreateService",
    "ecs:CreateTaskSet",
    "ecs:UpdateService",
)
"""The requests that pass a role as well, which no rule on passed roles reads."""

HANDING: Mapping[str, Hands] = {
    **dict.fromkeys((*ROLE_TAKERS, *_ALSO_PASS), _passed),
    **{f"iam:{name}": _user for name in _OF_USERS},
    **{f"iam:{name}": _role for name in _OF_ROLES},
    **dict.fromkeys(_OF_BUILDS, _build),
    **dict.fromkeys(_OF_INSTANCES, _instance),
    **dict.fromkeys(_WITH_PROFILES, _of_profile),
    **dict.fromkeys(("iam:AttachUserPolicy", "iam:PutUserPolicy"), _allowed_user),
    **dict.fromkeys(("iam:AttachRolePolicy", "iam:PutRolePolicy"), _allowed_role),
    **{f"iam:{name}": _user_activated for name in _IF_ACTIVE},
    **dict.fromkeys(("ssm:CreateAssociation", "ssm:StartAutomationExecution"), _job_on_instances),
    "ec2:ModifyInstanceAttribute": _rewritten,
    "ec2:ReplaceIamInstanceProfileAssociation": _profiled,
    "iam:UpdateUser": _renamed,
    "ec2:RunInstances": _launched,
    "ecs:ExecuteCommand": _task_entered,
    "ecs:RunTask": _task,
    "ecs:StartTask": _task,
    "iam:CreateAccessKey": _key,
    "iam:UpdateAccessKey": _key_activated,
    "identitystore:CreateGroupMembership": _member,
    "identitystore:CreateUser": _directory_user,
    "lambda:CreateFunction": _function,
    "lambda:UpdateFunctionCode": _function,
    "lambda:UpdateFunctionConfiguration": _function,
    "sso-directory:CreateUser": _directory_user,
    "sso-directory:UpdatePassword": _directory_user,
    "sso:CreateAccountAssignment": _assigned,
}
"""How each request that hands something over tells of it."""
