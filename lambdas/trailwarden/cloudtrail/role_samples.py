"""Builds the requests that pass a role to a service, for the examples that rules carry."""

import json
from collections.abc import Callable, Mapping

from trailwarden.cloudtrail.samples import Fields, request
from trailwarden.cloudtrail.values import Record


def passing(action: str, role: str, by: Fields | None = None, /, *, day: float = 0) -> Record:
    """Build the request of `PASSES` that passes `role`."""
    return request(action, by, day=day, **PASSES[action](role))


BUDGET: Fields = {
    "notificationType": "ACTUAL",
    "actionType": "APPLY_IAM_POLICY",
    "actionThreshold": {"actionThresholdValue": 1, "actionThresholdType": "PERCENTAGE"},
    "definition": {},
    "approvalModel": "AUTOMATIC",
    "subscribers": [],
}
"""The rest of what a new action of a budget says."""


def _budget(role: str) -> Fields:
    return {"accountId": "111122223333", "budgetName": "all", "executionRoleArn": role}


def _task(role: str) -> Fields:
    return {"taskDefinition": "t", "overrides": {"taskRoleArn": role}}


def _schedule(role: str) -> Fields:
    rate: Fields = {"scheduleExpression": "rate(1 day)", "flexibleTimeWindow": {}}
    return {"name": "s", "target": {"roleArn": role}} | rate


def _service(role: str) -> Fields:
    return {"instanceConfiguration": {"instanceRoleArn": role}}


def _pipeline(role: str) -> Fields:
    return {"pipeline": {"name": "p", "roleArn": role, "stages": []}}


def _remediation(role: str) -> Fields:
    values = {"AutomationAssumeRole": {"staticValue": {"values": [role]}}}
    return {"remediationConfigurations": [{"configRuleName": "c", "parameters": values}]}


def _definition(role: str) -> Fields:
    fields = [{"key": "type", "stringValue": "Default"}, {"key": "role", "stringValue": role}]
    whole = {"id": "Default", "name": "Default", "fields": fields}
    return {"pipelineId": "df-1", "pipelineObjects": [whole]}


def _job(role: str) -> Fields:
    container = {"jobRoleArn": role}
    return {"jobDefinitionName": "j", "type": "container", "containerProperties": container}


def _settings(role: str) -> Fields:
    return {"executionRole": role}


def _stream(role: str) -> Fields:
    runtime = {"runtimeEnvironment": "FLINK-1_20"}
    return {"applicationName": "a", "serviceExecutionRole": role} | runtime


def _constraint(role: str) -> Fields:
    named = {"portfolioId": "p", "productId": "q", "type": "LAUNCH", "idempotencyToken": "t"}
    return {**named, "parameters": json.dumps({"RoleArn": role})}


def _monitoring(role: str) -> Fields:
    job: Fields = {
        "monitoringInputs": [],
        "monitoringOutputConfig": {"monitoringOutputs": []},
        "monitoringResources": {"clusterConfig": {}},
        "monitoringAppSpecification": {"imageUri": "i"},
        "roleArn": role,
    }
    return {
        "monitoringScheduleName": "m",
        "monitoringScheduleConfig": {"monitoringJobDefinition": job},
    }


def _tuning(role: str) -> Fields:
    job: Fields = {
        "algorithmSpecification": {"trainingInputMode": "File"},
        "roleArn": role,
        "outputDataConfig": {"s3OutputPath": "s3://b"},
        "stoppingCondition": {},
    }
    limits = {"strategy": "Bayesian", "resourceLimits": {"maxParallelTrainingJobs": 1}}
    return {
        "hyperParameterTuningJobName": "h",
        "hyperParameterTuningJobConfig": limits,
        "trainingJobDefinition": job,
    }


def _beanstalk(role: str) -> Fields:
    place = {"namespace": "aws:elasticbeanstalk:environment", "optionName": "ServiceRole"}
    return {"environmentName": "e", "optionSettings": [place | {"value": role}]}


def _plan(role: str) -> Fields:
    return {"actions": [{"ssmAutomation": {"roleArn": role, "documentName": "d"}}]}


def _setup(role: str) -> Fields:
    one = {"type": "t", "parameters": {}, "localDeploymentAdministrationRoleArn": role}
    return {"configurationDefinitions": [one]}


def _web_app(role: str) -> Fields:
    return {"identityProviderDetails": {"identityCenterConfig": {"role": role}}}


def _web(role: str) -> Fields:
    return {
        "buildConfig": {"codeConfig": {}, "runtimeConfig": {}},
        "serviceConfig": {"executionRoleArn": role},
    }


def _change(role: str) -> Fields:
    runbook = {"documentName": "d", "targetLocations": [{"executionRoleName": role}]}
    return {"documentName": "c", "runbooks": [runbook]}


def _template(role: str) -> Fields:
    data = {"executionRoleArn": role, "releaseLabel": "emr-7.9.0-latest", "jobDriver": {}}
    return {"name": "t", "clientToken": "c", "jobTemplateData": data}


def _agent(role: str) -> Fields:
    account = {"accountId": "111122223333", "accountType": "monitor"}
    return {"agentSpaceId": "a", "configuration": {"aws": account | {"assumableRoleArn": role}}}


def _project(role: str) -> Fields:
    stack = {"templateName": "t", "templateURL": "u", "roleARN": role}
    return {"projectName": "p", "templateProviders": [{"cfnTemplateProvider": stack}]}


PASSES: Mapping[str, Callable[[str], Fields]] = {
    "aidevops:AssociateService": lambda role: {"serviceId": "s"} | _agent(role),
    "aidevops:UpdateAssociation": lambda role: {"associationId": "s"} | _agent(role),
    "apigateway:CreateIntegration": lambda role: {
        "apiId": "a",
        "integrationType": "AWS_PROXY",
        "credentialsArn": role,
    },
    "apigateway:PutIntegration": lambda role: {
        "restApiId": "a",
        "resourceId": "r",
        "httpMethod": "GET",
        "type": "AWS",
        "credentials": role,
    },
    "apigateway:UpdateIntegration": lambda role: {
        "apiId": "a",
        "integrationId": "i",
        "credentialsArn": role,
    },
    "apprunner:CreateService": lambda role: (
        {"serviceName": "s", "sourceConfiguration": {}} | _service(role)
    ),
    "apprunner:UpdateService": lambda role: {"serviceArn": "s"} | _service(role),
    "athena:CreateWorkGroup": lambda role: {
        "name": "w",
        "configuration": {"executionRole": role},
    },
    "athena:StartSession": lambda role: {
        "workGroup": "w",
        "engineConfiguration": {},
        "executionRole": role,
    },
    "athena:UpdateWorkGroup": lambda role: {
        "workGroup": "w",
        "configurationUpdates": {"executionRole": role},
    },
    "batch:RegisterJobDefinition": _job,
    "budgets:CreateBudgetAction": lambda role: _budget(role) | BUDGET,
    "budgets:UpdateBudgetAction": lambda role: {"actionId": "a", **_budget(role)},
    "codepipeline:CreatePipeline": _pipeline,
    "codepipeline:UpdatePipeline": _pipeline,
    "cognito-identity:SetIdentityPoolRoles": lambda role: {
        "identityPoolId": "p",
        "roles": {"unauthenticated": role},
    },
    "config:PutRemediationConfigurations": _remediation,
    "datapipeline:PutPipelineDefinition": _definition,
    "datazone:AssociateEnvironmentRole": lambda role: {
        "domainIdentifier": "d",
        "environmentIdentifier": "e",
        "environmentRoleArn": role,
    },
    "devicefarm:ScheduleRun": lambda role: {
        "projectArn": "p",
        "test": {"type": "APPIUM_PYTHON"},
        "configuration": {"executionRoleArn": role},
    },
    "ecs:RunTask": _task,
    "ecs:StartTask": lambda role: {"containerInstances": ["i"]} | _task(role),
    "elasticbeanstalk:CreateApplicationVersion": lambda role: {
        "applicationName": "a",
        "versionLabel": "1",
        "buildConfiguration": {"codeBuildServiceRole": role, "image": "i"},
    },
    "elasticbeanstalk:UpdateEnvironment": _beanstalk,
    "emr-containers:CreateJobTemplate": _template,
    "events:CreateSubscriber": lambda role: {
        "name": "s",
        "eventBusArn": "b",
        "invokeConfiguration": {"roleArn": role, "targetArn": "t"},
    },
    "events:UpdateSubscriber": lambda role: {
        "subscriberArn": "s",
        "invokeConfiguration": {"roleArn": role, "targetArn": "t"},
    },
    "events:PutTargets": lambda role: {
        "rule": "r",
        "targets": [{"id": "1", "arn": "a", "roleArn": role}],
    },
    "glue:UpdateJob": lambda role: {"jobName": "j", "jobUpdate": {"role": role}},
    "kinesisanalytics:CreateApplication": _stream,
    "kinesisanalytics:UpdateApplication": lambda role: {
        "applicationName": "a",
        "serviceExecutionRoleUpdate": role,
    },
    "lambda:CreateFunction20150331": lambda role: {"functionName": "f", "code": {}, "role": role},
    "lambda:CreateWebFunction": lambda role: {"functionName": "f", "revisionConfig": _web(role)},
    "lambda:CreateWebFunctionRevision": lambda role: {"functionName": "f", **_web(role)},
    "omics:StartRunBatch": lambda role: {
        "requestId": "r",
        "defaultRunSetting": {"workflowId": "w", "roleArn": role},
        "batchRunSettings": {},
    },
    "sagemaker:CreateDomain": lambda role: {
        "domainName": "d",
        "authMode": "IAM",
        "defaultUserSettings": _settings(role),
    },
    "sagemaker:CreateHyperParameterTuningJob": _tuning,
    "sagemaker:CreateMonitoringSchedule": _monitoring,
    "sagemaker:CreateProject": _project,
    "sagemaker:UpdateCluster": lambda role: {
        "clusterName": "c",
        "instanceGroups": [{"instanceGroupName": "g", "executionRole": role}],
    },
    "sagemaker:CreateUserProfile": lambda role: {
        "domainId": "d",
        "userProfileName": "u",
        "userSettings": _settings(role),
    },
    "sagemaker:UpdateDomain": lambda role: {
        "domainId": "d",
        "defaultUserSettings": _settings(role),
    },
    "sagemaker:UpdateMonitoringSchedule": _monitoring,
    "sagemaker:UpdateUserProfile": lambda role: {
        "domainId": "d",
        "userProfileName": "u",
        "userSettings": _settings(role),
    },
    "scheduler:CreateSchedule": _schedule,
    "scheduler:UpdateSchedule": _schedule,
    "servicecatalog:CreateConstraint": _constraint,
    "servicecatalog:UpdateConstraint": lambda role: {
        "id": "cons-1",
        "parameters": json.dumps({"RoleArn": role}),
    },
    "ssm-incidents:CreateResponsePlan": lambda role: {
        "name": "p",
        "incidentTemplate": {"title": "t", "impact": 1},
        **_plan(role),
    },
    "ssm-incidents:UpdateResponsePlan": lambda role: {"arn": "p", **_plan(role)},
    "ssm-quicksetup:CreateConfigurationManager": _setup,
    "ssm:StartAutomationExecution": lambda role: {
        "documentName": "d",
        "parameters": {"AutomationAssumeRole": [role]},
    },
    "ssm:StartChangeRequestExecution": _change,
    "ssm:UpdateServiceSetting": lambda role: {
        "settingId": "/ssm/managed-instance/default-ec2-instance-management-role",
        "settingValue": role,
    },
    "transfer:CreateWebApp": _web_app,
    "transfer:UpdateWebApp": lambda role: {"webAppId": "w", **_web_app(role)},
    "workspaces:ModifyWorkspaceCreationProperties": lambda role: {
        "resourceId": "d",
        "workspaceCreationProperties": {"instanceIamRoleArn": role},
    },
}
"""What each request says of a role; other services' have it beside all else."""
