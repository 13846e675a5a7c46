"""Default route was pointed at a single machine or a peered network.

Traffic to the internet normally leaves through a gateway of AWS. Sent through a network interface
or a peering instead, whoever holds the other end reads along, or opens a way out that nobody
filters.
"""

from collections.abc import Iterator

from trailwarden import Event, Example, Match, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.samples import iam_user, record
from trailwarden.cloudtrail.values import Record
from trailwarden.services.ec2 import texts
from trailwarden.services.security_groups import Opening

TARGETS = ("networkInterfaceId", "instanceId", "vpcPeeringConnectionId")


def detect(event: Event) -> Match | None:
    if event.by_automation or not event.succeeded:
        return None
    asked = event.get("requestParameters")
    destinations = texts(asked, "destinationCidrBlock", "destinationIpv6CidrBlock")
    if not any(Opening(cidr, "all", 0, 65535).is_world for cidr in destinations):
        return None
    target = next(iter(texts(asked, *TARGETS)), "")[:60]
    table = next(iter(texts(asked, "routeTableId")), "")[:40]
    return Match(f"{table} to {target}", subject=table) if target else None


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["ec2:CreateRoute", "ec2:ReplaceRoute"],
    severity=Severity.MEDIUM,
    attack={
        Tactic.EXFILTRATION: ["T1048"],
        Tactic.DEFENSE_EVASION: ["T1562.007"],
        Tactic.CREDENTIAL_ACCESS: ["T1557"],
    },
    response="Find out what holds the interface or the peering, and who set the route. If nobody "
    "knows, point the route back at the gateway and isolate the machine.",
    false_positives="NAT instances and virtual firewalls, also when they take over from each "
    "other.",
)


def examples() -> Iterator[Example]:
    yield alerts("to an interface", route(networkInterfaceId="eni-0123456789abcdef0"))
    yield alerts("to a peering", route(vpcPeeringConnectionId="pcx-0123456789abcdef0"))
    yield silent("to a gateway", route(gatewayId="igw-0123456789abcdef0"))
    yield silent("to a NAT gateway", route(natGatewayId="nat-0123456789abcdef0"))
    near = route("10.1.0.0/16", vpcPeeringConnectionId="pcx-0123456789abcdef0")
    yield silent("one network to a peering", near)


def route(cidr: str = "0.0.0.0/0", **target: str) -> Record:
    asked = {"routeTableId": "rtb-0123456789abcdef0", "destinationCidrBlock": cidr} | target
    return record("ec2:ReplaceRoute", iam_user("alice"), requestParameters=asked)
