"""Administrator's role handed to a service.

Whoever may hand a role to a function, a job or a container acts as that role, whatever their own
permissions are. With an administrator's role it is the shortest way to own an account.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from trailwarden import Event, Example, Match, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.samples import ACCOUNT, denied, iam_user, record
from trailwarden.cloudtrail.values import Record, listed, text_of

ADMIN = re.compile(r"admin(?!istration)|power-?user|full-?access", re.IGNORECASE)
"""What the names of roles with very many permissions say."""


def detect(event: Event) -> Match | None:
    if event.by_automation or not event.succeeded:
        return None
    names = (role.rpartition("/")[2] for role in roles(event.get("requestParameters"), depth=5))
    privileged = next((name for name in names if ADMIN.search(name)), "")
    return (
        Match(f"{privileged[:80]} to {event.service}", subject=privileged) if privileged else None
    )


def roles(value: Any, *, depth: int) -> Iterator[str]:
    """Yield the roles that a request names anywhere, by name or ARN, but for those that pull."""
    inner = listed(value) if isinstance(value, list) else []
    if isinstance(value, Mapping):
        inner = list(value.values())
        yield from (text_of(v) for k, v in value.items() if is_role_key(str(k).lower()))
    for below in inner if depth else []:
        yield from roles(below, depth=depth - 1)


def is_role_key(key: str) -> bool:
    """Say whether a parameter of that name holds the role that something will run with."""
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
    severity=Severity.HIGH,
    attack={Tactic.PRIVILEGE_ESCALATION: ["T1548.005", "T1098.003"], Tactic.EXECUTION: ["T1648"]},
    response="Ask whoever it was. If nobody explains it, stop what runs with the role, revoke the "
    "role's sessions, and look for users, keys and policies that it made.",
    false_positives="Administrators who deploy by hand; pipelines: name theirs in `deploy_roles`.",
    references=["https://pathfinding.cloud/"],
)


def examples() -> Iterator[Example]:
    admin, plain = (f"arn:aws:iam::{ACCOUNT}:role/{name}" for name in ("OrgAdmin", "orders"))
    yield alerts("to a function", handed("lambda:CreateFunction20150331", role=admin))
    yield alerts("to a task", handed("ecs:RunTask", overrides={"taskRoleArn": admin}))
    yield alerts("to a build", handed("codebuild:UpdateProject", serviceRole=admin))
    yield alerts("to a job, by name", handed("glue:UpdateJob", jobUpdate={"role": "AdminRole"}))
    yield silent("an ordinary role", handed("lambda:CreateFunction20150331", role=plain))
    in_name = f"arn:aws:iam::{ACCOUNT}:role/admin/orders"
    yield silent("only its path says so", handed("ecs:RunTask", taskRoleArn=in_name))
    yield silent("a refusal", denied("lambda:CreateFunction20150331", iam_user("mallory")))


def handed(action: str, **told: Any) -> Record:
    return record(action, iam_user("mallory"), requestParameters=told)
