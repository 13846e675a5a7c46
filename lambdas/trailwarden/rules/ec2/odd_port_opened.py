"""Unusual port opened to the whole internet.

The web's own ports are often open on purpose. Another open port may belong to a private
service, or to an intruder's back door.
"""

from trailwarden import DEPLOYMENT, SUCCEEDED, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import Fields, request
from trailwarden.examples import Examples, Record, alerts, silent
from trailwarden.services.ec2 import first
from trailwarden.services.security_groups import opened

WEB = frozenset({(80, 80), (443, 443)})


def detect(event: Event) -> Match | None:
    inward = [o for o in opened(event) if o.is_world and not o.is_egress and o.low >= 0]
    odd = [o for o in inward if (o.low, o.high) not in WEB]
    if not odd or any(o.ports() for o in inward):  # an administration port is another rule's
        return None
    group = first(event, "groupId") or first(event, "groupName")
    return Match(odd[0].text, subject=group)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["ec2:AuthorizeSecurityGroupIngress", "ec2:ModifySecurityGroupRules"],
    exempt=DEPLOYMENT,
    outcome=SUCCEEDED,
    severity=Severity.LOW,
    attack={Tactic.DEFENSE_EVASION: ["T1562.007"], Tactic.PERSISTENCE: ["T1133"]},
    response="Ask the caller which service listens there. If nobody can say, remove the rule, and "
    "look at the machines behind it.",
    false_positives="Public services. Load balancer controllers: name them in `deploy_roles`.",
)


def examples() -> Examples:
    port = ingress(8443, 8443)
    yield alerts("another port", port, subject="sg-1", label="tcp 8443 to 0.0.0.0/0")
    yield alerts("a range around the web", ingress(80, 90))
    rule = {"IpProtocol": "tcp", "FromPort": 8443, "ToPort": 8443, "CidrIpv4": "0.0.0.0/0"}
    change = {"GroupId": "sg-1", "SecurityGroupRule": {"SecurityGroupRule": rule}}
    modified = request("ec2:ModifySecurityGroupRules", ModifySecurityGroupRulesRequest=change)
    yield alerts("a rule is widened", modified, subject="sg-1")
    yield silent("the web", ingress(443, 443))
    yield silent("an administration port", ingress(22, 22))
    yield silent("pings", ingress(-1, -1, protocol="icmp"))
    yield silent("from the office", ingress(8443, 8443, cidr="198.51.100.0/24"))


def ingress(low: int, high: int, *, cidr: str = "0.0.0.0/0", protocol: str = "tcp") -> Record:
    permission = {"ipProtocol": protocol, "fromPort": low, "toPort": high}
    ranges = {"ipRanges": {"items": [{"cidrIp": cidr}]}}
    items: Fields = {"ipPermissions": {"items": [permission | ranges]}}
    return request("ec2:AuthorizeSecurityGroupIngress", groupId="sg-1", **items)
