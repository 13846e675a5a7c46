"""Ten instances launched by one request.

Miners and botnets want numbers, and one request starts as many instances as the quota allows. An
attempt that fails counts too.

What a principal did on three days, from a week ago on, is its routine: that is LOW.
"""

from trailwarden import ATTEMPTED, DEPLOYMENT, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import ROLE, Fields, refused, request
from trailwarden.correlations import DAY, of_title, routine
from trailwarden.detection.observation import Observation
from trailwarden.examples import Examples, alerts, examples_of_routine, silent
from trailwarden.services.ec2 import LAUNCHES, in_short, instance_count, instance_types

MANY = 10


def detect(event: Event) -> Match | None:
    count = instance_count(event)
    if count < MANY:
        return None
    types = in_short(instance_types(event))
    label = f"{count} instances {types} {event.error_code}".strip()
    return Match(f"{label} in {event.aws_region}")


def size_of(seen: Observation) -> int:
    """Return how many instances an act started."""
    return int(seen.label.partition(" ")[0])


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=LAUNCHES,
    exempt=DEPLOYMENT,
    outcome=ATTEMPTED._replace(refused=Severity.LOW),
    severity=Severity.HIGH,
    attack={Tactic.IMPACT: ["T1496.001"], Tactic.DEFENSE_EVASION: ["T1578.002"]},
    response="Ask the caller about the purpose of the instances. If nobody can say, terminate them "
    "and disable the credentials. Look into the other Regions too.",
    false_positives="Load tests and computing clusters that a person starts by hand. An autoscaler "
    "such as Karpenter, or the service role of EMR: name its role in `deploy_roles`.",
    correlation=routine(kind=of_title, size=size_of),
    window=7 * DAY,
    story="machines launched",
)


def examples() -> Examples:
    high = Severity.HIGH
    ten = request("ec2:RunInstances", **number(10), instanceType="c5.large")
    yield alerts("ten instances", ten, severity=high, label="10 instances c5.large in us-east-1")
    over_quota = {"errorCode": "Client.InstanceLimitExceeded"}
    failed = request("ec2:RunInstances", fields=over_quota, **number(100))
    yield alerts("a hundred, over quota", failed, severity=high)
    spot = {"SpotFleetRequestConfig": {"TargetCapacity": 40}}
    yield alerts("a spot fleet", request("ec2:RequestSpotFleet", RequestSpotFleetRequest=spot))
    yield alerts("spot instances", request("ec2:RequestSpotInstances", instanceCount=10))
    fleet = {"TargetCapacitySpecification": {"TotalTargetCapacity": 10}}
    yield alerts("a fleet", request("ec2:CreateFleet", CreateFleetRequest=fleet))
    refusal = refused("ec2:RunInstances", **number(100))
    yield alerts("a hundred, refused", refusal, severity=Severity.LOW)
    yield silent("nine instances", request("ec2:RunInstances", **number(9)))
    yield from examples_of_routine(
        lambda day: request("ec2:RunInstances", day=day, **number(10)),
        told=high,
        other=lambda day: request("ec2:RunInstances", ROLE, day=day, **number(10)),
    )
    tens = [request("ec2:RunInstances", day=day, **number(10)) for day in (-9, -8, -7)]
    yield alerts("many more than ever", *tens, request("ec2:RunInstances", **number(20)), last=high)


def number(count: int) -> Fields:
    return {"instancesSet": {"items": [{"imageId": "ami-1", "minCount": 1, "maxCount": count}]}}
