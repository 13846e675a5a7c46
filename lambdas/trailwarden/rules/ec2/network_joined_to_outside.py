"""Network was joined to an unknown account or a VPN.

A peering, an attachment or a tunnel puts somebody else's machines into the own network, past
everything that guards its border, and stays when the stolen credentials are gone.
"""

from collections.abc import Iterator
from typing import Any

from trailwarden import Event, Example, Match, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.samples import ACCOUNT, OTHER_ACCOUNT, Fields, iam_user, record
from trailwarden.cloudtrail.values import Record, dig, listed, text_of
from trailwarden.environment import Environment
from trailwarden.policy.document import account_of
from trailwarden.services.ec2 import texts, values

OWNERS = ("ownerId", "peerOwnerId", "peerAccountId", "vpcOwnerId")
VPN = ("CreateVpnConnection", "CreateCustomerGateway", "CreateClientVpnEndpoint")


def detect(event: Event) -> Match | None:
    if event.by_service or not event.succeeded:
        return None
    asked, answered = event.get("requestParameters"), event.get("responseElements")
    if event.name in VPN:
        to = next(iter(texts(asked, "ipAddress", "customerGatewayId")), "")[:60]
        return None if event.by_automation else Match(f"{event.name} {to}".strip())
    if event.name == "ModifyVpcEndpointServicePermissions":
        named = [to for to in allowed(asked) if to == "*" or account_of(to)]
        accounts = ["anyone" if to == "*" else account_of(to) for to in named]
    else:
        accounts = [*texts(asked, *OWNERS), *texts(answered, *OWNERS)]
    outside = [account[:12] for account in accounts if not event.knows_account(account)]
    return Match(f"{event.name}: {outside[0]}", Severity.HIGH, outside[0]) if outside else None


def allowed(asked: Any) -> list[str]:
    held = [one for many in values(asked, "addAllowedPrincipals") for one in listed(many)]
    return [text_of(dig(one, "content")) or text_of(one) for one in held]


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
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
    severity=Severity.MEDIUM,
    attack={
        Tactic.EXFILTRATION: ["T1048"],
        Tactic.PERSISTENCE: ["T1133"],
        Tactic.COMMAND_AND_CONTROL: ["T1572"],
    },
    response="Ask the network team. If nobody knows the other side, delete the connection, look at "
    "the flow logs for what went through it, and disable the credentials.",
    false_positives="A new office, or a partner's account that is not yet trusted.",
)


def examples() -> Iterator[Example]:
    stranger = call("CreateVpcPeeringConnection", vpcId="vpc-1", peerOwnerId=OTHER_ACCOUNT)
    yield alerts("a peering with a stranger", stranger)
    yield alerts("a stranger's peering is accepted", accepted(OTHER_ACCOUNT))
    service = {"ServiceId": "vpce-svc-1", "AddAllowedPrincipals": {"tag": 1, "content": "*"}}
    name = "ModifyVpcEndpointServicePermissions"
    yield alerts(
        "a service for anyone", call(name, ModifyVpcEndpointServicePermissionsRequest=service)
    )
    yield alerts("a customer gateway", call("CreateCustomerGateway", ipAddress="198.51.100.20"))
    sister = call("CreateVpcPeeringConnection", vpcId="vpc-1", peerOwnerId="777788889999")
    yield silent("a peering with a sister account", sister)
    yield silent("the own peering is accepted", accepted(ACCOUNT))


ENVIRONMENT = Environment(own_accounts=("777788889999",))


def call(name: str, **asked: Any) -> Record:
    return record(f"ec2:{name}", iam_user("alice"), requestParameters=asked)


def accepted(requester: str) -> Record:
    sides = {"requesterVpcInfo": {"ownerId": requester}, "accepterVpcInfo": {"ownerId": ACCOUNT}}
    asked: Fields = {"vpcPeeringConnectionId": "pcx-0123456789abcdef0"}
    answer: Fields = {"responseElements": {"vpcPeeringConnection": sides}}
    action = "ec2:AcceptVpcPeeringConnection"
    return record(action, iam_user("alice"), requestParameters=asked, **answer)
