"""Program that mines cryptocurrency deployed.

Miners are the commonest use of a stolen AWS key. Containers, builds and jobs are the quickest way
to run them. They need no server, and the bill grows by the minute in every Region.
"""

import json
import re
from typing import Any

from trailwarden import ATTEMPTED, NOBODY, Event, Match, Outcome, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import ACCOUNT, Fields, request
from trailwarden.examples import Examples, Record, alerts, silent

MINERS = re.compile(
    r"xmrig|xmr-stak|\bminerd\b|cpuminer|ccminer|nbminer|lolminer|phoenixminer|ethminer"
    r"|teamredminer|srbminer|stratum\+(?:tcp|ssl|tls)|donate-level|cryptonight|randomx(?![a-z])"
    r"|moneroocean|supportxmr|minexmr|nanopool|nicehash|hashvault|c3pool|unmineable|\bmonero\b"
)
"""Names of mining programs, algorithms and pools, and options that only miners have."""

NAMES = (
    *("family", "serviceName", "service", "taskDefinition", "jobDefinitionName", "jobName"),
    *("appId", "name", "projectName", "trainingJobName", "processingJobName", "agentRuntimeName"),
    *("modelName", "jobFlowId"),
)


def detect(event: Event) -> Match | None:
    found = MINERS.search(json.dumps(event.get("requestParameters"), default=str).lower())
    if not found:
        return None
    thing = event.request(*NAMES)
    severity = None if event.outcome is Outcome.SUCCEEDED else Severity.HIGH
    return Match(f"{event.name} {thing} names {found.group()}", severity, thing)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "amplify:CreateApp",
        "amplify:CreateBranch",
        "amplify:UpdateApp",
        "amplify:UpdateBranch",
        "apprunner:CreateService",
        "apprunner:UpdateService",
        "batch:RegisterJobDefinition",
        "batch:SubmitJob",
        "bedrock-agentcore:CreateAgentRuntime",
        "codebuild:CreateProject",
        "codebuild:StartBuild",
        "codebuild:StartBuildBatch",
        "codebuild:UpdateProject",
        "ecs:CreateExpressGatewayService",
        "ecs:CreateService",
        "ecs:RegisterDaemonTaskDefinition",
        "ecs:RegisterTaskDefinition",
        "ecs:RunTask",
        "ecs:StartTask",
        "ecs:UpdateExpressGatewayService",
        "elasticmapreduce:AddJobFlowSteps",
        "elasticmapreduce:RunJobFlow",
        "lightsail:CreateContainerServiceDeployment",
        "sagemaker:CreateModel",
        "sagemaker:CreateProcessingJob",
        "sagemaker:CreateTrainingJob",
    ],
    exempt=NOBODY,
    outcome=ATTEMPTED,
    severity=Severity.CRITICAL,
    attack={Tactic.IMPACT: ["T1496.001"], Tactic.EXECUTION: ["T1610"]},
    response="Stop the tasks and services in every Region and disable the credentials that made "
    "them. Then find out what else they made: instances, clusters, users and keys.",
    false_positives="Companies whose business is cryptocurrency.",
)

MINER = {"name": "a", "image": "docker.io/miner/xmrig:latest"}


def examples() -> Examples:
    image = registered(MINER)
    label = "RegisterTaskDefinition app names xmrig"
    yield alerts("an image", image, severity=Severity.CRITICAL, subject="app", label=label)
    pool = ["sh", "-c", "./a -o stratum+tcp://pool:3333"]
    yield alerts("a pool", registered({"name": "a", "image": "a", "command": pool}))
    failed = registered(MINER, errorCode="ClientException")
    yield alerts("an attempt that fails", failed, severity=Severity.HIGH)
    for action, parameters in OTHERS.items():
        yield alerts(f"by {action}", request(action, **parameters))
    seeded = {"name": "a", "image": "a", "environment": [{"name": "randomXorSeed", "value": "1"}]}
    yield silent("a word that only begins so", registered(seeded))
    yield silent("a web server", registered({"name": "a", "image": "nginx:latest"}))


def registered(container: Fields, **fields: Any) -> Record:
    task: Fields = {"family": "app", "containerDefinitions": [container]}
    return request("ecs:RegisterTaskDefinition", fields=fields, **task)


OVERRIDES: Fields = {"containerOverrides": [{"name": "app", "command": ["--donate-level", "1"]}]}
JOB: Fields = {"jobName": "j", "jobQueue": "q", "jobDefinition": "d"}
SOURCE = {"imageRepository": {"imageIdentifier": "xmrig"}}
BUILD: Fields = {"buildSpec": "build: {commands: [./xmrig]}"}
BUILDS: Fields = {"projectName": "p", "buildspecOverride": "build: {commands: [./xmrig]}"}
PROJECT: Fields = {"name": "p", "source": {"type": "NO_SOURCE", "buildspec": "run: ./xmrig"}}
IMAGE, ROLE = (
    "123456789012.dkr.ecr.us-east-1.amazonaws.com/xmrig:1",
    f"arn:aws:iam::{ACCOUNT}:role/r",
)
STEP = {"name": "s", "hadoopJarStep": {"jar": "command-runner.jar", "args": ["xmrig"]}}
OTHERS: dict[str, Fields] = {
    "amplify:CreateApp": {"name": "x"} | BUILD,
    "amplify:CreateBranch": {"appId": "x", "branchName": "main"} | BUILD,
    "amplify:UpdateApp": {"appId": "x"} | BUILD,
    "amplify:UpdateBranch": {"appId": "x", "branchName": "main"} | BUILD,
    "bedrock-agentcore:CreateAgentRuntime": {
        "agentRuntimeName": "x",
        "agentRuntimeArtifact": {"containerConfiguration": {"containerUri": IMAGE}},
        "roleArn": ROLE,
        "networkConfiguration": {"networkMode": "PUBLIC"},
    },
    "codebuild:CreateProject": PROJECT | {"artifacts": {}, "environment": {}, "serviceRole": ROLE},
    "codebuild:StartBuild": BUILDS,
    "codebuild:StartBuildBatch": BUILDS,
    "codebuild:UpdateProject": PROJECT,
    "elasticmapreduce:AddJobFlowSteps": {"jobFlowId": "j-1", "steps": [STEP]},
    "elasticmapreduce:RunJobFlow": {"name": "x", "instances": {}, "steps": [STEP]},
    "sagemaker:CreateModel": {"modelName": "x", "primaryContainer": {"image": IMAGE}},
    "sagemaker:CreateProcessingJob": {
        "processingJobName": "x",
        "processingResources": {},
        "appSpecification": {"imageUri": IMAGE},
        "roleArn": ROLE,
    },
    "sagemaker:CreateTrainingJob": {
        "trainingJobName": "x",
        "algorithmSpecification": {"trainingInputMode": "File", "trainingImage": IMAGE},
        "roleArn": ROLE,
        "outputDataConfig": {"s3OutputPath": "s3://b"},
        "stoppingCondition": {},
    },
    "apprunner:CreateService": {"serviceName": "x", "sourceConfiguration": SOURCE},
    "apprunner:UpdateService": {
        "serviceArn": f"arn:aws:apprunner:us-east-1:{ACCOUNT}:service/x/1",
        "sourceConfiguration": SOURCE,
    },
    "batch:RegisterJobDefinition": {
        "jobDefinitionName": "x",
        "type": "container",
        "containerProperties": MINER,
    },
    "batch:SubmitJob": JOB | {"containerOverrides": {"command": ["xmrig"]}},
    "ecs:CreateExpressGatewayService": {
        "infrastructureRoleArn": f"arn:aws:iam::{ACCOUNT}:role/express",
        "primaryContainer": MINER,
    },
    "ecs:CreateService": {"serviceName": "xmrig", "taskDefinition": "xmrig:1"},
    "ecs:RegisterDaemonTaskDefinition": {"family": "x", "containerDefinitions": [MINER]},
    "ecs:RunTask": {"taskDefinition": "app:1", "overrides": OVERRIDES},
    "ecs:StartTask": {
        "taskDefinition": "app:1",
        "containerInstances": ["c"],
        "overrides": OVERRIDES,
    },
    "ecs:UpdateExpressGatewayService": {
        "serviceArn": f"arn:aws:ecs:us-east-1:{ACCOUNT}:service/app/x",
        "primaryContainer": MINER,
    },
    "lightsail:CreateContainerServiceDeployment": {"serviceName": "x", "containers": {"a": MINER}},
}
