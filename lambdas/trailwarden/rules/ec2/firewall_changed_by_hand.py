"""Network filter changed by hand.

Reviewed code changes networks. A change by hand may be a quick repair, or a door that an intruder
opens.
"""

from trailwarden import PROGRAMS, SUCCEEDED, Event, Match, Mode, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import Fields, pod, request
from trailwarden.examples import Examples, alerts, silent
from trailwarden.services.ec2 import first
from trailwarden.services.security_groups import opened

TITLES = {
    "ApplySecurityGroupsToLoadBalancer": "Security groups of a load balancer changed by hand",
    "CreateSecurityGroup": "Security group created by hand",
    "DeleteNetworkAcl": "Network ACL deleted by hand",
    "DeleteNetworkAclEntry": "Network ACL changed by hand",
    "DeleteSecurityGroup": "Security group deleted by hand",
    "SetSecurityGroups": "Security groups of a load balancer changed by hand",
}
CHANGED = "Security group changed by hand"
SUSPICIOUS = ("default", "launch-wizard", "rdp", "java_ghost")


def detect(event: Event) -> Match:
    title = TITLES.get(event.name, CHANGED)
    group = first(event, "groupId", "networkAclId", "securityGroups")
    if any(o.is_egress and o.is_world and o.is_everything for o in opened(event)):
        return Match(f"{group} lets everything out", Severity.MEDIUM, group, title)
    name = first(event, "groupName")
    shown = name if name.lower().startswith(SUSPICIOUS) else group or name
    return Match(f"{event.name} {shown}", subject=group, title=title)


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
    exempt=PROGRAMS,
    outcome=SUCCEEDED,
    severity=Severity.LOW,
    attack={Tactic.DEFENSE_EVASION: ["T1562.007"], Tactic.EXFILTRATION: ["T1048"]},
    response="Look at the opened ports and addresses. Check whether the reviewed code has the same "
    "rules.",
    false_positives="Every change, where administrators run networks by hand.",
    mode=Mode.HUNT,
)


def examples() -> Examples:
    group: Fields = {"groupId": "sg-0123456789abcdef0"}
    for name in ("RevokeSecurityGroupIngress", "DeleteSecurityGroup", "ModifySecurityGroupRules"):
        change = request(f"ec2:{name}", **group)
        yield alerts(name, change, severity=Severity.LOW, subject="sg-0123456789abcdef0")
    wizard = request("ec2:CreateSecurityGroup", groupName="launch-wizard-3", vpcId="vpc-1")
    yield alerts("a new group", wizard, label="CreateSecurityGroup launch-wizard-3")
    everything = {"ipProtocol": "-1", "ipRanges": {"items": [{"cidrIp": "0.0.0.0/0"}]}}
    opening = {"items": [everything]}
    egress = request("ec2:AuthorizeSecurityGroupEgress", **group, ipPermissions=opening)
    yield alerts("everything may leave", egress, severity=Severity.MEDIUM)
    entry: Fields = {"networkAclId": "acl-1", "ruleNumber": 100, "egress": False}
    yield alerts("an ACL's entry", request("ec2:DeleteNetworkAclEntry", **entry), subject="acl-1")
    balancer = {"loadBalancerArn": "arn:aws:elasticloadbalancing:::loadbalancer/app/web/1"}
    groups: Fields = balancer | {"securityGroups": ["sg-1"]}
    change = request("elasticloadbalancing:SetSecurityGroups", **groups)
    yield alerts("a load balancer's groups", change, subject="sg-1")
    yield silent(
        "a controller of a cluster", request("ec2:DeleteSecurityGroup", pod("lb"), **group)
    )
