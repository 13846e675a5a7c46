"""Network joined to an outside network.

A peering, an attachment or a tunnel puts another party's machines into the own network. It goes
past every guard of the border, and stays when the stolen credentials are gone.
"""

from typing import Any

from trailwarden import AWS_ITSELF, DEPLOYMENT, Event, Match, Rule, Severity, Tactic, either
from trailwarden.cloudtrail.samples import (
    ACCOUNT,
    OTHER_ACCOUNT,
    Fields,
    execution_role,
    refused,
    request,
)
from trailwarden.cloudtrail.values import dig, listed, text_of
from trailwarden.environment import Environment
from trailwarden.examples import Examples, Record, alerts, silent
from trailwarden.policy.document import account_of
from trailwarden.services.ec2 import first, texts, values

OWNERS = ("ownerAccount", "ownerId", "peerOwnerId", "peerAccountId", "vpcOwnerId")
VPN = ("CreateVpnConnection", "CreateCustomerGateway", "CreateClientVpnEndpoint")
JOINED, TUNNEL = "Network joined to an unknown account", "Network joined to a VPN"
SERVICE = "Endpoint service opened to an unknown account"


def detect(event: Event) -> Match | None:
    if event.name in VPN:
        severity = Severity.LOW if event.caller in DEPLOYMENT else None
        gateway = first(event, "ipAddress", "customerGatewayId", "clientCidrBlock")
        return Match(f"{event.name} {gateway}".strip(), severity, gateway, TUNNEL)
    is_service = event.name == "ModifyVpcEndpointServicePermissions"
    accounts = allowed(event) if is_service else owners(event)
    outside = [account for account in accounts if not event.knows_account(account)]
    if not outside:
        return None
    title = SERVICE if is_service else JOINED
    return Match(f"{event.name}: {outside[0]}", Severity.HIGH, outside[0], title)


def owners(event: Event) -> list[str]:
    parameters, answer = event.get("requestParameters"), event.get("responseElements")
    return [*texts(parameters, *OWNERS), *texts(answer, *OWNERS)]


def allowed(event: Event) -> list[str]:
    """Return the accounts that may use an endpoint service from now on."""
    many = values(event.get("requestParameters"), "addAllowedPrincipals")
    principals = [
        text_of(dig(one, "content")) or text_of(one) for held in many for one in listed(held)
    ]
    accounts = ["anyone" if name == "*" else account_of(name) for name in principals]
    return [account for account in accounts if account]


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "directconnect:AllocateHostedConnection",
        "directconnect:AllocatePrivateVirtualInterface",
        "directconnect:AllocateTransitVirtualInterface",
        "ec2:AcceptTransitGatewayPeeringAttachment",
        "ec2:AcceptTransitGatewayVpcAttachment",
        "ec2:AcceptVpcPeeringConnection",
        "ec2:CreateClientVpnEndpoint",
        "ec2:CreateCustomerGateway",
        "ec2:CreateTransitGatewayPeeringAttachment",
        "ec2:CreateVpcPeeringConnection",
        "ec2:CreateVpnConnection",
        "ec2:ModifyVpcEndpointServicePermissions",
    ],
    exempt=AWS_ITSELF,
    outcome=either(refused=Severity.LOW),
    severity=Severity.MEDIUM,
    attack={
        Tactic.EXFILTRATION: ["T1048"],
        Tactic.PERSISTENCE: ["T1133"],
        Tactic.COMMAND_AND_CONTROL: ["T1572"],
    },
    response="Ask the network team. If nobody knows the other side, delete the connection and "
    "disable the credentials. Look at the flow logs of the connection.",
    false_positives="A new office, or a partner's account that is not yet in `trusted_accounts`.",
)

ENVIRONMENT = Environment(own_accounts=("777788889999",))


def examples() -> Examples:
    high, medium, low = Severity.HIGH, Severity.MEDIUM, Severity.LOW
    peer: Fields = {"vpcId": "vpc-1", "peerOwnerId": OTHER_ACCOUNT}
    peering = "ec2:CreateVpcPeeringConnection"
    yield alerts("a stranger", request(peering, **peer), severity=high, subject=OTHER_ACCOUNT)
    yield alerts("a refused peering", refused(peering, **peer), severity=low)
    transit = {"PeerAccountId": OTHER_ACCOUNT, "TransitGatewayId": "tgw-1"}
    yield alerts("a stranger's gateway", nested("CreateTransitGatewayPeeringAttachment", **transit))
    for kind in (
        "VpcPeeringConnection",
        "TransitGatewayPeeringAttachment",
        "TransitGatewayVpcAttachment",
    ):
        yield alerts(f"a {kind} is accepted", accepted(kind, OTHER_ACCOUNT), severity=high)
    for name in ("*", f"arn:aws:iam::{OTHER_ACCOUNT}:root"):
        service = {"ServiceId": "vpce-svc-1", "AddAllowedPrincipals": {"tag": 1, "content": name}}
        opening = nested("ModifyVpcEndpointServicePermissions", **service)
        yield alerts(f"a service for {name}", opening, severity=high)
    gateway = request("ec2:CreateCustomerGateway", ipAddress="198.51.100.20")
    yield alerts("a customer gateway", gateway, severity=medium, subject="198.51.100.20")
    yield alerts("a VPN", request("ec2:CreateVpnConnection", customerGatewayId="cgw-1"))
    client = nested("CreateClientVpnEndpoint", ClientCidrBlock="10.9.0.0/16")
    yield alerts("a client VPN", client, subject="10.9.0.0/16")
    stack = request("ec2:CreateVpnConnection", execution_role(), via="cloudformation")
    yield alerts("a VPN of a stack", stack, severity=low)
    allocate = "directconnect:AllocatePrivateVirtualInterface"
    line: Fields = {"connectionId": "dxcon-1", "newPrivateVirtualInterfaceAllocation": {}}
    for owner, story in ((OTHER_ACCOUNT, alerts), ("777788889999", silent)):
        yield story(f"a line for {owner}", request(allocate, **line, ownerAccount=owner))
    yield silent("a sister account", request(peering, vpcId="vpc-1", peerOwnerId="777788889999"))
    yield silent("the own peering", accepted("VpcPeeringConnection", ACCOUNT))


def nested(name: str, **parameters: Any) -> Record:
    below: Fields = {f"{name}Request": parameters}
    return request(f"ec2:{name}", **below)


def accepted(kind: str, requester: str) -> Record:
    answer = {"requesterInfo": {"ownerId": requester}, "accepterInfo": {"ownerId": ACCOUNT}}
    return request(f"ec2:Accept{kind}", answer={kind: answer}, id="connection-1")
