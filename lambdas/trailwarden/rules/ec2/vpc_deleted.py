"""Network deleted.

Networks are built to stay. A caller who deletes one cleans up after a test, or wipes out all the
machines in it.
"""

from trailwarden import DEPLOYMENT, SUCCEEDED, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.caller import resembles_pipeline
from trailwarden.cloudtrail.samples import ACCOUNT, Fields, assumed_role, request
from trailwarden.examples import Examples, alerts, silent
from trailwarden.services.ec2 import first

TITLES = {
    "DeleteConnection": "Connection of Direct Connect deleted",
    "DeleteDirectConnectGateway": "Gateway of Direct Connect deleted",
    "DeleteSubnet": "Subnet deleted",
    "DeleteTransitGateway": "Transit gateway deleted",
    "DeleteVirtualInterface": "Virtual interface of Direct Connect deleted",
    "DeleteVpc": "VPC deleted",
    "DeleteVpnConnection": "VPN connection deleted",
}
NAMES = (
    *("vpcId", "subnetId", "vpnConnectionId", "transitGatewayId"),
    *("connectionId", "virtualInterfaceId", "directConnectGatewayId"),
)


def detect(event: Event) -> Match:
    network = first(event, *NAMES)
    severity = Severity.LOW if resembles_pipeline(event) else None  # a preview's end
    return Match(network, severity, title=TITLES[event.name])


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "directconnect:DeleteConnection",
        "directconnect:DeleteDirectConnectGateway",
        "directconnect:DeleteVirtualInterface",
        "ec2:DeleteSubnet",
        "ec2:DeleteTransitGateway",
        "ec2:DeleteVpc",
        "ec2:DeleteVpnConnection",
    ],
    exempt=DEPLOYMENT,
    outcome=SUCCEEDED,
    severity=Severity.MEDIUM,
    story="destruction",
    attack={Tactic.IMPACT: ["T1485"]},
    response="Ask the caller. If they did not do it, disable the credentials and look for other "
    "deletions. Restore the network from its code.",
    false_positives="An administrator cleans up default and test networks. Name a role that does "
    "it regularly in `deploy_roles`.",
)


LINES: dict[str, str] = {
    "DeleteConnection": "connectionId",
    "DeleteDirectConnectGateway": "directConnectGatewayId",
    "DeleteVirtualInterface": "virtualInterfaceId",
}


def examples() -> Examples:
    yield alerts("a VPC", request("ec2:DeleteVpc", vpcId="vpc-1"), label="vpc-1")
    yield alerts("a subnet", request("ec2:DeleteSubnet", subnetId="subnet-1"), label="subnet-1")
    gateway: Fields = {"DeleteTransitGatewayRequest": {"TransitGatewayId": "tgw-1"}}
    yield alerts("a hub", request("ec2:DeleteTransitGateway", **gateway), label="tgw-1")
    tunnel = request("ec2:DeleteVpnConnection", vpnConnectionId="vpn-1")
    yield alerts("a tunnel", tunnel, label="vpn-1")
    for name, key in LINES.items():
        body: Fields = {key: "dx-1"}
        line = request(f"directconnect:{name}", **body)
        yield alerts(name, line, label="dx-1")
    provider = f"arn:aws:iam::{ACCOUNT}:oidc-provider/token.actions.githubusercontent.com"
    build = assumed_role("deploy", webIdFederationData={"federatedProvider": provider})
    preview = request("ec2:DeleteVpc", build, vpcId="vpc-1")
    yield alerts("by a build", preview, severity=Severity.LOW)
    used = {"errorCode": "Client.DependencyViolation"}
    yield silent("a VPC in use", request("ec2:DeleteVpc", fields=used, vpcId="vpc-1"))
