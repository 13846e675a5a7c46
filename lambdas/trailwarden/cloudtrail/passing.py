"""Reads requests that pass a role to a service, which then runs something with it."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

ROLE_TAKERS = (
    "airflow:CreateEnvironment",
    "airflow:UpdateEnvironment",
    "amplify:CreateApp",
    "amplify:UpdateApp",
    "apprunner:CreateService",
    "apprunner:UpdateService",
    "appstream:CreateFleet",
    "appstream:CreateImageBuilder",
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
    "chatbot:CreateChimeWebhookConfiguration",
    "chatbot:CreateMicrosoftTeamsChannelConfiguration",
    "chatbot:CreateSlackChannelConfiguration",
    "chatbot:UpdateChimeWebhookConfiguration",
    "chatbot:UpdateMicrosoftTeamsChannelConfiguration",
    "chatbot:UpdateSlackChannelConfiguration",
    "cloudformation:ActivateType",
    "cloudformation:RegisterType",
    "codebuild:CreateProject",
    "codebuild:UpdateProject",
    "codeconnections:CreateSyncConfiguration",
    "codeconnections:UpdateSyncConfiguration",
    "codedeploy:CreateDeploymentGroup",
    "codedeploy:UpdateDeploymentGroup",
    "codepipeline:CreatePipeline",
    "codepipeline:UpdatePipeline",
    "codestar-connections:CreateSyncConfiguration",
    "codestar-connections:UpdateSyncConfiguration",
    "cognito-identity:SetIdentityPoolRoles",
    "config:PutRemediationConfigurations",
    "ecs:RegisterTaskDefinition",
    "ecs:RunTask",
    "ecs:StartTask",
    "eks:CreateAddon",
    "eks:CreateCapability",
    "eks:UpdateAddon",
    "eks:UpdateCapability",
    "emr-containers:StartJobRun",
    "emr-serverless:StartJobRun",
    "events:PutTargets",
    "fis:CreateExperimentTemplate",
    "fis:UpdateExperimentTemplate",
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
    "proton:UpdateAccountSettings",
    "redshift:ModifyClusterIamRoles",
    "rolesanywhere:CreateProfile",
    "rolesanywhere:UpdateProfile",
    "sagemaker:CreateAutoMLJob",
    "sagemaker:CreateAutoMLJobV2",
    "sagemaker:CreateCluster",
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
    "servicecatalog:CreateConstraint",
    "servicecatalog:UpdateConstraint",
    "ssm:CreateActivation",
    "ssm:RegisterTaskWithMaintenanceWindow",
    "ssm:StartAutomationExecution",
    "ssm:UpdateManagedInstanceRole",
    "states:CreateStateMachine",
    "states:UpdateStateMachine",
    "synthetics:CreateCanary",
    "synthetics:UpdateCanary",
    "transfer:CreateUser",
    "transfer:UpdateUser",
)
"""The events that have a service run something with a role that is passed to it."""

_NO_ROLES = frozenset({"environment", "environmentVariables", "tags", "variables"})
_DEEPEST = 8


def passed_roles(parameters: Any) -> Iterator[str]:
    """Yield the roles, by name or ARN, that a request to run something names anywhere."""
    yield from _texts_of_roles(parameters, named=False, depth=_DEEPEST)


def _texts_of_roles(value: Any, *, named: bool, depth: int) -> Iterator[str]:
    """Yield the texts below keys that are about roles; variables and tags are not parameters."""
    if isinstance(value, str):
        value = _parsed(value)
    if isinstance(value, str) and named:
        yield value
    pairs = value.items() if isinstance(value, Mapping) else ()
    inner = [(v, named or "role" in str(k).lower()) for k, v in pairs if str(k) not in _NO_ROLES]
    if isinstance(value, list):
        inner = [(one, named) for one in value]
    for below, about in inner if depth else ():
        yield from _texts_of_roles(below, named=about, depth=depth - 1)


def _parsed(text: str) -> Any:
    """Return the object that a text holds as JSON, as Service Catalog writes it; else the text."""
    if not text.startswith("{"):
        return text
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text
