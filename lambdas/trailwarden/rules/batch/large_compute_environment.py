"""Batch compute environment made for many processors.

Batch starts as many servers as its limit allows, of the most expensive kind if the request says so.
A thief sets the limit high and submits miners as jobs.
"""

from trailwarden import DEPLOYMENT, Event, Match, Rule, Severity, Tactic, either
from trailwarden.cloudtrail.samples import ROLE, Fields, request
from trailwarden.cloudtrail.values import text_of
from trailwarden.examples import Examples, Record, alerts, silent
from trailwarden.services.ec2 import in_short, is_accelerated

LARGE = 256


def detect(event: Event) -> Match | None:
    resources = "requestParameters.computeResources"
    limit = event.get(f"{resources}.maxvCpus")
    types = filter(None, map(text_of, event.listed(f"{resources}.instanceTypes")))
    accelerated = [name for name in types if is_accelerated(name)]
    if not accelerated and not (isinstance(limit, int) and limit >= LARGE):
        return None
    name = event.request("computeEnvironmentName", "computeEnvironment")
    label = f"{name} up to {limit} vCPUs {in_short(accelerated)}"
    return Match(label.strip(), subject=name)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["batch:CreateComputeEnvironment", "batch:UpdateComputeEnvironment"],
    exempt=DEPLOYMENT,
    outcome=either(refused=Severity.LOW),
    severity=Severity.HIGH,
    attack={Tactic.IMPACT: ["T1496.001"]},
    response="Ask the caller. If they do not know of it, disable the compute environment and "
    "terminate its instances. Then disable the credentials.",
    false_positives="Researchers who set up a large computation by hand.",
)


def examples() -> Examples:
    large = made(256, "optimal")
    yield alerts("many processors", large, subject="work", label="work up to 256 vCPUs")
    label = "work up to 32 vCPUs p4d"
    yield alerts("accelerators, by a role", made(32, "p4d", by=ROLE), label=label)
    more: Fields = {"computeEnvironment": "work", "computeResources": {"maxvCpus": 10_000}}
    grown = request("batch:UpdateComputeEnvironment", **more)
    yield alerts("one that grows", grown, severity=Severity.HIGH, subject="work")
    yield silent("a smaller one", made(255, "optimal"))
    yield silent("a failure", {**large, "errorCode": "ClientException"})


def made(limit: int, instance_type: str, *, by: Fields | None = None) -> Record:
    resources = {"type": "EC2", "maxvCpus": limit, "instanceTypes": [instance_type]}
    named: Fields = {"computeEnvironmentName": "work", "type": "MANAGED"}
    action = "batch:CreateComputeEnvironment"
    return request(action, by, **named, computeResources=resources)
