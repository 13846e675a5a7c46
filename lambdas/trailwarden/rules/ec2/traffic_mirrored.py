"""Network traffic mirrored to another machine.

A mirror copies every packet of a network interface, unseen by the machine. The receiver reads
everything that is not encrypted, passwords included.
"""

from trailwarden import (
    ATTEMPTED,
    AWS_ITSELF,
    DEPLOYMENT,
    Event,
    Match,
    Outcome,
    Rule,
    Severity,
    Tactic,
)
from trailwarden.cloudtrail.samples import (
    Fields,
    aws_service,
    execution_role,
    refused,
    request,
)
from trailwarden.examples import Examples, alerts, silent
from trailwarden.services.ec2 import first

TITLES = {
    "CreateTrafficMirrorFilter": "Filter for mirrored traffic made",
    "CreateTrafficMirrorFilterRule": "Filter for mirrored traffic changed",
    "CreateTrafficMirrorTarget": "Target for mirrored traffic made",
    "ModifyTrafficMirrorSession": "Traffic mirror changed",
}
THINGS = (
    "networkInterfaceId",
    "networkLoadBalancerArn",
    "trafficMirrorFilterId",
    "trafficMirrorSessionId",
)


def detect(event: Event) -> Match:
    thing = first(event, *THINGS)
    severity = None if event.outcome is Outcome.SUCCEEDED else Severity.MEDIUM
    if event.caller in DEPLOYMENT:
        severity = Severity.LOW
    label = f"{event.name} {thing} {event.error_code}"
    return Match(" ".join(label.split()), severity, thing, TITLES.get(event.name, ""))


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "ec2:CreateTrafficMirrorFilter",
        "ec2:CreateTrafficMirrorFilterRule",
        "ec2:CreateTrafficMirrorSession",
        "ec2:CreateTrafficMirrorTarget",
        "ec2:ModifyTrafficMirrorSession",
    ],
    exempt=AWS_ITSELF,
    outcome=ATTEMPTED,
    severity=Severity.HIGH,
    attack={Tactic.CREDENTIAL_ACCESS: ["T1040"], Tactic.EXFILTRATION: ["T1020.001"]},
    response="Ask the network team. If nobody knows of it, delete the mirror session and isolate "
    "the receiving machine. Change the secrets that went over the network in the clear.",
    false_positives="A network sensor that an engineer sets up. A deployment has low severity.",
)


def examples() -> Examples:
    session = {"NetworkInterfaceId": "eni-1", "TrafficMirrorTargetId": "tmt-1"}
    parameters: Fields = {"CreateTrafficMirrorSessionRequest": session}
    mirrored = request(ACTION, **parameters)
    yield alerts("a session", mirrored, severity=Severity.HIGH, subject="eni-1")
    target = {"NetworkInterfaceId": "eni-2"}
    made = request("ec2:CreateTrafficMirrorTarget", CreateTrafficMirrorTargetRequest=target)
    yield alerts("a target", made, subject="eni-2")
    unfit = {"errorCode": "Client.NetworkInterfaceNotSupported"}
    failed = request(ACTION, fields=unfit, **parameters)
    yield alerts("an interface that cannot", failed, severity=Severity.MEDIUM)
    yield alerts("a refused one", refused(ACTION, **parameters), severity=Severity.MEDIUM)
    stack = request(ACTION, execution_role(), via="cloudformation", **parameters)
    yield alerts("CloudFormation in its role", stack, severity=Severity.LOW)
    yield silent("AWS itself", request(ACTION, aws_service("network-flow-monitor"), **parameters))


ACTION = "ec2:CreateTrafficMirrorSession"
