"""Network ACL was opened to the whole internet.

A network ACL guards whole subnets, beneath all security groups. An entry that lets in everything,
or an administration port, takes the last filter away.
"""

from collections.abc import Iterator
from typing import Any

from trailwarden import Event, Example, Match, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.samples import iam_user, record
from trailwarden.cloudtrail.values import Record
from trailwarden.services.ec2 import texts
from trailwarden.services.security_groups import opened


def detect(event: Event) -> Match | None:
    if event.by_automation or not event.succeeded:
        return None
    acl = next(iter(texts(event.get("requestParameters"), "networkAclId")), "")[:40]
    for opening in opened(event):
        if opening.is_world and not opening.is_egress and opening.ports():
            return Match(f"{opening.text} on {acl}", subject=acl)
    return None


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["ec2:CreateNetworkAclEntry", "ec2:ReplaceNetworkAclEntry"],
    severity=Severity.MEDIUM,
    attack={Tactic.DEFENSE_EVASION: ["T1562.007"]},
    response="Put the former entries back. Ask whoever changed them why, and check which machines "
    "of the subnets have public addresses and open security groups.",
    false_positives="A network that leaves filtering to security groups, as AWS's default ACL "
    "does.",
)


def examples() -> Iterator[Example]:
    yield alerts("everything", entry())
    yield alerts("SSH", entry(aclProtocol="6", portRange={"from": 22, "to": 22}))
    yield alerts("everything over IPv6", entry(cidrBlock=None, ipv6CidrBlock="::/0"))
    yield silent("outwards", entry(egress=True))
    yield silent("a denial", entry(ruleAction="deny"))
    yield silent("the web", entry(aclProtocol="6", portRange={"from": 443, "to": 443}))
    yield silent("the own network", entry(cidrBlock="10.0.0.0/8"))


def entry(**changes: Any) -> Record:
    asked = {
        "networkAclId": "acl-0123456789abcdef0",
        "ruleNumber": 50,
        "egress": False,
        "ruleAction": "allow",
        "icmpTypeCode": {},
        "portRange": {},
        "aclProtocol": "-1",
        "cidrBlock": "0.0.0.0/0",
    } | changes
    return record("ec2:CreateNetworkAclEntry", iam_user("alice"), requestParameters=asked)
