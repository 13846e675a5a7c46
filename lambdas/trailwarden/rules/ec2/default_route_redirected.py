"""Default route redirected.

Traffic to the internet normally leaves through a gateway of AWS. A route to a network interface or
a peering sends it to another machine instead. That machine can read the traffic along, or open a
way out without any filter.
"""

from typing import Any

from trailwarden import DEPLOYMENT, SUCCEEDED, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import request
from trailwarden.examples import Examples, Record, alerts, silent
from trailwarden.services.ec2 import first, texts
from trailwarden.services.security_groups import Opening

TARGETS = ("networkInterfaceId", "instanceId", "vpcPeeringConnectionId")


def detect(event: Event) -> Match | None:
    parameters = event.get("requestParameters")
    destinations = texts(parameters, "destinationCidrBlock", "destinationIpv6CidrBlock")
    if not any(Opening(cidr, "all", 0, 65535).is_world for cidr in destinations):
        return None
    target, table = first(event, *TARGETS), first(event, "routeTableId")
    return Match(f"{table} to {target}", subject=table) if target else None


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["ec2:CreateRoute", "ec2:ReplaceRoute"],
    exempt=DEPLOYMENT,
    outcome=SUCCEEDED,
    severity=Severity.MEDIUM,
    attack={
        Tactic.EXFILTRATION: ["T1048"],
        Tactic.DEFENSE_EVASION: ["T1562.007"],
        Tactic.CREDENTIAL_ACCESS: ["T1557"],
    },
    response="Find out who holds the interface or the peering. Ask the caller for the reason. "
    "If nobody can say, point the route back at the gateway and isolate the machine.",
    false_positives="NAT instances and virtual firewalls, also when one takes over.",
)

TABLE = "rtb-0123456789abcdef0"


def examples() -> Examples:
    for name in ("ec2:ReplaceRoute", "ec2:CreateRoute"):
        interface = route(name, networkInterfaceId="eni-0123456789abcdef0")
        yield alerts("to an interface", interface, subject=TABLE)
    yield alerts("to an instance", route(instanceId="i-0123456789abcdef0"))
    yield alerts("to a peering", route(vpcPeeringConnectionId="pcx-0123456789abcdef0"))
    yield silent("to a gateway", route(gatewayId="igw-0123456789abcdef0"))
    yield silent("to a NAT gateway", route(natGatewayId="nat-0123456789abcdef0"))
    yield silent("one network", route(cidr="10.1.0.0/16", vpcPeeringConnectionId="pcx-1"))


def route(action: str = "ec2:ReplaceRoute", *, cidr: str = "0.0.0.0/0", **target: Any) -> Record:
    return request(action, routeTableId=TABLE, destinationCidrBlock=cidr, **target)
