"""Auto Scaling set to run very many machines.

A group keeps its size: it replaces the terminated machines of a miner at once, as long as it
exists. One request is enough for as many machines as the quota allows.

A size that a principal set on three days, from a week ago on, is its routine: that is LOW. Twice as
many machines, or others, are none.
"""

from trailwarden import ATTEMPTED, DEPLOYMENT, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import ACCOUNT, Fields, request
from trailwarden.correlations import DAY, routine
from trailwarden.detection.observation import Observation
from trailwarden.examples import Examples, alerts, examples_of_daily, silent
from trailwarden.services.ec2 import first, in_short, is_accelerated, texts, values, vcpus_asked

MANY = 50
LARGE = 400
"""Processors: fifty machines of the size 2xlarge."""
SIZES = ("maxSize", "desiredCapacity", "desiredSize", "maxCapacity", "instanceCount")
MACHINES = frozenset({"appstream", "ec2", "ecs", "elasticmapreduce", "sagemaker"})


def detect(event: Event) -> Match | None:
    is_target = event.name == "RegisterScalableTarget"
    if is_target and event.request("serviceNamespace") not in MACHINES:
        return None
    parameters = event.get("requestParameters")
    sizes = [n for n in values(parameters, *SIZES) if isinstance(n, int)]
    most = max(sizes, default=0)
    accelerated = [
        t for t in texts(parameters, "instanceType", "instanceTypes") if is_accelerated(t)
    ]
    is_large = most >= MANY or vcpus_asked(event, *SIZES) >= LARGE
    if not is_large and not (accelerated and most):
        return None
    group = first(event, "autoScalingGroupName", "resourceId", "nodegroupName")
    label = f"{group} to {most} {in_short(accelerated)}".strip()
    return Match(label, None if is_large else Severity.MEDIUM, group)


def of_machines(seen: Observation) -> str:
    """Return the group and the accelerated machines that a label names."""
    group, _, rest = seen.label.rpartition("to ")
    return f"{group}{rest.partition(' ')[2]}"


def size_of(seen: Observation) -> int:
    """Return the number of machines that a label tells."""
    return int(seen.label.rpartition("to ")[2].split()[0])


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "application-autoscaling:RegisterScalableTarget",
        "autoscaling:BatchPutScheduledUpdateGroupAction",
        "autoscaling:CreateAutoScalingGroup",
        "autoscaling:PutScheduledUpdateGroupAction",
        "autoscaling:RegisterScalableTarget",
        "autoscaling:SetDesiredCapacity",
        "autoscaling:UpdateAutoScalingGroup",
        "eks:CreateNodegroup",
        "eks:UpdateNodegroupConfig",
        "elasticmapreduce:RunJobFlow",
    ],
    exempt=DEPLOYMENT,
    outcome=ATTEMPTED,
    severity=Severity.HIGH,
    attack={Tactic.IMPACT: ["T1496.001"]},
    response="Ask the caller for the reason. If nobody can say, set the group to zero and delete "
    "it before the instances. Disable the credentials, and look into the other Regions.",
    false_positives="Big workloads that an engineer scales by hand before a busy day. An "
    "autoscaler of a cluster: name its role in `deploy_roles`.",
    references=[
        "https://docs.aws.amazon.com/autoscaling/application/userguide/logging-using-cloudtrail.html"
    ],
    correlation=routine(kind=of_machines, size=size_of),
    window=7 * DAY,
)


def examples() -> Examples:
    named: Fields = {"autoScalingGroupName": "workers"}
    create, update = "autoscaling:CreateAutoScalingGroup", "autoscaling:UpdateAutoScalingGroup"
    big = request(create, **named, minSize=20, maxSize=999)
    yield alerts("a big group", big, subject="workers", label="workers to 999")
    yield alerts("a group grows", request(update, **named, maxSize=50))
    size = request("autoscaling:SetDesiredCapacity", **named, desiredCapacity=50)
    yield alerts("a big size", size, subject="workers")
    planned: Fields = {**named, "scheduledActionName": "night", "desiredCapacity": 50}
    later = request("autoscaling:PutScheduledUpdateGroupAction", **planned)
    yield alerts("a big size at another time", later, subject="workers")
    batch = [{"scheduledActionName": "night", "maxSize": 50}]
    several = request(
        "autoscaling:BatchPutScheduledUpdateGroupAction", **named, scheduledUpdateGroupActions=batch
    )
    yield alerts("several sizes at other times", several, subject="workers")
    tasks: Fields = {
        "serviceNamespace": "ecs",
        "resourceId": "service/a/b",
        "scalableDimension": "ecs:service:DesiredCount",
        "maxCapacity": 500,
    }
    for service in ("autoscaling", "application-autoscaling"):
        target = request(f"{service}:RegisterScalableTarget", **tasks)
        yield alerts(f"many tasks, by {service}", target, subject="service/a/b")
    table = request(f"{service}:RegisterScalableTarget", **tasks | {"serviceNamespace": "dynamodb"})
    yield silent("a table", table)
    for kind, count, severity in (
        ("p5.48xlarge", 3, Severity.HIGH),
        ("g4dn.xlarge", 1, Severity.MEDIUM),
        ("m5.8xlarge", 13, Severity.HIGH),
    ):
        overrides = {"launchTemplate": {"overrides": [{"instanceType": kind}]}}
        sized: Fields = {"minSize": count, "maxSize": count, "mixedInstancesPolicy": overrides}
        group = request(create, **named, **sized)
        yield alerts(f"{count} {kind}", group, severity=severity, subject="workers")
    some = {"launchTemplate": {"overrides": [{"instanceType": "m5.8xlarge"}]}}
    twelve: Fields = {"minSize": 12, "maxSize": 12, "mixedInstancesPolicy": some}
    yield silent("twelve m5.8xlarge", request(create, **named, **twelve))
    nodes: Fields = {"clusterName": "prod", "nodegroupName": "gpu"}
    scaling = {"minSize": 0, "desiredSize": 3, "maxSize": 9}
    made = request("eks:CreateNodegroup", **nodes, **NODES, scalingConfig=scaling)
    yield alerts("nodes with GPUs", made, severity=Severity.HIGH, subject="gpu")
    grown = request("eks:UpdateNodegroupConfig", **nodes, scalingConfig={"maxSize": 80})
    yield alerts("more nodes", grown, subject="gpu")
    workers = {"instanceGroups": [{"instanceType": "c5.24xlarge", "instanceCount": 20}]}
    flow = request("elasticmapreduce:RunJobFlow", name="etl", instances=workers)
    yield alerts("a big cluster of EMR", flow)
    flat: Fields = {"slaveInstanceType": "c5.24xlarge", "instanceCount": 5}
    yield alerts("without groups", request("elasticmapreduce:RunJobFlow", name="e", instances=flat))
    yield silent("a small group", request(create, **named, minSize=1, maxSize=49))
    yield from examples_of_daily(flow, told=Severity.HIGH)
    yield from examples_of_daily(size, told=Severity.HIGH)
    days = [{**size, "eventID": f"{n}", "eventTime": f"2025-05-2{n}T12:00:00Z"} for n in range(3)]
    larger = request("autoscaling:SetDesiredCapacity", **named, desiredCapacity=200)
    yield alerts("more than ever", *days, larger, last=Severity.HIGH)


NODES: Fields = {
    "instanceTypes": ["p4d.24xlarge"],
    "subnets": ["subnet-1"],
    "nodeRole": f"arn:aws:iam::{ACCOUNT}:role/node",
}
