"""Security group or network ACL was changed by hand.

Networks are changed by code that somebody reviewed. A change by hand may be a quick repair, or a
door that somebody opens for themselves.
"""

from collections.abc import Iterator
from typing import Any

from trailwarden import Event, Example, Match, Mode, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.samples import Fields, assumed_role, denied, iam_user, record
from trailwarden.cloudtrail.values import Record
from trailwarden.environment import Environment
from trailwarden.services.ec2 import by_cluster, texts
from trailwarden.services.security_groups import opened


def detect(event: Event) -> Match | None:
    if event.by_automation or by_cluster(event) or not event.succeeded:
        return None
    asked = event.get("requestParameters")
    if any(o.is_egress and o.is_world and o.is_everything for o in opened(event)):
        return Match("everything may leave for the internet", Severity.MEDIUM)
    name = next(iter(texts(asked, "groupName")), "").lower()
    if name == "default" or name.startswith(("launch-wizard", "rdp", "java_ghost")):
        return Match(f"{event.name} {name[:60]}")
    group = next(iter(texts(asked, "groupId", "networkAclId", "securityGroups")), "")[:60]
    return Match(f"{event.name} {group}".strip())


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "ec2:AuthorizeSecurityGroupEgress",
        "ec2:AuthorizeSecurityGroupIngress",
        "ec2:CreateSecurityGroup",
        "ec2:DeleteNetworkAcl",
        "ec2:DeleteNetworkAclEntry",
        "ec2:DeleteSecurityGroup",
        "ec2:ModifySecurityGroupRules",
        "ec2:RevokeSecurityGroupEgress",
        "ec2:RevokeSecurityGroupIngress",
        "elasticloadbalancing:ApplySecurityGroupsToLoadBalancer",
        "elasticloadbalancing:SetSecurityGroups",
    ],
    severity=Severity.LOW,
    attack={
        Tactic.DEFENSE_EVASION: ["T1562.007"],
        Tactic.EXFILTRATION: ["T1048"],
    },
    response="See what the change opens and to whom, and whether the code knows it.",
    false_positives="Where networks are run by hand, everything.",
    mode=Mode.HUNT,
)


def examples() -> Iterator[Example]:
    alice, group = iam_user("alice"), {"groupId": "sg-0123456789abcdef0"}
    yield alerts("a group is changed", change("ec2:RevokeSecurityGroupIngress", alice, **group))
    yield alerts(
        "a group is made", change("ec2:CreateSecurityGroup", alice, groupName="launch-wizard-3")
    )
    everything = {"ipProtocol": "-1", "ipRanges": {"items": [{"cidrIp": "0.0.0.0/0"}]}}
    opening: Fields = group | {"ipPermissions": {"items": [everything]}}
    yield alerts(
        "everything may leave", change("ec2:AuthorizeSecurityGroupEgress", alice, **opening)
    )
    yield alerts("an entry is deleted", change("ec2:DeleteNetworkAclEntry", alice, ruleNumber=100))
    action = "elasticloadbalancing:SetSecurityGroups"
    yield alerts("a load balancer gets another", change(action, alice, securityGroups=["sg-1"]))
    deploy = assumed_role("deploy")
    yield silent("a deploy role", change("ec2:RevokeSecurityGroupIngress", deploy, **group))
    yield silent("a refusal", denied("ec2:DeleteSecurityGroup", alice))


ENVIRONMENT = Environment(deploy_roles=("arn:aws:iam::*:role/deploy",))


def change(action: str, identity: Fields, **asked: Any) -> Record:
    return record(action, identity, requestParameters=asked)
