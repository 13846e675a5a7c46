"""Very large capacity asked of a service.

Fleets, endpoints, clusters and functions run on machines that the account pays for. One request
raises them to the quota, and no launch of an instance shows it.
"""

import re
from collections.abc import Mapping

from trailwarden import ATTEMPTED, DEPLOYMENT, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.caller import ANYBODY
from trailwarden.cloudtrail.samples import ACCOUNT, ROLE, Fields, refused, request
from trailwarden.correlations import DAY, by_actor, first_use
from trailwarden.examples import Examples, Record, alerts, silent
from trailwarden.services.ec2 import is_accelerated, texts, values, vcpus
from trailwarden.services.things import thing_of

MANY, LARGE = 50, 400
"""Machines, and processors where the request says how big the machines are."""
HUGE = 1500
"""Processors that cost more in a day than a page in the night."""
BESIDE_GPU = 2
"""How many processors one counts for that has a share of a GPU, or of another accelerator."""
MANY_SMALL = 300
"""Tasks, workers and warm functions, each of which is a part of a machine."""
SMALL = frozenset({"deadline", "ecs", "glue", "lambda"})
SIZES = (
    *("desiredInstances", "desiredInstanceCount", "desiredCount", "minWorkerCount", "count"),
    *("instanceCount", "targetCapacity", "targetOnDemandCapacity", "targetSpotCapacity"),
    *("totalTargetCapacity", "provisionedConcurrentExecutions", "quantity", "numberOfWorkers"),
    *("minSize", "initialInstanceCount"),
)
TYPES = ("instanceType", "instanceTypes", "eC2InstanceType")
PER_MACHINE = 8
DESKTOPS = "workspaces:CreateWorkspaces"
"""A request for desktops, which names each one, with the kind of its machine."""
WORKERS = re.compile(r"[GRZ]\.(\d+)X\Z", re.ASCII)
PER_WORKER = 4
"""The processors of one unit of Glue, of which `G.8X` is eight."""
PER_GRAPHICS = 40
"""The processors that a desktop with a graphics card counts for, by what it costs."""


def detect(event: Event) -> Match | None:
    parameters = event.get("requestParameters")
    found = (n for n in values(parameters, *SIZES) if isinstance(n, int))
    most = max((n for n in found if not isinstance(n, bool)), default=0)
    types = [kind.removeprefix("ml.").removeprefix("stream.") for kind in texts(parameters, *TYPES)]
    processors = most * max(map(vcpus, types), default=0) + of_jobs(event, most)
    if event.action == DESKTOPS:
        kinds = [str(kind) for kind in values(parameters, "computeTypeName")]
        processors = PER_GRAPHICS * sum(kind.startswith("GRAPHICS") for kind in kinds)
    processors *= BESIDE_GPU if any(map(is_accelerated, types)) else 1
    enough = MANY_SMALL if event.service in SMALL else MANY
    if most < enough and processors < LARGE:
        return None
    label = f"{event.action} {scale(max(most, processors // PER_MACHINE))} and more"
    severity = Severity.LOW if event.denied else Severity.HIGH if processors >= HUGE else None
    return Match(label, severity, thing_of(event))


def of_jobs(event: Event, workers: int) -> int:
    """Return the processors of a job of Glue, which says its workers' kind, or its units."""
    if event.service != "glue":
        return 0
    parameters = event.get("requestParameters")
    kinds = [kind for text in texts(parameters, "workerType") if (kind := WORKERS.match(text))]
    units = [n for n in values(parameters, "maxCapacity") if isinstance(n, int | float)]
    each = max((int(kind[1][:3]) for kind in kinds), default=0)
    return PER_WORKER * max(workers * each, *map(int, units), 0)


def scale(number: int) -> int:
    """Return the power of four below a size: what stays near its size is no news."""
    return 4 ** ((number.bit_length() - 1) // 2)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "appstream:CreateFleet",
        "appstream:UpdateFleet",
        "deadline:CreateFleet",
        "deadline:UpdateFleet",
        "ec2:AllocateHosts",
        "ec2:CreateCapacityReservation",
        "ec2:ModifyCapacityReservation",
        "ec2:ModifyFleet",
        "ec2:ModifySpotFleetRequest",
        "ecs:CreateService",
        "ecs:RunTask",
        "ecs:UpdateService",
        "elasticmapreduce:AddInstanceFleet",
        "elasticmapreduce:AddInstanceGroups",
        "elasticmapreduce:ModifyInstanceFleet",
        "elasticmapreduce:ModifyInstanceGroups",
        "gamelift:UpdateFleetCapacity",
        "glue:CreateJob",
        "glue:CreateSession",
        "glue:StartJobRun",
        "glue:UpdateJob",
        "lambda:PutProvisionedConcurrencyConfig",
        "sagemaker:CreateCluster",
        "sagemaker:CreateEndpointConfig",
        "sagemaker:CreateProcessingJob",
        "sagemaker:CreateTrainingJob",
        "sagemaker:CreateTransformJob",
        "sagemaker:UpdateCluster",
        "sagemaker:UpdateEndpointWeightsAndCapacities",
        DESKTOPS,
    ],
    exempt=DEPLOYMENT,
    outcome=ATTEMPTED,
    severity=Severity.MEDIUM,
    attack={Tactic.IMPACT: ["T1496.001"], Tactic.DEFENSE_EVASION: ["T1578"]},
    response="Ask the caller for the reason. If nobody can say, set the old size again, and stop "
    "what runs. Disable the credentials, and look into the other Regions.",
    false_positives="Training of models, and big workloads that a person starts by hand. What the "
    "same principal does again is not told.",
    correlation=first_use(by_actor, at_once_by=ANYBODY),
    window=7 * DAY,
    story="machines launched",
)

FLEET: Fields = {"fleetId": "fleet-1"}
JOB: Fields = {
    "trainingJobName": "train",
    "algorithmSpecification": {"trainingInputMode": "File"},
    "roleArn": f"arn:aws:iam::{ACCOUNT}:role/train",
    "outputDataConfig": {"s3OutputPath": "s3://models"},
    "stoppingCondition": {},
}
DESKTOP_FLEET: Fields = {
    "name": "f",
    "instanceType": "stream.graphics.g4dn.16xlarge",
    "computeCapacity": {"desiredInstances": 10},
}
BIG_WORKERS: Fields = {"workerType": "G.8X", "numberOfWorkers": 13}
BODIES: Mapping[str, Fields] = {
    "appstream:CreateFleet": DESKTOP_FLEET,
    "appstream:UpdateFleet": DESKTOP_FLEET,
    "deadline:CreateFleet": {
        "farmId": "farm-1",
        "displayName": "f",
        "roleArn": f"arn:aws:iam::{ACCOUNT}:role/render",
        "maxWorkerCount": 900,
        "configuration": {},
        "minWorkerCount": 300,
    },
    "deadline:UpdateFleet": {"farmId": "farm-1", **FLEET, "minWorkerCount": 300},
    "ec2:AllocateHosts": {"instanceType": "m5.metal", "quantity": 5},
    "ec2:CreateCapacityReservation": {
        "CreateCapacityReservationRequest": {
            "InstanceType": "p5.48xlarge",
            "InstancePlatform": "Linux/UNIX",
            "InstanceCount": 3,
        }
    },
    "ec2:ModifyCapacityReservation": {
        "ModifyCapacityReservationRequest": {"CapacityReservationId": "cr-1", "InstanceCount": 50}
    },
    "ec2:ModifyFleet": {
        "ModifyFleetRequest": {"TargetCapacitySpecification": {"TotalTargetCapacity": 50}}
    },
    "ec2:ModifySpotFleetRequest": {"spotFleetRequestId": "sfr-1", "targetCapacity": 50},
    "ecs:CreateService": {"serviceName": "app", "desiredCount": 300},
    "ecs:RunTask": {"taskDefinition": "app:1", "count": 300},
    "ecs:UpdateService": {"service": "app", "desiredCount": 300},
    "elasticmapreduce:AddInstanceFleet": {
        "clusterId": "j-1",
        "instanceFleet": {"instanceFleetType": "TASK", "targetSpotCapacity": 50},
    },
    "elasticmapreduce:AddInstanceGroups": {
        "jobFlowId": "j-1",
        "instanceGroups": [{"instanceType": "c5.24xlarge", "instanceCount": 5}],
    },
    "elasticmapreduce:ModifyInstanceGroups": {
        "clusterId": "j-1",
        "instanceGroups": [{"instanceGroupId": "ig-1", "instanceCount": 50}],
    },
    "elasticmapreduce:ModifyInstanceFleet": {
        "clusterId": "j-1",
        "instanceFleet": {"instanceFleetId": "if-1", "targetOnDemandCapacity": 50},
    },
    "gamelift:UpdateFleetCapacity": {**FLEET, "desiredInstances": 50},
    "glue:CreateJob": {"name": "etl", "role": "glue", "command": {}, **BIG_WORKERS},
    "glue:CreateSession": {
        "id": "s",
        "role": "glue",
        "command": {"name": "glueetl"},
        "numberOfWorkers": 300,
    },
    "glue:StartJobRun": {"jobName": "etl", "numberOfWorkers": 300},
    "glue:UpdateJob": {"jobName": "etl", "jobUpdate": BIG_WORKERS},
    "lambda:PutProvisionedConcurrencyConfig": {
        "functionName": "app",
        "qualifier": "1",
        "provisionedConcurrentExecutions": 300,
    },
    "sagemaker:CreateCluster": {
        "clusterName": "c",
        "instanceGroups": [{"instanceType": "ml.p5.48xlarge", "instanceCount": 3}],
    },
    "sagemaker:UpdateCluster": {
        "clusterName": "c",
        "instanceGroups": [{"instanceType": "ml.p5.48xlarge", "instanceCount": 3}],
    },
    "sagemaker:CreateEndpointConfig": {
        "endpointConfigName": "e",
        "productionVariants": [{"instanceType": "ml.c5.18xlarge", "initialInstanceCount": 6}],
    },
    "sagemaker:CreateProcessingJob": {
        "processingJobName": "p",
        "appSpecification": {"imageUri": "i"},
        "roleArn": f"arn:aws:iam::{ACCOUNT}:role/train",
        "processingResources": {"clusterConfig": {"instanceCount": 50}},
    },
    "sagemaker:CreateTrainingJob": {**JOB, "resourceConfig": {"instanceCount": 50}},
    "sagemaker:CreateTransformJob": {
        "transformJobName": "t",
        "modelName": "m",
        "transformInput": {"dataSource": {}},
        "transformOutput": {"s3OutputPath": "s3://models"},
        "transformResources": {"instanceType": "ml.m5.24xlarge", "instanceCount": 5},
    },
    "sagemaker:UpdateEndpointWeightsAndCapacities": {
        "endpointName": "e",
        "desiredWeightsAndCapacities": [{"variantName": "v", "desiredInstanceCount": 50}],
    },
}
"""A large request of each call."""


def examples() -> Examples:
    fleet = request("gamelift:UpdateFleetCapacity", **FLEET, desiredInstances=50)
    label = "gamelift:UpdateFleetCapacity 16 and more"
    yield alerts("a fleet", fleet, severity=Severity.MEDIUM, subject="fleet-1", label=label)
    for action, body in BODIES.items():
        yield alerts(action, request(action, **body), severity=Severity.MEDIUM)
    big: Fields = {"resourceConfig": {"instanceType": "ml.p5.48xlarge", "instanceCount": 3}}
    trained = request("sagemaker:CreateTrainingJob", **JOB, **big)
    yield alerts("a few big machines", trained, severity=Severity.MEDIUM, subject="train")
    for kind, number, severity in (
        ("ml.p4d.24xlarge", 8, Severity.HIGH),
        ("ml.p4d.24xlarge", 7, Severity.MEDIUM),
        ("ml.p4d.24xlarge", 3, Severity.MEDIUM),
        ("ml.m5.24xlarge", 16, Severity.HIGH),
        ("ml.m5.24xlarge", 15, Severity.MEDIUM),
    ):
        many: Fields = {"resourceConfig": {"instanceType": kind, "instanceCount": number}}
        run_at_night = request("sagemaker:CreateTrainingJob", **JOB, **many)
        yield alerts(f"{number} of {kind}", run_at_night, severity=severity)
    yield alerts(
        "much more than before", fleet, sized(300, day=1), label=label.replace("16", "256")
    )
    second = sized(50, "fleet-2", day=1)
    yield alerts("by another principal", sized(50, by=ROLE), second, subject="fleet-2")
    late = sized(50, "fleet-2", day=61)
    yield alerts("after a long time", sized(50), late, subject="fleet-2")
    yield alerts("desktops with graphics cards", desktops("GRAPHICS_G4DN"))
    yield silent("desktops", desktops("POWER"))
    attempt = refused("gamelift:UpdateFleetCapacity", **FLEET, desiredInstances=50)
    yield alerts("refused", attempt, severity=Severity.LOW)
    yield silent("a smaller fleet", sized(49))
    for kind, number, story in (("G.1X", 99, silent), ("G.1X", 100, alerts), ("R.8X", 12, silent)):
        run: Fields = {"workerType": kind, "numberOfWorkers": number}
        yield story(f"a job of {number} {kind}", request("glue:StartJobRun", jobName="e", **run))
    for units, story in ((100, alerts), (99.5, silent)):
        old = request("glue:StartJobRun", jobName="e", maxCapacity=units)
        yield story(f"a job of {units} units", old)
    two: Fields = {"resourceConfig": {"instanceType": "ml.p4d.24xlarge", "instanceCount": 2}}
    yield silent("two machines with GPUs", request("sagemaker:CreateTrainingJob", **JOB, **two))
    one: Fields = {"resourceConfig": {"instanceType": "ml.g5.xlarge", "instanceCount": 1}}
    yield silent("one machine with a GPU", request("sagemaker:CreateTrainingJob", **JOB, **one))
    yield silent("some tasks", request("ecs:UpdateService", service="app", desiredCount=299))
    few: Fields = {"resourceConfig": {"instanceType": "ml.m5.xlarge", "instanceCount": 49}}
    yield silent("some small machines", request("sagemaker:CreateTrainingJob", **JOB, **few))


def desktops(kind: str) -> Record:
    properties = {"workspaceProperties": {"computeTypeName": kind}}
    named = {"directoryId": "d-1", "bundleId": "wsb-1"} | properties
    return request(DESKTOPS, workspaces=[named | {"userName": f"user{n}"} for n in range(10)])


def sized(
    instances: int, fleet: str = "fleet-1", *, by: Fields | None = None, day: float = 0
) -> Record:
    action = "gamelift:UpdateFleetCapacity"
    return request(action, by, day=day, fleetId=fleet, desiredInstances=instances)
