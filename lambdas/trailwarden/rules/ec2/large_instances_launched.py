"""Very large machines launched.

Thieves of credentials most often mine on the biggest machines that the account may start. Attempts
count as much as successes, because quotas and missing capacity stop many of them. The thief then
tries again elsewhere.

What a principal did on three days, from a week ago on, is its routine: that is LOW. A machine of
twice the size is none.
"""

from trailwarden import ATTEMPTED, DEPLOYMENT, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.event import Outcome
from trailwarden.cloudtrail.samples import Fields, assumed_role, pod, refused, request
from trailwarden.correlations import DAY, of_title, routine
from trailwarden.detection.observation import Observation
from trailwarden.examples import Examples, Record, alerts, examples_of_routine, silent
from trailwarden.services.ec2 import (
    LAUNCHES,
    in_short,
    instance_types,
    is_accelerated,
    is_big,
    vcpus,
)

TEMPLATES = (
    "ec2:CreateLaunchTemplate",
    "ec2:CreateLaunchTemplateVersion",
    "autoscaling:CreateLaunchConfiguration",
)
GPU, BIG = "GPU instance launched", "Very large instance launched"
TEMPLATE = "Launch template made for GPU instances"


def detect(event: Event) -> Match | None:
    types = instance_types(event)
    accelerated = [name for name in types if is_accelerated(name)]
    outcome = event.error_code or "started"
    label = f"{in_short(accelerated or types)} {outcome} in {event.aws_region}"
    if event.action in TEMPLATES:
        return (
            Match(in_short(accelerated), Severity.MEDIUM, title=TEMPLATE) if accelerated else None
        )
    if accelerated:
        return Match(label, Severity.HIGH, title=GPU)
    severity = Severity.LOW if event.outcome is Outcome.REFUSED else Severity.MEDIUM
    return Match(label, severity, title=BIG) if any(map(is_big, types)) else None


def size_of(seen: Observation) -> int:
    """Return about how many processors the largest of the types has that a label names."""
    return max(vcpus(name.partition(" ")[0]) for name in seen.label.split(", "))


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[*LAUNCHES, *TEMPLATES, "ec2:ModifyInstanceAttribute"],
    exempt=DEPLOYMENT,
    outcome=ATTEMPTED,
    severity=Severity.HIGH,
    attack={Tactic.IMPACT: ["T1496.001"], Tactic.DEFENSE_EVASION: ["T1578.002"]},
    response="Ask the owner of the credentials. If they do not know of it, terminate the instances "
    "in every Region and disable the credentials. Then look at the caller's other acts.",
    false_positives="Model training, rendering or large databases that a person sets up by hand. "
    "An autoscaler such as Karpenter: name its role in `deploy_roles`.",
    correlation=routine(kind=of_title, size=size_of),
    window=7 * DAY,
    story="machines launched",
)


def examples() -> Examples:
    high, medium = Severity.HIGH, Severity.MEDIUM
    gpu = launch("p3.2xlarge")
    yield alerts("a GPU instance", gpu, severity=high, label="p3.2xlarge started in us-east-1")
    yield alerts("a GPU instance, by a pod", launch("p3.2xlarge", pod("web")), severity=high)
    yield alerts("a big instance", launch("c5.24xlarge"), severity=medium)
    refusal = refused("ec2:RunInstances", instanceType="c5.24xlarge")
    yield alerts("a big instance that is refused", refusal, severity=Severity.LOW)
    denied_gpu = refused("ec2:RunInstances", instanceType="p3.2xlarge")
    yield alerts("a GPU instance that is refused", denied_gpu, severity=high)
    over_quota = {"errorCode": "Client.VcpuLimitExceeded"}
    failed = request("ec2:RunInstances", fields=over_quota, instanceType="p5.48xlarge")
    yield alerts("over quota", failed, severity=high)
    yield alerts("a fleet", fleet("m5.large", "p4d.24xlarge"), severity=high)
    for action in ("ec2:RequestSpotFleet", "ec2:RequestSpotInstances"):
        yield alerts(action, request(action, instanceType="g5.xlarge"), severity=high)
    resize = request("ec2:ModifyInstanceAttribute", instanceType={"value": "g5.12xlarge"})
    yield alerts("a resize", resize, severity=high)
    for action in TEMPLATES:
        yield alerts(action, template(action, "p5.48xlarge"), severity=medium)
    yield silent("an everyday instance", launch("m5.4xlarge"))
    yield silent("an everyday template", template(TEMPLATES[0], "m5.metal"))
    started: Fields = {"fleetInstanceSet": {"item": {"instanceType": "m5.large"}}}
    yield silent(
        "a fleet that starts a small one", fleet("m5.large", "m5.24xlarge", answer=started)
    )
    other = assumed_role("web")
    yield from examples_of_routine(
        lambda day: launch("g5.xlarge", day=day),
        told=high,
        other=lambda day: launch("g5.xlarge", other, day=day),
    )
    big_ones = [launch("c5.24xlarge", day=day) for day in (-9, -8, -7)]
    yield alerts("a GPU beside big machines", *big_ones, gpu, last=high)
    small_ones = [launch("g5.xlarge", day=day) for day in (-9, -8, -7)]
    yield alerts("a much larger one", *small_ones, launch("p5.48xlarge"), last=high)


def launch(instance_type: str, by: Fields | None = None, *, day: int = 0) -> Record:
    number = {"items": [{"minCount": 1, "maxCount": 1}]}
    return request("ec2:RunInstances", by, day=day, instanceType=instance_type, instancesSet=number)


def fleet(*types: str, answer: Fields | None = None) -> Record:
    overrides = [{"InstanceType": name, "tag": 1} for name in types]
    capacity = {"TotalTargetCapacity": 1}
    wanted = {"LaunchTemplateConfigs": {"Overrides": overrides, "tag": 1}}
    parameters = wanted | {"TargetCapacitySpecification": capacity}
    return request("ec2:CreateFleet", answer=answer, CreateFleetRequest=parameters)


def template(action: str, instance_type: str) -> Record:
    if action.startswith("autoscaling:"):
        return request(action, launchConfigurationName="x", instanceType=instance_type)
    data = {"LaunchTemplateData": {"InstanceType": instance_type}}
    parameters: Fields = {f"{action[4:]}Request": data}
    return request(action, **parameters)
