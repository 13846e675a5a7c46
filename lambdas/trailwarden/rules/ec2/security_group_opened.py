"""Security group was opened to the whole internet.

Scanners find an open administration or database port within minutes, and try every password there
is. To an attacker it is also the simplest way back in.
"""

from collections.abc import Iterator

from trailwarden import Event, Example, Match, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.samples import Fields, iam_user, record
from trailwarden.cloudtrail.values import Record
from trailwarden.services.ec2 import by_cluster, texts
from trailwarden.services.security_groups import ADMIN_PORTS, Opening, opened

WEB_PORTS = frozenset({80, 443})


def detect(event: Event) -> Match | None:
    if event.by_service or not event.succeeded:
        return None
    inward = [o for o in opened(event) if o.is_world and not o.is_egress and o.low >= 0]
    group = group_of(event)
    if admin := [o for o in inward if o.ports()]:
        worst = max(admin, key=lambda opening: len(opening.ports()))
        unclear = worst.is_everything and event.name == "ModifySecurityGroupRules"
        severity = Severity.MEDIUM if unclear else Severity.HIGH
        return Match(f"{worst.text} ({services(worst)})", severity, f"{group} admin")
    odd = [o for o in inward if o.low != o.high or o.low not in WEB_PORTS]
    if not odd or event.by_automation or by_cluster(event):
        return None
    return Match(odd[0].text, Severity.LOW, group)


def group_of(event: Event) -> str:
    asked = event.get("requestParameters")
    return next(iter(texts(asked, "groupId") or texts(asked, "groupName")), "")[:60]


def services(opening: Opening) -> str:
    names = list(dict.fromkeys(ADMIN_PORTS[port] for port in opening.ports()))
    return ", ".join(names[:3]) + (" and more" if len(names) > 3 else "")  # noqa: PLR2004 - a short label


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["ec2:AuthorizeSecurityGroupIngress", "ec2:ModifySecurityGroupRules"],
    severity=Severity.HIGH,
    attack={Tactic.DEFENSE_EVASION: ["T1562.007"], Tactic.PERSISTENCE: ["T1133"]},
    response="Remove the rule, or limit it to the addresses that need it. Find out who added it "
    "and why, and look at the logs of what listens behind it since then.",
    false_positives="Bastion hosts, VPN servers and services that are meant to be public. The "
    "record of a modified rule does not tell in from out: the usual outbound rule looks the same.",
    references=["https://docs.aws.amazon.com/vpc/latest/userguide/vpc-security-groups.html"],
)


def examples() -> Iterator[Example]:
    yield alerts("SSH from everywhere", ingress(22))
    yield alerts("SSH from everywhere, written flat", ingress(22, flat=True))
    yield alerts("RDP over IPv6", ingress(3389, cidr="::/0"))
    yield alerts("a range around SSH from half the world", ingress(20, 25, cidr="128.0.0.0/1"))
    yield alerts("every protocol", ingress(-1, protocol="-1"))
    yield alerts("another port", ingress(8443))
    yield alerts("a rule is widened", modified("0.0.0.0/0"))
    yield silent("the web", ingress(443))
    yield silent("SSH from the office", ingress(22, cidr="198.51.100.0/24"))
    yield silent("a rule is narrowed", modified("10.0.0.0/8"))
    yield silent("SSH from everywhere, refused", ingress(22, error="Client.UnauthorizedOperation"))


def ingress(
    low: int,
    high: int | None = None,
    *,
    cidr: str = "0.0.0.0/0",
    protocol: str = "tcp",
    flat: bool = False,
    error: str = "",
) -> Record:
    ports = {"ipProtocol": protocol, "fromPort": low, "toPort": high or low}
    v6 = ":" in cidr
    ranges: Fields = {
        "ipRanges": {} if v6 else {"items": [{"cidrIp": cidr}]},
        "ipv6Ranges": {"items": [{"cidrIpv6": cidr}]} if v6 else {},
    }
    told = {"cidrIp": cidr, "ipPermissions": {}} | ports
    nested = {"ipPermissions": {"items": [ports | ranges]}}
    asked = {"groupId": "sg-0123456789abcdef0"} | (told if flat else nested)
    failure: Fields = {"errorCode": error} if error else {}
    action = "ec2:AuthorizeSecurityGroupIngress"
    return record(action, iam_user("alice"), requestParameters=asked, **failure)


def modified(cidr: str) -> Record:
    rule = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "CidrIpv4": cidr}
    change = {"SecurityGroupRuleId": "sgr-1", "SecurityGroupRule": rule, "tag": 1}
    asked = {"ModifySecurityGroupRulesRequest": {"GroupId": "sg-1", "SecurityGroupRule": change}}
    return record("ec2:ModifySecurityGroupRules", iam_user("alice"), requestParameters=asked)
