"""Expensive compute started in a service that the account did not use.

Miners look for compute that nobody watches: notebooks, training jobs, builds, fleets, endpoints. An
account uses the same few services for years. Big machines with GPUs are HIGH, and told in an
account's first days, too.

A service is in use, too, where a deployment, or work on what runs there, came a week ago.
"""

from trailwarden import DEPLOYMENT, SUCCEEDED, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import DEPLOYED, DEPLOYER, ROLE, USER, Fields, request
from trailwarden.correlations import by_account, first_use
from trailwarden.examples import Examples, Record, alerts, silent
from trailwarden.services.ec2 import is_accelerated, is_big, texts

STARTS = (
    "airflow:CreateEnvironment",
    "amplify:CreateApp",
    "amplify:StartJob",
    "apprunner:CreateService",
    "appstream:CreateFleet",
    "batch:CreateComputeEnvironment",
    "batch:SubmitJob",
    "bedrock:CreateModelCustomizationJob",
    "bedrock:CreateModelInvocationJob",
    "bedrock:CreateProvisionedModelThroughput",
    "bedrock:StartAsyncInvoke",
    "braket:CreateJob",
    "braket:CreateQuantumTask",
    "cloud9:CreateEnvironmentEC2",
    "codebuild:CreateFleet",
    "codebuild:StartBuild",
    "codebuild:StartBuildBatch",
    "comprehend:CreateEndpoint",
    "databrew:StartJobRun",
    "datasync:StartTaskExecution",
    "deadline:CreateFleet",
    "dms:CreateReplicationInstance",
    "drs:StartRecovery",
    "ec2:AllocateHosts",
    "ec2:CreateFleet",
    "ec2:RequestSpotFleet",
    "ec2:RequestSpotInstances",
    "ec2:RunInstances",
    "ecs:CreateExpressGatewayService",
    "ecs:CreateService",
    "ecs:RunTask",
    "eks:CreateCluster",
    "eks:CreateFargateProfile",
    "eks:CreateNodegroup",
    "elasticbeanstalk:CreateEnvironment",
    "elasticmapreduce:RunJobFlow",
    "emr-containers:StartJobRun",
    "emr-serverless:StartJobRun",
    "evs:CreateEnvironment",
    "gamelift:CreateContainerFleet",
    "gamelift:CreateFleet",
    "gameliftstreams:CreateStreamGroup",
    "glue:CreateSession",
    "glue:StartJobRun",
    "imagebuilder:CreateImage",
    "imagebuilder:StartImagePipelineExecution",
    "kinesisanalytics:CreateApplication",
    "lambda:CreateCapacityProvider",
    "lightsail:CreateContainerService",
    "lightsail:CreateInstances",
    "m2:CreateEnvironment",
    "managedblockchain:CreateNode",
    "mediaconvert:CreateJob",
    "medialive:CreateChannel",
    "neptune-graph:CreateGraph",
    "odb:CreateCloudExadataInfrastructure",
    "omics:StartRun",
    "pcs:CreateComputeNodeGroup",
    "personalize:CreateSolutionVersion",
    "rekognition:StartProjectVersion",
    "sagemaker:CreateApp",
    "sagemaker:CreateAutoMLJob",
    "sagemaker:CreateCluster",
    "sagemaker:CreateEndpoint",
    "sagemaker:CreateHyperParameterTuningJob",
    "sagemaker:CreateInferenceComponent",
    "sagemaker:CreateNotebookInstance",
    "sagemaker:CreateOptimizationJob",
    "sagemaker:CreateProcessingJob",
    "sagemaker:CreateTrainingJob",
    "sagemaker:CreateTransformJob",
    "sagemaker:StartNotebookInstance",
    "timestream-influxdb:CreateDbCluster",
    "timestream-influxdb:CreateDbInstance",
    "workspaces:CreateWorkspaces",
    "workspaces:CreateWorkspacesPool",
)

WORK = (
    "apprunner:StartDeployment",
    "batch:RegisterJobDefinition",
    "codebuild:UpdateProject",
    "ec2:RebootInstances",
    "ec2:StopInstances",
    "ec2:TerminateInstances",
    "ecs:RegisterTaskDefinition",
    "ecs:UpdateService",
    "eks:UpdateNodegroupConfig",
    "eks:UpdateNodegroupVersion",
    "elasticbeanstalk:UpdateEnvironment",
    "elasticmapreduce:AddJobFlowSteps",
    "glue:UpdateJob",
    "sagemaker:UpdateEndpoint",
    "workspaces:RebootWorkspaces",
)
"""Work on what runs already, which tells that an account uses the service."""

JUDGED = frozenset({"ec2", "eks"})
"""The services whose big machines have rules of their own."""
TYPES = ("instanceType", "instanceTypes", "eC2InstanceType")


def detect(event: Event) -> Match:
    label = f"compute of {event.service}"
    if event.action in WORK:
        return Match(label, Severity.INFORMATIONAL, subject=event.service)
    types = texts(event.get("requestParameters"), *TYPES)
    kinds = [kind.removeprefix("ml.") for kind in types]
    is_mighty = any(is_accelerated(kind) and is_big(kind) for kind in kinds)
    severity = Severity.HIGH if is_mighty and event.service not in JUDGED else None
    return Match(label, severity, subject=event.service)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[*STARTS, *WORK],
    exempt=DEPLOYMENT,
    outcome=SUCCEEDED,
    severity=Severity.MEDIUM,
    story="new use of an account",
    attack={Tactic.IMPACT: ["T1496"], Tactic.DEFENSE_EVASION: ["T1578"]},
    response="Ask the caller for the purpose. Without one, stop what runs there, in every Region. "
    "Revoke the caller's sessions and keys, and look at the bill of the service.",
    false_positives="A project tries something new.",
    correlation=first_use(
        by_account, days=90, at_once=Severity.HIGH, lesson_age=7, exempt_teach=True
    ),
)

ENVIRONMENT = DEPLOYED


def examples() -> Examples:
    usual = started("ecs:RunTask", ROLE)
    new = started("sagemaker:CreateNotebookInstance", day=8)
    label = "compute of sagemaker"
    yield alerts("notebooks are new", usual, new, subject="sagemaker", label=label)
    yield alerts("by a role", usual, started("sagemaker:CreateTrainingJob", ROLE, day=8))
    for action in STARTS:
        other = "ecs:RunTask" if not action.startswith("ecs") else "ec2:RunInstances"
        yield alerts(action, started(other), started(action, day=7))
    deployed = started("ecs:RunTask", DEPLOYER)
    yield alerts("beside what is deployed", deployed, started("codebuild:StartBuild", day=8))
    yield silent("another act in the same service", started("ecs:CreateService"), usual)
    known = started("sagemaker:CreateEndpoint", day=1)
    yield silent("a service of before", usual, known, new)
    yield silent("in the first week", usual, started("glue:CreateSession", day=6))
    gpu: Fields = {"notebookInstanceName": "n", "roleArn": "r", "instanceType": "ml.p3.16xlarge"}
    notebook = request("sagemaker:CreateNotebookInstance", day=1, **gpu)
    yield alerts("big GPUs, in the first week", usual, notebook, severity=Severity.HIGH)
    launch = request("ec2:RunInstances", day=8, instanceType="p5.48xlarge")
    notebooks = started("sagemaker:CreateNotebookInstance")
    yield alerts("one that EC2's rules judge", notebooks, launch, severity=Severity.MEDIUM)
    small = request("sagemaker:CreateNotebookInstance", **gpu | {"instanceType": "ml.g5.xlarge"})
    yield silent("small ones, in the first week", usual, small)
    yield silent("deployed", usual, started("sagemaker:CreateEndpoint", DEPLOYER, day=8))
    yield silent("by hand, where it is deployed", deployed, started("ecs:CreateService", day=8))
    today = started("codebuild:StartBuild", DEPLOYER, day=2)
    yield alerts("deployed of late", usual, today, started("codebuild:StartBuild", day=8))
    for action in WORK:
        task = f"{action.partition(':')[0]}:"
        start = next(one for one in STARTS if one.startswith(task))
        yield silent(f"after {action}", started(action, ROLE), started(start, day=8))
    failed = {**new, "errorCode": "ResourceLimitExceeded"}
    yield silent("over the quota", usual, failed)
    elsewhere = {**new, "recipientAccountId": "444455556666"}
    yield silent("in another account, which is new", usual, elsewhere)


def started(action: str, by: Fields = USER, *, day: float = 0) -> Record:
    return request(action, by, day=day)
