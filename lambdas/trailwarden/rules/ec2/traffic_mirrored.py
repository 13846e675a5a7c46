"""Network traffic was mirrored to another machine.

A mirror copies every packet of a network interface, unseen by the machine. What is not encrypted on
the wire, passwords among it, can be read from it.
"""

from collections.abc import Iterator

from trailwarden import Event, Example, Match, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.samples import Fields, denied, iam_user, record
from trailwarden.services.ec2 import texts


def detect(event: Event) -> Match | None:
    if event.by_automation or event.denied or event.is_dry_run:
        return None
    told = texts(event.get("requestParameters"), "networkInterfaceId", "networkLoadBalancerArn")
    severity = None if event.succeeded else Severity.MEDIUM  # whoever tried will try another
    return Match(f"{event.name} {', '.join(told)[:80]}".strip(), severity=severity)


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
    severity=Severity.HIGH,
    attack={
        Tactic.CREDENTIAL_ACCESS: ["T1040"],
        Tactic.EXFILTRATION: ["T1020.001"],
    },
    response="Ask the network team. If nobody knows of it, delete the mirror session, isolate the "
    "machine that receives, and change the secrets that were sent in the clear.",
    false_positives="A network sensor that is set up by hand.",
)


def examples() -> Iterator[Example]:
    session = {"NetworkInterfaceId": "eni-0123456789abcdef0", "TrafficMirrorTargetId": "tmt-1"}
    asked: Fields = {"requestParameters": {"CreateTrafficMirrorSessionRequest": session}}
    action = "ec2:CreateTrafficMirrorSession"
    yield alerts("a session", record(action, iam_user("alice"), **asked))
    failed: Fields = asked | {"errorCode": "Client.NetworkInterfaceNotSupported"}
    yield alerts("an interface that cannot", record(action, iam_user("alice"), **failed))
    dry: Fields = asked | {"errorCode": "Client.DryRunOperation"}
    yield silent("a question whether one may", record(action, iam_user("alice"), **dry))
    yield silent("a refusal", denied(action, iam_user("alice")))
