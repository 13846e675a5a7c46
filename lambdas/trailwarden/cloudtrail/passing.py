"""Reads requests that pass a role to a service, which then runs something with it."""

import json
from collections.abc import Container, Iterator, Mapping
from typing import Any

ROLE_TAKERS = (
    "aidevops:AssociateService",
    "aidevops:UpdateAssociation",
    "airflow-serverless:CreateWorkflow",
    "airflow-serverless:UpdateWorkflow",
    "airflow:CreateEnvironment",
    "airflow:UpdateEnvironment",
    "amplify:CreateApp",
    "amplify:CreateBranch",
    "amplify:UpdateApp",
    "amplify:UpdateBranch",
    "apigateway:CreateIntegration",
    "apigateway:PutIntegration",
    "apigateway:UpdateIntegration",
    "apprunner:CreateService",
    "apprunner:UpdateService",
    "appstream:CreateAppBlockBuilder",
    "appstream:CreateFleet",
    "appstream:CreateImageBuilder",
    "appstream:UpdateAppBlockBuilder",
    "appstream:UpdateFleet",
    "appsync:CreateDataSource",
    "appsync:UpdateDataSource",
    "athena:CreateWorkGroup",
    "athena:StartSession",
    "athena:UpdateWorkGroup",
    "batch:RegisterJobDefinition",
    "bedrock-agentcore:CreateAgentRuntime",
    "bedrock-agentcore:CreateBrowser",
    "bedrock-agentcore:CreateCodeInterpreter",
    "bedrock-agentcore:CreateGateway",
    "bedrock-agentcore:CreateHarness",
    "bedrock-agentcore:UpdateAgentRuntime",
    "bedrock-agentcore:UpdateGateway",
    "bedrock-agentcore:UpdateHarness",
    "bedrock:CreateAgent",
    "bedrock:CreateFlow",
    "bedrock:UpdateAgent",
    "bedrock:UpdateFlow",
    "braket:CreateJob",
    "budgets:CreateBudgetAction",
    "budgets:UpdateBudgetAction",
    "chatbot:CreateChimeWebhookConfiguration",
    "chatbot:CreateMicrosoftTeamsChannelConfiguration",
    "chatbot:CreateSlackChannelConfiguration",
    "chatbot:UpdateChimeWebhookConfiguration",
    "chatbot:UpdateMicrosoftTeamsChannelConfiguration",
    "chatbot:UpdateSlackChannelConfiguration",
    "cloudcontrolapi:CreateResource",
    "cloudcontrolapi:DeleteResource",
    "cloudcontrolapi:UpdateResource",
    "cloudformation:ActivateType",
    "cloudformation:RegisterType",
    "codebuild:CreateProject",
    "codebuild:StartBuild",
    "codebuild:StartBuildBatch",
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
    "cognito-idp:CreateGroup",
    "cognito-idp:UpdateGroup",
    "config:PutRemediationConfigurations",
    "datapipeline:PutPipelineDefinition",
    "datazone:AssociateEnvironmentRole",
    "deadline:CreateFleet",
    "deadline:CreateQueue",
    "deadline:UpdateFleet",
    "deadline:UpdateQueue",
    "devicefarm:CreateProject",
    "devicefarm:ScheduleRun",
    "devicefarm:UpdateProject",
    "ecs:CreateExpressGatewayService",
    "ecs:RegisterDaemonTaskDefinition",
    "ecs:RegisterTaskDefinition",
    "ecs:RunTask",
    "ecs:StartTask",
    "ecs:UpdateExpressGatewayService",
    "eks:CreateAddon",
    "eks:CreateCapability",
    "eks:CreateFargateProfile",
    "eks:CreateNodegroup",
    "eks:CreatePodIdentityAssociation",
    "eks:UpdateAddon",
    "eks:UpdateCapability",
    "eks:UpdatePodIdentityAssociation",
    "elasticbeanstalk:CreateApplicationVersion",
    "elasticbeanstalk:CreateEnvironment",
    "elasticbeanstalk:UpdateEnvironment",
    "elasticmapreduce:AddJobFlowSteps",
    "elasticmapreduce:RunJobFlow",
    "elasticmapreduce:StartNotebookExecution",
    "elasticmapreduce:StartSession",
    "emr-containers:CreateJobTemplate",
    "emr-containers:CreateManagedEndpoint",
    "emr-containers:StartJobRun",
    "emr-serverless:StartJobRun",
    "emr-serverless:StartSession",
    "events:CreateSubscriber",
    "events:PutTargets",
    "events:UpdateSubscriber",
    "fis:CreateExperimentTemplate",
    "fis:UpdateExperimentTemplate",
    "gamelift:CreateContainerFleet",
    "gamelift:CreateFleet",
    "gamelift:CreateGameServerGroup",
    "gamelift:UpdateGameServerGroup",
    "gameliftstreams:StartStreamSession",
    "glue:CreateDevEndpoint",
    "glue:CreateJob",
    "glue:CreateSession",
    "glue:StartBlueprintRun",
    "glue:UpdateJob",
    "greengrass:AssociateRoleToGroup",
    "iot:CreateRoleAlias",
    "iot:UpdateRoleAlias",
    "kafkaconnect:CreateConnector",
    "kinesisanalytics:CreateApplication",
    "kinesisanalytics:UpdateApplication",
    "lambda:CreateFunction",
    "lambda:CreateMicrovmImage",
    "lambda:CreateWebFunction",
    "lambda:CreateWebFunctionRevision",
    "lambda:RunMicrovm",
    "lambda:UpdateFunctionConfiguration",
    "lambda:UpdateMicrovmImage",
    "omics:StartRun",
    "omics:StartRunBatch",
    "pipes:CreatePipe",
    "pipes:UpdatePipe",
    "proton:UpdateAccountSettings",
    "redshift-serverless:CreateNamespace",
    "redshift-serverless:UpdateNamespace",
    "redshift:CreateCluster",
    "redshift:ModifyClusterIamRoles",
    "rolesanywhere:CreateProfile",
    "rolesanywhere:UpdateProfile",
    "s3:CreateAccessGrantsLocation",
    "s3:UpdateAccessGrantsLocation",
    "sagemaker:CreateAutoMLJob",
    "sagemaker:CreateAutoMLJobV2",
    "sagemaker:CreateCluster",
    "sagemaker:CreateDataQualityJobDefinition",
    "sagemaker:CreateDomain",
    "sagemaker:CreateEndpointConfig",
    "sagemaker:CreateHyperParameterTuningJob",
    "sagemaker:CreateInferenceExperiment",
    "sagemaker:CreateInferenceRecommendationsJob",
    "sagemaker:CreateModel",
    "sagemaker:CreateModelBiasJobDefinition",
    "sagemaker:CreateModelExplainabilityJobDefinition",
    "sagemaker:CreateModelQualityJobDefinition",
    "sagemaker:CreateMonitoringSchedule",
    "sagemaker:CreateNotebookInstance",
    "sagemaker:CreatePartnerApp",
    "sagemaker:CreatePipeline",
    "sagemaker:CreateProcessingJob",
    "sagemaker:CreateProject",
    "sagemaker:CreateTrainingJob",
    "sagemaker:CreateUserProfile",
    "sagemaker:UpdateCluster",
    "sagemaker:UpdateDomain",
    "sagemaker:UpdateMonitoringSchedule",
    "sagemaker:UpdateNotebookInstance",
    "sagemaker:UpdatePipeline",
    "sagemaker:UpdateUserProfile",
    "scheduler:CreateSchedule",
    "scheduler:UpdateSchedule",
    "servicecatalog:CreateConstraint",
    "servicecatalog:UpdateConstraint",
    "ssm-incidents:CreateResponsePlan",
    "ssm-incidents:UpdateResponsePlan",
    "ssm-quicksetup:CreateConfigurationManager",
    "ssm-quicksetup:UpdateConfigurationDefinition",
    "ssm:CreateActivation",
    "ssm:CreateAssociation",
    "ssm:CreateAssociationBatch",
    "ssm:RegisterDefaultHostManagementConfiguration",
    "ssm:RegisterTaskWithMaintenanceWindow",
    "ssm:StartAutomationExecution",
    "ssm:StartChangeRequestExecution",
    "ssm:UpdateAssociation",
    "ssm:UpdateMaintenanceWindowTask",
    "ssm:UpdateManagedInstanceRole",
    "ssm:UpdateServiceSetting",
    "states:CreateStateMachine",
    "states:TestState",
    "states:UpdateStateMachine",
    "synthetics:CreateCanary",
    "synthetics:StartCanaryDryRun",
    "synthetics:UpdateCanary",
    "transfer:CreateAccess",
    "transfer:CreateUser",
    "transfer:CreateWebApp",
    "transfer:UpdateAccess",
    "transfer:UpdateUser",
    "transfer:UpdateWebApp",
    "workspaces:ModifyWorkspaceCreationProperties",
)
"""The events that have a service run something with a role that is passed to it."""

_NO_ROLES = frozenset(
    {"desiredState", "environment", "environmentVariables", "patchDocument", "tags", "variables"}
)
"""Names of no parameters: variables, tags, and resources that have requests of their own."""
_SETTINGS = {
    "id": "stringValue",
    "key": "stringValue",
    "optionName": "value",
    "settingId": "settingValue",
}
"""How a setting says its name, and how its value: `key` and `value` are those of a tag."""
_CREDENTIALS = frozenset({"credentials", "credentialsArn"})
"""How an integration of API Gateway names its role."""
_TELLING = ("role", "instanceprofile")
_DEEPEST = 8


def passed_roles(parameters: Any) -> Iterator[str]:
    """Yield the roles, by name or ARN, that a request to run something names anywhere."""
    yield from _texts_of(parameters, "role", named=False, depth=_DEEPEST)


def instance_profiles(parameters: Any) -> Iterator[str]:
    """Yield the instance profiles, by name or ARN, that a request names anywhere."""
    yield from _texts_of(parameters, "instanceprofile", named=False, depth=_DEEPEST)


def _texts_of(value: Any, word: str, *, named: bool, depth: int) -> Iterator[str]:
    """Yield the texts below keys with a word in them; variables and tags are not parameters."""
    if isinstance(value, str):
        value = _parsed(value)
    if isinstance(value, str) and named:
        yield value
    pairs = value.items() if isinstance(value, Mapping) else ()
    others = _other_names_of_role(value) if word == "role" else ()
    inner = [
        (v, named or word in str(k).lower() or k in others)
        for k, v in pairs
        if str(k) not in _NO_ROLES
    ]
    if isinstance(value, list):
        inner = [(one, named) for one in value]
    for below, about in inner if depth else ():
        yield from _texts_of(below, word, named=about, depth=depth - 1)


def _other_names_of_role(value: Any) -> Container[str]:
    """Return the keys of an object that name a role without saying so."""
    if not isinstance(value, Mapping):
        return _CREDENTIALS
    return {*_CREDENTIALS, *(_SETTINGS[name] for name in _SETTINGS if _tells(value.get(name)))}


def _tells(name: Any) -> bool:
    """Say whether the name of a setting is of a role, as an option of Beanstalk is."""
    return any(telling in str(name).lower() for telling in _TELLING)


def _parsed(text: str) -> Any:
    """Return the object that a text holds as JSON, as Service Catalog writes it; else the text."""
    if not text.startswith("{"):
        return text
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text
