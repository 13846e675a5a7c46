"""Reads requests that pass a role to a service, which then runs something with it."""

from collections.abc import Iterator, Mapping
from typing import Any

ROLE_TAKERS = (
    "airflow:CreateEnvironment",
    "airflow:UpdateEnvironment",
    "apprunner:CreateService",
    "apprunner:UpdateService",
    "appsync:CreateDataSource",
    "appsync:UpdateDataSource",
    "batch:RegisterJobDefinition",
    "bedrock-agentcore:CreateAgentRuntime",
    "bedrock-agentcore:CreateBrowser",
    "bedrock-agentcore:CreateCodeInterpreter",
    "bedrock-agentcore:CreateGateway",
    "bedrock-agentcore:UpdateAgentRuntime",
    "bedrock-agentcore:UpdateGateway",
    "bedrock:CreateAgent",
    "bedrock:CreateFlow",
    "bedrock:UpdateAgent",
    "braket:CreateJob",
    "codebuild:CreateProject",
    "codebuild:UpdateProject",
    "codedeploy:CreateDeploymentGroup",
    "codedeploy:UpdateDeploymentGroup",
    "codepipeline:CreatePipeline",
    "codepipeline:UpdatePipeline",
    "cognito-identity:SetIdentityPoolRoles",
    "config:PutRemediationConfigurations",
    "ecs:RegisterTaskDefinition",
    "ecs:RunTask",
    "ecs:StartTask",
    "emr-serverless:StartJobRun",
    "events:PutTargets",
    "glue:CreateDevEndpoint",
    "glue:CreateJob",
    "glue:CreateSession",
    "glue:UpdateJob",
    "iot:CreateRoleAlias",
    "iot:UpdateRoleAlias",
    "kinesisanalytics:CreateApplication",
    "lambda:CreateFunction",
    "lambda:UpdateFunctionConfiguration",
    "omics:StartRun",
    "pipes:CreatePipe",
    "pipes:UpdatePipe",
    "rolesanywhere:CreateProfile",
    "rolesanywhere:UpdateProfile",
    "sagemaker:CreateAutoMLJob",
    "sagemaker:CreateAutoMLJobV2",
    "sagemaker:CreateDomain",
    "sagemaker:CreateModel",
    "sagemaker:CreateNotebookInstance",
    "sagemaker:CreatePipeline",
    "sagemaker:CreateProcessingJob",
    "sagemaker:CreateTrainingJob",
    "sagemaker:CreateUserProfile",
    "sagemaker:UpdateDomain",
    "sagemaker:UpdateNotebookInstance",
    "sagemaker:UpdatePipeline",
    "sagemaker:UpdateUserProfile",
    "scheduler:CreateSchedule",
    "scheduler:UpdateSchedule",
    "ssm:RegisterTaskWithMaintenanceWindow",
    "ssm:StartAutomationExecution",
    "states:CreateStateMachine",
    "states:UpdateStateMachine",
)
"""The events that have a service run something with a role that is passed to it."""

_NO_ROLES = frozenset({"environment", "environmentVariables", "tags", "variables"})
_DEEPEST = 8


def passed_roles(parameters: Any) -> Iterator[str]:
    """Yield the roles, by name or ARN, that a request to run something names anywhere."""
    yield from _texts_of_roles(parameters, named=False, depth=_DEEPEST)


def _texts_of_roles(value: Any, *, named: bool, depth: int) -> Iterator[str]:
    """Yield the texts below keys that are about roles; variables and tags are not parameters."""
    if isinstance(value, str) and named:
        yield value
    pairs = value.items() if isinstance(value, Mapping) else ()
    inner = [(v, named or "role" in str(k).lower()) for k, v in pairs if str(k) not in _NO_ROLES]
    if isinstance(value, list):
        inner = [(one, named) for one in value]
    for below, about in inner if depth else ():
        yield from _texts_of_roles(below, named=about, depth=depth - 1)
