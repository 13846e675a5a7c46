"""GPU or very large instances were asked for.

Stolen credentials are most often turned into money by mining on the biggest machines that the
account may start. Attempts count as much as successes: quotas and missing capacity stop many, and
whoever tries tries again elsewhere.
"""

from collections.abc import Iterator
from typing import Any

from trailwarden import Event, Example, Match, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.samples import Fields, assumed_role, aws_service, iam_user, record
from trailwarden.cloudtrail.values import Record
from trailwarden.services.ec2 import LAUNCHES, by_cluster, instance_types, is_accelerated, is_big


def detect(event: Event) -> Match | None:
    if event.by_automation or by_cluster(event):
        return None
    types = instance_types(event)
    accelerated = [kind for kind in types if is_accelerated(kind)]
    big = [kind for kind in types if is_big(kind)]
    if not accelerated and not big:
        return None
    severity = Severity.HIGH if accelerated else Severity.MEDIUM
    label = f"{(accelerated or big)[0][:40]} {event.error_code or 'started'}"
    return Match(label, severity)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[*LAUNCHES, "ec2:ModifyInstanceAttribute"],
    severity=Severity.HIGH,
    attack={Tactic.IMPACT: ["T1496.001"], Tactic.DEFENSE_EVASION: ["T1578.002"]},
    response="Ask the owner of the credentials. If they do not know of it, terminate the instances "
    "in every Region, disable the credentials, and look for what else they did.",
    false_positives="Model training, rendering or large databases that somebody sets up by hand.",
)


def examples() -> Iterator[Example]:
    alice = iam_user("alice")
    yield alerts("a GPU instance", launch(alice, "p3.2xlarge"))
    yield alerts("a big instance", launch(alice, "c5.24xlarge"))
    yield alerts(
        "a GPU instance, over quota",
        launch(alice, "p5.48xlarge", errorCode="Client.VcpuLimitExceeded"),
    )
    yield alerts("a fleet", record("ec2:CreateFleet", alice, requestParameters=FLEET))
    resize = {"instanceId": "i-1", "instanceType": {"value": "g5.12xlarge"}}
    yield alerts("a resize", record("ec2:ModifyInstanceAttribute", alice, requestParameters=resize))
    yield silent("an everyday instance", launch(alice, "m5.4xlarge"))
    yield silent("Auto Scaling does it", launch(aws_service("autoscaling"), "p3.2xlarge"))
    yield silent("Karpenter does it", record("ec2:CreateFleet", KARPENTER, requestParameters=FLEET))


FLEET = {
    "CreateFleetRequest": {
        "LaunchTemplateConfigs": {
            "Overrides": [{"InstanceType": "p4d.24xlarge", "tag": 1}],
            "tag": 1,
        },
        "TargetCapacitySpecification": {"TotalTargetCapacity": 1},
    }
}
PROVIDER = "arn:aws:iam::111122223333:oidc-provider/oidc.eks.us-east-1.amazonaws.com/id/EXAMPLE"
KARPENTER = assumed_role("karpenter", webIdFederationData={"federatedProvider": PROVIDER})


def launch(identity: Fields, kind: str, **fields: Any) -> Record:
    asked = {"instanceType": kind, "instancesSet": {"items": [{"minCount": 1, "maxCount": 1}]}}
    return record("ec2:RunInstances", identity, requestParameters=asked, **fields)
