"""Network changed.

The CIS benchmark wants alarms on each change of a VPC, route table, gateway or network ACL. Changes
that open or redirect traffic have rules of their own, which are on.
"""

from trailwarden import NOBODY, SUCCEEDED, Event, Match, Mode, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import refused, request
from trailwarden.examples import Examples, alerts, silent
from trailwarden.services.things import act_of

VPCS = (
    "AcceptVpcPeeringConnection",
    "AttachClassicLinkVpc",
    "CreateDefaultVpc",
    "CreateVpc",
    "CreateVpcPeeringConnection",
    "DeleteVpc",
    "DeleteVpcPeeringConnection",
    "DetachClassicLinkVpc",
    "DisableVpcClassicLink",
    "EnableVpcClassicLink",
    "ModifyVpcAttribute",
    "RejectVpcPeeringConnection",
)
ROUTE_TABLES = (
    "CreateRoute",
    "CreateRouteTable",
    "DeleteRoute",
    "DeleteRouteTable",
    "DisassociateRouteTable",
    "ReplaceRoute",
    "ReplaceRouteTableAssociation",
)
GATEWAYS = (
    "AttachInternetGateway",
    "CreateCustomerGateway",
    "CreateEgressOnlyInternetGateway",
    "CreateInternetGateway",
    "CreateNatGateway",
    "CreateTransitGateway",
    "CreateVpnConnection",
    "DeleteCustomerGateway",
    "DeleteEgressOnlyInternetGateway",
    "DeleteInternetGateway",
    "DeleteNatGateway",
    "DetachInternetGateway",
)
NETWORK_ACLS = (
    "CreateNetworkAcl",
    "CreateNetworkAclEntry",
    "DeleteNetworkAcl",
    "DeleteNetworkAclEntry",
    "ReplaceNetworkAclAssociation",
    "ReplaceNetworkAclEntry",
)


def detect(event: Event) -> Match:
    return Match(act_of(event))


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[f"ec2:{name}" for name in (*VPCS, *ROUTE_TABLES, *GATEWAYS, *NETWORK_ACLS)],
    exempt=NOBODY,
    outcome=SUCCEEDED,
    severity=Severity.INFORMATIONAL,
    attack={Tactic.DEFENSE_EVASION: ["T1562.007"]},
    response="Match the change with a change request. If there is none, undo it.",
    false_positives="Every deployment.",
    mode=Mode.OFF,
)


def examples() -> Examples:
    yield alerts("a VPC", request("ec2:DeleteVpc", vpcId="vpc-1"), label="DeleteVpc vpc-1")
    yield silent("a route of an API", request("apigateway:CreateRoute"))
    yield silent("refused", refused("ec2:CreateVpc"))
