"""Network ACL opened to the whole internet.

A network ACL guards whole subnets, beneath all security groups. An entry that lets in everything,
or an administration port, takes the last filter away.
"""

from typing import Any

from trailwarden import DEPLOYMENT, SUCCEEDED, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import Fields, request
from trailwarden.examples import Examples, Record, alerts, silent
from trailwarden.services.ec2 import first
from trailwarden.services.security_groups import Opening, opened

FIRST_OF_CLIENTS, LAST_OF_LINUX = 1024, 60999


def detect(event: Event) -> Match | None:
    acl = first(event, "networkAclId")
    for opening in opened(event):
        if opening.is_world and not opening.is_egress and is_door(opening):
            return Match(f"{opening.text} on {acl}", subject=acl)
    return None


def is_door(opening: Opening) -> bool:
    """Say whether an opening is for more than answers, which come to the ports of clients.

    https://docs.aws.amazon.com/vpc/latest/userguide/custom-network-acl.html#nacl-ephemeral-ports
    """
    is_for_answers = opening.low >= FIRST_OF_CLIENTS and opening.high >= LAST_OF_LINUX
    return bool(opening.ports()) and not is_for_answers


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["ec2:CreateNetworkAclEntry", "ec2:ReplaceNetworkAclEntry"],
    exempt=DEPLOYMENT,
    outcome=SUCCEEDED,
    severity=Severity.MEDIUM,
    attack={Tactic.DEFENSE_EVASION: ["T1562.007"]},
    response="Put the former entries back. Ask the caller why they changed them. Check which "
    "machines of the subnets have public addresses and open security groups.",
    false_positives="A network whose security groups filter, as with AWS's default ACL.",
)


def examples() -> Examples:
    yield alerts("everything", entry(), label="all to 0.0.0.0/0 on acl-1", subject="acl-1")
    yield alerts("SSH", entry(aclProtocol="6", portRange={"from": 22, "to": 22}))
    yield alerts("everything over IPv6", entry(cidrBlock=None, ipv6CidrBlock="::/0"))
    yield alerts("an entry is replaced", entry("ec2:ReplaceNetworkAclEntry"))
    yield silent("outwards", entry(egress=True))
    yield silent("a denial", entry(ruleAction="deny"))
    yield silent("the web", entry(aclProtocol="6", portRange={"from": 443, "to": 443}))
    answers: Fields = {"aclProtocol": "6", "portRange": {"from": 1024, "to": 65535}}
    yield silent("answers to what machines ask", entry(**answers))
    databases: Fields = {"aclProtocol": "6", "portRange": {"from": 1024, "to": 9999}}
    yield alerts("databases", entry(**databases))
    yield silent("the own network", entry(cidrBlock="10.0.0.0/8"))


def entry(action: str = "ec2:CreateNetworkAclEntry", **changes: Any) -> Record:
    parameters: Fields = {
        "networkAclId": "acl-1",
        "ruleNumber": 50,
        "egress": False,
        "ruleAction": "allow",
        "icmpTypeCode": {},
        "portRange": {},
        "aclProtocol": "-1",
        "cidrBlock": "0.0.0.0/0",
    }
    return request(action, **parameters | changes)
