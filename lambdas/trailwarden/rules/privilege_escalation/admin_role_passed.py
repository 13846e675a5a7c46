"""Administrator role passed to a service.

A principal that passes a role to a function, a job or a container acts as that role. With an
administrator's role, that is the shortest way to own an account.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from trailwarden import (
    DEPLOYMENT,
    SUCCEEDED,
    Event,
    Example,
    Match,
    Rule,
    Severity,
    Tactic,
    alerts,
    silent,
)
from trailwarden.cloudtrail.samples import ACCOUNT, Fields, refused, request
from trailwarden.cloudtrail.values import Record, listed, text_of

ADMIN = re.compile(r"admin(?!istration)|power-?user|full-?access", re.IGNORECASE)
"""Words in the names of roles with very many permissions."""


def detect(event: Event) -> Match | None:
    names = (role.rpartition("/")[2] for role in roles(event.get("requestParameters"), depth=5))
    privileged = next((name for name in names if ADMIN.search(name)), "")
    return Match(f"{privileged} to {event.service}", subject=privileged) if privileged else None


def roles(value: Any, *, depth: int) -> Iterator[str]:
    """Yield the roles that a request names anywhere, by name or ARN, but for those that pull."""
    inner = listed(value) if isinstance(value, list) else []
    if isinstance(value, Mapping):
        inner = list(value.values())
        yield from (text_of(v) for k, v in value.items() if is_role_key(str(k).lower()))
    for below in inner if depth else []:
        yield from roles(below, depth=depth - 1)


def is_role_key(key: str) -> bool:
    """Say whether a parameter of that name holds the role of a later run."""
    return key.endswith(("role", "rolearn", "roleoverride"))


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "apprunner:CreateService",
        "apprunner:UpdateService",
        "batch:RegisterJobDefinition",
        "bedrock-agentcore:CreateAgentRuntime",
        "bedrock-agentcore:CreateCodeInterpreter",
        "codebuild:CreateProject",
        "codebuild:UpdateProject",
        "ecs:RegisterTaskDefinition",
        "ecs:RunTask",
        "ecs:StartTask",
        "glue:CreateJob",
        "glue:CreateSession",
        "glue:UpdateJob",
        "lambda:CreateFunction",
        "lambda:UpdateFunctionConfiguration",
        "pipes:CreatePipe",
        "sagemaker:CreateAutoMLJob",
        "sagemaker:CreateDomain",
        "sagemaker:CreateModel",
        "sagemaker:CreateNotebookInstance",
        "sagemaker:CreateProcessingJob",
        "sagemaker:CreateTrainingJob",
        "sagemaker:CreateUserProfile",
        "scheduler:CreateSchedule",
        "states:CreateStateMachine",
        "states:UpdateStateMachine",
    ],
    exempt=DEPLOYMENT,
    outcome=SUCCEEDED,
    severity=Severity.HIGH,
    attack={Tactic.PRIVILEGE_ESCALATION: ["T1548.005", "T1098.003"], Tactic.EXECUTION: ["T1648"]},
    response="Ask the caller. If nobody explains it, stop the service's run and revoke the role's "
    "sessions. Look for users, keys and policies that the role made.",
    false_positives="Administrators deploy by hand. Name the roles of pipelines in `deploy_roles`.",
    references=["https://pathfinding.cloud/"],
)

CREATE = "lambda:CreateFunction20150331"
ADMIN_ROLE = f"arn:aws:iam::{ACCOUNT}:role/OrgAdmin"


def examples() -> Iterator[Example]:
    yield alerts("to a function", function(ADMIN_ROLE), subject="OrgAdmin")
    yield alerts("to a job, by name", request("glue:UpdateJob", jobName="j", jobUpdate=NAMED))
    for action in ("ecs:RunTask", "ecs:StartTask"):
        task: Fields = {"taskDefinition": "t", "overrides": {"taskRoleArn": ADMIN_ROLE}}
        instances: Fields = {"containerInstances": ["i"]} if "Start" in action else {}
        yield alerts(action, request(action, **task, **instances))
    service: Fields = {"instanceConfiguration": {"instanceRoleArn": ADMIN_ROLE}}
    made = request("apprunner:CreateService", serviceName="s", sourceConfiguration={}, **service)
    yield alerts("to a web service", made)
    yield alerts("to a changed one", request("apprunner:UpdateService", serviceArn="s", **service))
    container = {"jobRoleArn": ADMIN_ROLE}
    job: Fields = {"jobDefinitionName": "j", "type": "container", "containerProperties": container}
    yield alerts("to a batch job", request("batch:RegisterJobDefinition", **job))
    settings = {"executionRole": ADMIN_ROLE}
    profile: Fields = {"domainId": "d", "userProfileName": "u", "userSettings": settings}
    yield alerts("to a profile", request("sagemaker:CreateUserProfile", **profile))
    domain: Fields = {"domainName": "d", "authMode": "IAM", "defaultUserSettings": settings}
    yield alerts("to a domain", request("sagemaker:CreateDomain", **domain))
    rate: Fields = {"scheduleExpression": "rate(1 day)", "flexibleTimeWindow": {}}
    target = {"roleArn": ADMIN_ROLE}
    yield alerts(
        "to a schedule", request("scheduler:CreateSchedule", name="s", target=target, **rate)
    )
    yield silent("an ordinary role", function(f"arn:aws:iam::{ACCOUNT}:role/orders"))
    yield silent("only its path says so", function(f"arn:aws:iam::{ACCOUNT}:role/admin/orders"))
    yield silent("refused", refused(CREATE))


NAMED = {"role": "AdminRole"}


def function(role: str) -> Record:
    return request(CREATE, functionName="f", code={}, role=role)
