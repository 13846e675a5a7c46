"""Auto Scaling was told to run fifty machines or more.

A group keeps its size: machines of a miner that are terminated come back at once, as long as the
group is there. One request is enough for as many as the quota allows.
"""

from collections.abc import Iterator
from typing import Any

from trailwarden import Event, Example, Match, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.samples import denied, iam_user, record
from trailwarden.cloudtrail.values import Record, dig, text_of
from trailwarden.services.ec2 import by_cluster, texts, values

MANY = 50
MACHINES = frozenset({"appstream", "ec2", "ecs", "elasticmapreduce", "sagemaker"})


def detect(event: Event) -> Match | None:
    if event.by_automation or by_cluster(event) or event.denied:
        return None
    asked = event.get("requestParameters")
    namespace = text_of(dig(asked, "serviceNamespace"))
    if event.name == "RegisterScalableTarget" and namespace not in MACHINES:
        return None
    sizes = [n for n in values(asked, "maxSize", "desiredCapacity", "maxCapacity") if is_many(n)]
    group = next(iter(texts(asked, "autoScalingGroupName", "resourceId")), "")[:80]
    return Match(f"{group} to {str(max(sizes))[:9]}", subject=group) if sizes else None


def is_many(size: Any) -> bool:
    return isinstance(size, int) and size >= MANY


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "application-autoscaling:RegisterScalableTarget",
        "autoscaling:CreateAutoScalingGroup",
        "autoscaling:SetDesiredCapacity",
        "autoscaling:UpdateAutoScalingGroup",
    ],
    severity=Severity.HIGH,
    attack={Tactic.IMPACT: ["T1496.001"]},
    response="Ask whoever set the size. If nobody knows, set the group to nothing and delete it "
    "before the instances, look into the other Regions, and disable the credentials.",
    false_positives="Big workloads that are scaled by hand before a busy day.",
)


def examples() -> Iterator[Example]:
    yield alerts("a big group", group("CreateAutoScalingGroup", minSize=20, maxSize=999))
    yield alerts("a big size", group("SetDesiredCapacity", desiredCapacity=50))
    tasks = {"serviceNamespace": "ecs", "resourceId": "service/a/b", "maxCapacity": 500}
    target = "application-autoscaling:RegisterScalableTarget"
    yield alerts("many tasks", record(target, iam_user("alice"), requestParameters=tasks))
    table = tasks | {"serviceNamespace": "dynamodb"}
    yield silent("a table", record(target, iam_user("alice"), requestParameters=table))
    yield silent("a small group", group("CreateAutoScalingGroup", minSize=1, maxSize=49))
    yield silent("a refusal", denied("autoscaling:SetDesiredCapacity", iam_user("alice")))


def group(name: str, **sizes: int) -> Record:
    asked = {"autoScalingGroupName": "workers"} | sizes
    return record(f"autoscaling:{name}", iam_user("alice"), requestParameters=asked)
