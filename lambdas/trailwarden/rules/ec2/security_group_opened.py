"""Administration port opened to the whole internet.

Scanners find an open administration or database port within minutes, and try every password. To an
attacker it is also the simplest way back in.

A builder of images opens the port of a machine for an hour, every night. The same opening on five
days, from a week ago on, is such a routine: that is LOW.
"""

from typing import Any

from trailwarden import AWS_ITSELF, Event, Match, Rule, Severity, Tactic, either
from trailwarden.cloudtrail.samples import ROLE, Fields, request
from trailwarden.correlations import routine
from trailwarden.detection.hand_work import TRIED_OUT
from trailwarden.detection.observation import Observation
from trailwarden.examples import Examples, Record, alerts, examples_of_routine, silent
from trailwarden.services.ec2 import first, in_short
from trailwarden.services.security_groups import ADMIN_PORTS, Opening, opened


def detect(event: Event) -> Match | None:
    inward = [o for o in opened(event) if o.is_world and not o.is_egress and o.ports()]
    if not inward:
        return None
    worst = max(inward, key=lambda opening: len(opening.ports()))
    is_unclear = worst.is_everything and event.name == "ModifySecurityGroupRules"
    severity = Severity.MEDIUM if is_unclear else Severity.HIGH
    group = first(event, "groupId") or first(event, "groupName")
    return Match(f"{worst.text} ({services(worst)}) on {group}", severity, group)


def services(opening: Opening) -> str:
    names = list(dict.fromkeys(ADMIN_PORTS[port] for port in opening.ports()))
    return in_short(names)


def of_what(seen: Observation) -> str:
    """Return what was opened, without the group that it is on."""
    return seen.label.partition(" on ")[0]


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["ec2:AuthorizeSecurityGroupIngress", "ec2:ModifySecurityGroupRules"],
    exempt=AWS_ITSELF,
    outcome=either(refused=Severity.LOW),
    severity=Severity.HIGH,
    attack={Tactic.DEFENSE_EVASION: ["T1562.007"], Tactic.PERSISTENCE: ["T1133"]},
    response="Remove the rule, or limit it to the addresses that need it. Ask the caller why they "
    "added it. Look at the logs of the machines behind it since then.",
    false_positives="Bastion hosts, VPN servers and public services. The record of a modified rule "
    "does not tell inbound from outbound, so the usual outbound rule looks the same.",
    references=["https://docs.aws.amazon.com/vpc/latest/userguide/vpc-security-groups.html"],
    correlation=routine(often=5, kind=of_what),
    hand_work=TRIED_OUT,
)


def examples() -> Examples:
    high = Severity.HIGH
    ssh = "tcp 22 to 0.0.0.0/0 (SSH) on sg-1"
    yield alerts("SSH", ingress(22), severity=high, subject="sg-1", label=ssh)
    flat: Fields = {"ipProtocol": "tcp", "fromPort": 22, "toPort": 22, "cidrIp": "0.0.0.0/0"}
    yield alerts("SSH, written flat", request(INGRESS, groupName="web", **flat), subject="web")
    yield alerts("RDP over IPv6", ingress(3389, cidr="::/0"))
    yield alerts("a range around SSH from half the world", ingress(20, 25, cidr="128.0.0.0/1"))
    yield alerts("every protocol", ingress(-1, protocol="-1"), severity=high)
    yield alerts("a rule is widened", modified(IpProtocol="tcp", FromPort=22, ToPort=22))
    yield alerts("a rule for everything", modified(IpProtocol="-1"), severity=Severity.MEDIUM)
    yield silent("the web", ingress(443))
    yield silent("SSH from the office", ingress(22, cidr="198.51.100.0/24"))
    narrow = modified(IpProtocol="tcp", FromPort=22, ToPort=22, CidrIpv4="10.0.0.0/8")
    yield silent("a rule is narrowed", narrow)
    yield from examples_of_routine(
        lambda day: ingress(22, day=day),
        told=high,
        other=lambda day: ingress(22, by=ROLE, day=day),
        often=5,
    )
    usual = [ingress(22, day=day) for day in range(-11, -6)]
    yield alerts("another port than ever", *usual, ingress(3389), last=high)


INGRESS = "ec2:AuthorizeSecurityGroupIngress"


def ingress(
    low: int,
    high: int | None = None,
    *,
    cidr: str = "0.0.0.0/0",
    protocol: str = "tcp",
    by: Fields | None = None,
    day: int = 0,
) -> Record:
    key, held = ("ipv6Ranges", "cidrIpv6") if ":" in cidr else ("ipRanges", "cidrIp")
    ports = {"ipProtocol": protocol, "fromPort": low, "toPort": high or low}
    permission = ports | {key: {"items": [{held: cidr}]}}
    return request(INGRESS, by, day=day, groupId="sg-1", ipPermissions={"items": [permission]})


def modified(**changes: Any) -> Record:
    rule = {"CidrIpv4": "0.0.0.0/0"} | changes
    change = {"SecurityGroupRuleId": "sgr-1", "SecurityGroupRule": rule, "tag": 1}
    parameters = {"GroupId": "sg-1", "SecurityGroupRule": change}
    action = "ec2:ModifySecurityGroupRules"
    return request(action, ModifySecurityGroupRulesRequest=parameters)
