"""Builds the requests that pass a role to a service, for the examples that rules carry."""

import json
from collections.abc import Callable, Mapping

from trailwarden.cloudtrail.samples import Fields, request
from trailwarden.cloudtrail.values import Record


def passing(action: str, role: str, by: Fields | None = None, /, *, day: float = 0) -> Record:
    """Build the request of `PASSES` that passes `role`."""
    return request(action, by, day=day, **PASSES[action](role))


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


PASSES: Mapping[str, Callable[[str], Fields]] = {
    "apprunner:CreateService": lambda role: (
        {"serviceName": "s", "sourceConfiguration": {}} | _service(role)
    ),
    "apprunner:UpdateService": lambda role: {"serviceArn": "s"} | _service(role),
    "batch:RegisterJobDefinition": _job,
    "codepipeline:CreatePipeline": _pipeline,
    "codepipeline:UpdatePipeline": _pipeline,
    "cognito-identity:SetIdentityPoolRoles": lambda role: {
        "identityPoolId": "p",
        "roles": {"unauthenticated": role},
    },
    "config:PutRemediationConfigurations": _remediation,
    "ecs:RunTask": _task,
    "ecs:StartTask": lambda role: {"containerInstances": ["i"]} | _task(role),
    "events:PutTargets": lambda role: {
        "rule": "r",
        "targets": [{"id": "1", "arn": "a", "roleArn": role}],
    },
    "glue:UpdateJob": lambda role: {"jobName": "j", "jobUpdate": {"role": role}},
    "kinesisanalytics:CreateApplication": _stream,
    "lambda:CreateFunction20150331": lambda role: {"functionName": "f", "code": {}, "role": role},
    "sagemaker:CreateDomain": lambda role: {
        "domainName": "d",
        "authMode": "IAM",
        "defaultUserSettings": _settings(role),
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
    "ssm:StartAutomationExecution": lambda role: {
        "documentName": "d",
        "parameters": {"AutomationAssumeRole": [role]},
    },
}
"""What each request says of a role; other services' have it beside all else."""
