"""Network changed: VPC, route table, gateway or network ACL.

The CIS benchmark asks for alarms on any change of these four. Changes that open or redirect
traffic have rules of their own, which are on.
"""

from collections.abc import Iterator

from trailwarden import Event, Example, Mode, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.samples import denied, iam_user, record

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


def detect(event: Event) -> str:
    return event.name[:60] if event.succeeded else ""


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[f"ec2:{name}" for name in (*VPCS, *ROUTE_TABLES, *GATEWAYS, *NETWORK_ACLS)],
    severity=Severity.INFORMATIONAL,
    attack={Tactic.DEFENSE_EVASION: ["T1562.007"]},
    response="Match the change with a change request; undo it if there is none.",
    false_positives="Every deployment.",
    mode=Mode.OFF,
)


def examples() -> Iterator[Example]:
    alice = iam_user("alice")
    yield alerts("a VPC", record("ec2:CreateVpc", alice))
    yield alerts("a route", record("ec2:ReplaceRoute", alice))
    yield alerts("a gateway", record("ec2:AttachInternetGateway", alice))
    yield alerts("a network ACL", record("ec2:DeleteNetworkAclEntry", alice))
    yield silent("a route of an API", record("apigateway:CreateRoute", alice))
    yield silent("a refusal", denied("ec2:CreateVpc", alice))
