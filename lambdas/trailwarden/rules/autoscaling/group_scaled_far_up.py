"""Auto Scaling set to run fifty machines.

A group keeps its size: it replaces the terminated machines of a miner at once, as long as it
exists. One request is enough for as many machines as the quota allows.
"""

from collections.abc import Iterator

from trailwarden import (
    ATTEMPTED,
    DEPLOYMENT,
    Event,
    Example,
    Match,
    Rule,
    Severity,
    Tactic,
    alerts,
    silent,
)
from trailwarden.cloudtrail.samples import Fields, request
from trailwarden.services.ec2 import first, values

MANY = 50
MACHINES = frozenset({"appstream", "ec2", "ecs", "elasticmapreduce", "sagemaker"})


def detect(event: Event) -> Match | None:
    is_target = event.name == "RegisterScalableTarget"
    if is_target and event.request("serviceNamespace") not in MACHINES:
        return None
    parameters = event.get("requestParameters")
    sizes = values(parameters, "maxSize", "desiredCapacity", "maxCapacity")
    many = [n for n in sizes if isinstance(n, int) and n >= MANY]
    group = first(event, "autoScalingGroupName", "resourceId")
    return Match(f"{group} to {max(many)}", subject=group) if many else None


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "application-autoscaling:RegisterScalableTarget",
        "autoscaling:CreateAutoScalingGroup",
        "autoscaling:RegisterScalableTarget",
        "autoscaling:SetDesiredCapacity",
        "autoscaling:UpdateAutoScalingGroup",
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
)


def examples() -> Iterator[Example]:
    named: Fields = {"autoScalingGroupName": "workers"}
    create, update = "autoscaling:CreateAutoScalingGroup", "autoscaling:UpdateAutoScalingGroup"
    big = request(create, **named, minSize=20, maxSize=999)
    yield alerts("a big group", big, subject="workers", label="workers to 999")
    yield alerts("a group grows", request(update, **named, maxSize=50))
    size = request("autoscaling:SetDesiredCapacity", **named, desiredCapacity=50)
    yield alerts("a big size", size, subject="workers")
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
    yield silent("a small group", request(create, **named, minSize=1, maxSize=49))
