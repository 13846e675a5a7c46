"""Server or function changed users, roles or policies.

Programs on instances and in Lambda serve customers; they have no business with IAM. If one has,
somebody is probably using the credentials that it was given.
"""

from collections.abc import Iterator

from trailwarden import Event, Example, Match, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.samples import (
    ACCOUNT,
    assumed_role,
    denied,
    iam_user,
    instance_role,
    record,
)
from trailwarden.cloudtrail.values import Record
from trailwarden.environment import Environment
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


def detect(event: Event) -> Match | None:
    place = workload(event)
    if not place or event.by_automation or not (event.succeeded or event.denied):
        return None
    if event.denied:
        return Match(f"{place} refused {event.name}"[:100], severity=Severity.MEDIUM)
    return Match(f"{place}: {event.name} {entity_of(event)}"[:100])


def workload(event: Event) -> str:
    identity = event.user_identity
    if identity.is_instance_role:
        return "instance"
    function = identity.is_assumed_role and "exec-env/AWS_Lambda" in event.user_agent
    return "function" if function and event.action in SENSITIVE_CHANGES else ""


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[*SENSITIVE_CHANGES, *WEAKENING],
    where={"userIdentity": {"type": ["AssumedRole"]}},
    severity=Severity.HIGH,
    attack={
        Tactic.PERSISTENCE: ["T1098", "T1136.003"],
        Tactic.PRIVILEGE_ESCALATION: ["T1078.004", "T1098"],
    },
    response="Ask the owner of the program. If it does not do that, revoke the role's sessions, "
    "undo the change, isolate the instance or function, and find how the credentials got out.",
    false_positives="A build server or a program that manages users. Name its role as a deploy "
    "role of the environment.",
)

ENVIRONMENT = Environment(deploy_roles=(f"arn:aws:iam::{ACCOUNT}:role/jenkins",))
LAMBDA = "Boto3/1.40.0 md/Botocore#1.40.0 exec-env/AWS_Lambda_python3.13"


def examples() -> Iterator[Example]:
    bob = {"userName": "bob"}
    web = instance_role("web")
    yield alerts("an instance", record("iam:CreateUser", web, requestParameters=bob))
    old = assumed_role("web", "i-0a1b2c3d")
    yield alerts("an old instance", record("iam:DeleteUserPolicy", old, requestParameters=bob))
    yield alerts("a refused instance", denied("iam:CreateAccessKey", web))
    yield alerts("a function", by_function("CreateAccessKey"))
    yield silent("a function that deletes", by_function("DeleteAccessKey"))
    yield silent("a build server", record("iam:CreateUser", instance_role("jenkins")))
    yield silent("a role", record("iam:CreateUser", assumed_role("app"), requestParameters=bob))
    yield silent("a user", record("iam:CreateUser", iam_user("alice"), requestParameters=bob))
    absent = record("iam:DeleteUser", web, errorCode="NoSuchEntityException")
    yield silent("an attempt that fails", absent)


def by_function(name: str) -> Record:
    app = assumed_role("app", "app-function")
    return record(f"iam:{name}", app, userAgent=LAMBDA, requestParameters={"userName": "bob"})
