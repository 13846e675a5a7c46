"""Workload changed IAM.

Programs on instances, in containers and in Lambda serve customers. They have no business with IAM.
An intruder probably uses the credentials of the workload.

A controller that makes roles for a cluster does so every day. What a workload did on three days,
from a week ago on, is its routine: that is LOW. All that it changes in a week is one alert.
"""

from trailwarden import NOBODY, WORKLOADS, Caller, Event, Match, Rule, Severity, Tactic, either
from trailwarden.cloudtrail.caller import resembles_workload
from trailwarden.cloudtrail.samples import (
    ACCOUNT,
    ROLE,
    Fields,
    assumed_role,
    function,
    instance_role,
    refused,
    request,
    task,
)
from trailwarden.correlations import DAY, routine
from trailwarden.environment import Environment
from trailwarden.examples import Examples, alerts, examples_of_routine, silent
from trailwarden.services.iam import SENSITIVE_CHANGES, entity_of

WEAKENING = (
    "iam:CreateGroup",
    "iam:CreateOpenIDConnectProvider",
    "iam:CreatePolicy",
    "iam:CreateSAMLProvider",
    "iam:CreateServiceSpecificCredential",
    "iam:CreateVirtualMFADevice",
    "iam:DeactivateMFADevice",
    "iam:DeleteAccessKey",
    "iam:DeleteGroup",
    "iam:DeleteGroupPolicy",
    "iam:DeleteLoginProfile",
    "iam:DeletePolicy",
    "iam:DeleteRole",
    "iam:DeleteRolePermissionsBoundary",
    "iam:DeleteRolePolicy",
    "iam:DeleteUser",
    "iam:DeleteUserPermissionsBoundary",
    "iam:DeleteUserPolicy",
    "iam:DetachGroupPolicy",
    "iam:DetachRolePolicy",
    "iam:DetachUserPolicy",
    "iam:EnableMFADevice",
    "iam:PutRolePermissionsBoundary",
    "iam:PutUserPermissionsBoundary",
    "iam:RemoveRoleFromInstanceProfile",
    "iam:RemoveUserFromGroup",
    "iam:UpdateAccessKey",
    "iam:UpdateAccountPasswordPolicy",
    "iam:UpdateRole",
    "iam:UpdateSAMLProvider",
    "iam:UpdateUser",
    "iam:UploadSSHPublicKey",
)
IN_LAMBDA = "exec-env/AWS_Lambda"


def detect(event: Event) -> Match | None:
    in_lambda = event.caller is Caller.FUNCTION or IN_LAMBDA in event.user_agent
    if in_lambda and event.action not in SENSITIVE_CHANGES:
        return None
    if not (in_lambda or resembles_workload(event)):
        return None
    return Match(f"{event.name} {entity_of(event)}".strip())


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[*SENSITIVE_CHANGES, *WEAKENING],
    exempt=NOBODY,
    callers=WORKLOADS | {Caller.ROLE},
    outcome=either(refused=Severity.MEDIUM),
    severity=Severity.HIGH,
    attack={
        Tactic.PERSISTENCE: ["T1098", "T1136.003"],
        Tactic.PRIVILEGE_ESCALATION: ["T1078.004", "T1098"],
    },
    response="Ask the owner of the program. If it does not make such changes, revoke the role's "
    "sessions and undo the change. Isolate the workload, and find how the credentials got out.",
    false_positives="A build server, or a program that manages users. Name its role in "
    "`deploy_roles`.",
    correlation=routine(),
    window=7 * DAY,
)

ENVIRONMENT = Environment(deploy_roles=(f"arn:aws:iam::{ACCOUNT}:role/jenkins",))


def examples() -> Examples:
    create, web = "iam:CreateUser", instance_role("web")
    old = assumed_role("web", "i-0a1b2c3d")
    yield alerts(
        "an instance of old", request(create, old, userName="bob"), label="CreateUser user bob"
    )
    yield alerts("an instance", request(create, web, userName="bob"), severity=Severity.HIGH)
    for action in (*SENSITIVE_CHANGES, *WEAKENING):
        yield alerts(f"a container, {action}", request(action, task("web")))
    yield alerts(
        "a refused instance", refused("iam:CreateAccessKey", web), severity=Severity.MEDIUM
    )
    thumbs = function("thumbs", "thumbs")
    yield alerts("a function", request(create, thumbs, userName="bob"))
    agent = {"userAgent": f"Boto3/1.40.0 md/Botocore#1.40.0 {IN_LAMBDA}_python3.13"}
    yield alerts("a function, by its tool", request(create, ROLE, userName="bob", fields=agent))
    old_key: Fields = {"userName": "bob", "accessKeyId": "AKIAI44QH8DHBEXAMPLE"}
    yield silent("a function that deletes", request("iam:DeleteAccessKey", thumbs, **old_key))
    yield silent("a build server", request(create, instance_role("jenkins"), userName="bob"))
    yield silent("another role", request(create, ROLE, userName="bob"))
    absent = {"errorCode": "NoSuchEntityException"}
    yield silent("a user who is not there", request(create, web, userName="bob", fields=absent))
    roles = "iam:DeleteRole"
    made: Fields = {"roleName": "pr-1"}
    yield from examples_of_routine(
        lambda day: request(roles, web, day=day, **made),
        told=Severity.HIGH,
        other=lambda day: request(roles, instance_role("api"), day=day, **made),
    )
    usual = [request(roles, web, day=day, **made) for day in (-9, -8, -7)]
    new = request(create, web, userName="bob")
    yield alerts("a user, by who makes roles", *usual, new, last=Severity.HIGH)
