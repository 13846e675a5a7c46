"""Network deleted.

Networks are built to stay. A caller who deletes one cleans up after a test, or wipes out all the
machines in it.

A network that its own caller made within a day before was a trial: that is LOW.
"""

from trailwarden import DEPLOYMENT, SUCCEEDED, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.caller import resembles_pipeline
from trailwarden.cloudtrail.samples import ACCOUNT, Fields, assumed_role, request
from trailwarden.correlations import DAY, by_actor
from trailwarden.detection.undone import Undone, made
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


MADE = {"CreateSubnet": "subnet.subnetId", "CreateVpc": "vpc.vpcId"}


def detect(event: Event) -> Match | None:
    if event.name in MADE:
        new = event.answer(MADE[event.name])
        return Match(made(new)) if new else None
    network = first(event, *NAMES)
    severity = Severity.LOW if resembles_pipeline(event) else None  # a preview's end
    return Match(network, severity, network, TITLES[event.name])


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        *(f"ec2:{name}" for name in MADE),
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
    correlation=Undone(timespan=DAY, group_by=by_actor),
    window=7 * DAY,
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
    vpc, subnet = {"vpc": {"vpcId": "vpc-1"}}, {"subnet": {"subnetId": "subnet-1"}}
    begun = request("ec2:CreateVpc", answer=vpc, minute=-14 * 60, cidrBlock="10.0.0.0/16")
    gone = request("ec2:DeleteVpc", minute=9, vpcId="vpc-1")
    yield alerts("a trial", begun, gone, severity=Severity.LOW)
    part = request("ec2:CreateSubnet", answer=subnet, minute=-9, vpcId="vpc-1")
    whole = request("ec2:DeleteSubnet", subnetId="subnet-1")
    yield alerts("a subnet for a trial", part, whole, severity=Severity.LOW)
    ago = {**begun, "eventTime": "2025-06-01T11:59:00Z"}
    yield alerts("a trial of long ago", ago, gone, severity=Severity.MEDIUM)
    theirs = {**begun, "userIdentity": build}
    yield alerts("what another made", theirs, gone, severity=Severity.MEDIUM)
    yield silent("a network is made", begun)
    used = {"errorCode": "Client.DependencyViolation"}
    yield silent("a VPC in use", request("ec2:DeleteVpc", fields=used, vpcId="vpc-1"))
