"""Administrator role passed to a service.

A principal that passes a role to a function, a job or a container acts as that role. With an
administrator's role, that is the shortest way to own an account.
"""

from collections.abc import Iterator

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
from trailwarden.cloudtrail.values import Record
from trailwarden.environment import Environment
from trailwarden.services.iam import is_powerful, passed_roles


def detect(event: Event) -> Match | None:
    roles = passed_roles(event.get("requestParameters"))
    powerful = next((role for role in roles if is_powerful(role, event)), "")
    name = powerful.rpartition("/")[2]
    return Match(f"{name} to {event.service}", subject=name) if name else None


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "airflow:CreateEnvironment",
        "airflow:UpdateEnvironment",
        "apprunner:CreateService",
        "apprunner:UpdateService",
        "appsync:CreateDataSource",
        "batch:RegisterJobDefinition",
        "bedrock-agentcore:CreateAgentRuntime",
        "bedrock-agentcore:CreateBrowser",
        "bedrock-agentcore:CreateCodeInterpreter",
        "bedrock-agentcore:CreateGateway",
        "bedrock-agentcore:UpdateAgentRuntime",
        "bedrock:CreateAgent",
        "bedrock:CreateFlow",
        "bedrock:UpdateAgent",
        "braket:CreateJob",
        "codebuild:CreateProject",
        "codebuild:UpdateProject",
        "codedeploy:CreateDeploymentGroup",
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
        "sagemaker:UpdateNotebookInstance",
        "sagemaker:UpdatePipeline",
        "scheduler:CreateSchedule",
        "scheduler:UpdateSchedule",
        "ssm:RegisterTaskWithMaintenanceWindow",
        "ssm:StartAutomationExecution",
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
ENVIRONMENT = Environment(deploy_roles=(f"arn:aws:iam::{ACCOUNT}:role/ci/ship",))
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
    for action in ("scheduler:CreateSchedule", "scheduler:UpdateSchedule"):
        yield alerts(action, request(action, name="s", target=target, **rate))
    for action in ("codepipeline:CreatePipeline", "codepipeline:UpdatePipeline"):
        pipeline = {"name": "p", "roleArn": ADMIN_ROLE, "stages": []}
        yield alerts(action, request(action, pipeline=pipeline))
    targets = [{"id": "1", "arn": "a", "roleArn": ADMIN_ROLE}]
    yield alerts("to a rule", request("events:PutTargets", rule="r", targets=targets))
    static = {"staticValue": {"values": [ADMIN_ROLE]}}
    remedy = {"configRuleName": "c", "parameters": {"AutomationAssumeRole": static}}
    put = request("config:PutRemediationConfigurations", remediationConfigurations=[remedy])
    yield alerts("to a remediation", put)
    stream: Fields = {"applicationName": "a", "serviceExecutionRole": ADMIN_ROLE}
    runtime: Fields = {"runtimeEnvironment": "FLINK-1_20"}
    flink = request("kinesisanalytics:CreateApplication", **stream, **runtime)
    yield alerts("to a stream's program", flink)
    run: Fields = {"documentName": "d", "parameters": {"AutomationAssumeRole": [ADMIN_ROLE]}}
    yield alerts("to an automation", request("ssm:StartAutomationExecution", **run))
    pool: Fields = {"identityPoolId": "p", "roles": {"unauthenticated": ADMIN_ROLE}}
    yield alerts("to an identity pool", request("cognito-identity:SetIdentityPoolRoles", **pool))
    deploys = function(f"arn:aws:iam::{ACCOUNT}:role/ci/ship")
    yield alerts("a role that deploys", deploys, subject="ship")
    task = {"family": "admin-portal", "containerDefinitions": []}
    portal = {"taskRoleArn": f"arn:aws:iam::{ACCOUNT}:role/shop-admin-portal-task"}
    yield silent("of an admin portal", request("ecs:RegisterTaskDefinition", **task, **portal))
    yield silent("an ordinary role", function(f"arn:aws:iam::{ACCOUNT}:role/orders"))
    yield silent("only its path says so", function(f"arn:aws:iam::{ACCOUNT}:role/admin/orders"))
    yield silent("refused", refused(CREATE))


NAMED = {"role": "AdminRole"}


def function(role: str) -> Record:
    return request(CREATE, functionName="f", code={}, role=role)
