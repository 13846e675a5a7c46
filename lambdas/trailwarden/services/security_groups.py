"""What a request opens to which network: security group rules and network ACL entries.

CloudTrail writes one rule in many shapes: flat, as `ipPermissions`, as the `securityGroupRuleSet`
of the answer, and, for ModifySecurityGroupRules, under the request's name in capitals.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from ipaddress import ip_network
from typing import Any, NamedTuple

from trailwarden.cloudtrail.event import Event
from trailwarden.cloudtrail.values import dig, listed, text_of

ADMIN_PORTS = {
    21: "FTP",
    22: "SSH",
    23: "Telnet",
    135: "RPC",
    139: "NetBIOS",
    445: "SMB",
    1433: "SQL Server",
    1521: "Oracle",
    2375: "Docker",
    2376: "Docker",
    2379: "etcd",
    3306: "MySQL",
    3389: "RDP",
    5432: "PostgreSQL",
    5900: "VNC",
    5985: "WinRM",
    5986: "WinRM",
    6379: "Redis",
    6443: "Kubernetes",
    9200: "Elasticsearch",
    10250: "kubelet",
    11211: "Memcached",
    27017: "MongoDB",
}
"""The administration and database ports, with the services that listen on them."""

_UDP_ADMIN_PORTS = frozenset({3389, 11211})
_PROTOCOLS = {"6": "tcp", "17": "udp", "-1": "all", "": "all", "1": "icmp", "58": "icmpv6"}
_NO_PORTS = (-1, -1)
_ALL_PORTS = (0, 65535)

_PORT = re.compile(r"0{0,5}([0-9]{1,5})(?:\.0)?\Z", re.ASCII)
_WIDE = re.compile(r"/0{0,2}[0-7]\Z", re.ASCII)
_NOT_THE_WORLD = (ip_network("fc00::/7"), ip_network("224.0.0.0/4"))


class Opening(NamedTuple):
    """One range of ports that is opened to, or from, one range of addresses."""

    cidr: str
    protocol: str
    """`tcp`, `udp`, `icmp`, `icmpv6`, `all`, or the number of another protocol."""
    low: int
    """The first port; -1 for a protocol without ports."""
    high: int
    """The last port; -1 for a protocol without ports."""
    is_egress: bool = False
    """Whether it lets traffic out. ModifySecurityGroupRules does not say: False."""

    @property
    def is_world(self) -> bool:
        """Whether the addresses are everyone's, or a part so big that a few make everyone's."""
        if not _WIDE.search(self.cidr):
            return False
        try:
            return ip_network(self.cidr, strict=False) not in _NOT_THE_WORLD
        except ValueError:  # an anonymised address still tells its prefix length
            return True

    @property
    def is_everything(self) -> bool:
        """Whether every port of every protocol is open."""
        return self.protocol == "all"

    def ports(self, wanted: Iterable[int] = ADMIN_PORTS) -> list[int]:
        """Return those of the `wanted` ports that are open; of UDP, only what speaks it."""
        if self.protocol not in {"tcp", "udp", "all"}:
            return []
        if self.protocol == "udp":
            wanted = _UDP_ADMIN_PORTS.intersection(wanted)
        return sorted(port for port in wanted if self.low <= port <= self.high)

    @property
    def text(self) -> str:
        """The opened ports, in a few words: `tcp 20-25 to 0.0.0.0/0`."""
        ports = "" if self.low < 0 or self.is_everything else f" {self.low}-{self.high}"
        if self.low == self.high >= 0:
            ports = f" {self.low}"
        return f"{self.protocol[:10]}{ports} to {self.cidr[:50]}"


def opened(event: Event) -> list[Opening]:
    """Return what a security group or network ACL change opens, as granted, else as asked.

    Understands AuthorizeSecurityGroupIngress and -Egress, ModifySecurityGroupRules,
    CreateNetworkAclEntry and ReplaceNetworkAclEntry; whether it succeeded is not looked at.
    """
    if "NetworkAcl" in event.name:
        return list(_acl_entry(_folded(event.get("requestParameters"))))
    granted = event.listed("responseElements.securityGroupRuleSet")
    egress = event.name.endswith("Egress")
    for source in (granted, _asked(event)):
        if openings := [o for rule in source for o in _openings(_folded(rule), egress=egress)]:
            return list(dict.fromkeys(openings))
    return []


def openings_of(rule: Any) -> list[Opening]:
    """Return what one rule opens that lets traffic in, whichever case its names have."""
    return list(_openings(_folded(rule), egress=False))


def _asked(event: Event) -> list[Any]:
    """Return the rules of a request, wherever it holds them; the flat form is the request."""
    request = event.get("requestParameters")
    changes = (
        *listed(dig(request, "ModifySecurityGroupRulesRequest.SecurityGroupRule")),
        *listed(dig(request, "securityGroupRules")),
    )
    changed = [_folded(change).get("securitygrouprule") for change in changes]
    return [request, *listed(dig(request, "ipPermissions")), *changes, *changed]


def _openings(rule: Mapping[str, Any], *, egress: bool) -> Iterator[Opening]:
    protocol = _protocol(rule.get("ipprotocol"))
    low, high = _range(protocol, rule.get("fromport"), rule.get("toport"))
    egress = egress or str(rule.get("isegress")).lower() == "true"
    for cidr in _cidrs(rule):
        yield Opening(cidr, protocol, low, high, egress)


def _acl_entry(entry: Mapping[str, Any]) -> Iterator[Opening]:
    if text_of(entry.get("ruleaction")).lower() != "allow":
        return
    protocol = _protocol(entry.get("aclprotocol", entry.get("protocol")))
    ports = _folded(entry.get("portrange"))
    low, high = _range(protocol, ports.get("from"), ports.get("to"))
    for key in ("cidrblock", "ipv6cidrblock"):
        if cidr := text_of(entry.get(key)):
            egress = str(entry.get("egress")).lower() == "true"
            yield Opening(cidr, protocol, low, high, egress)


def _cidrs(rule: Mapping[str, Any]) -> Iterator[str]:
    ranges = [*listed(rule.get("ipranges")), *listed(rule.get("ipv6ranges"))]
    for holder in (rule, *map(_folded, ranges)):
        for key in ("cidrip", "cidripv4", "cidripv6"):
            if cidr := text_of(holder.get(key)):
                yield cidr
    yield from (cidr for cidr in map(text_of, ranges) if cidr)


def _protocol(value: Any) -> str:
    name = value.strip().lower() if isinstance(value, str) else ""
    if isinstance(value, int):
        name = str(int(value))
    return _PROTOCOLS.get(name, name)


def _range(protocol: str, low: Any, high: Any) -> tuple[int, int]:
    """Return the first and the last port; a protocol without a range has all it knows."""
    if protocol == "all":
        return _ALL_PORTS
    if protocol not in {"tcp", "udp"}:
        return _NO_PORTS
    first, last = _port(low), _port(high)
    if first < 0 and last < 0:
        return _ALL_PORTS
    return (first, first) if last < 0 else (first, last)


def _port(value: Any) -> int:
    match = _PORT.match(str(value)) if isinstance(value, str | int | float) else None
    return int(match[1]) if match else -1


def _folded(value: Any) -> dict[str, Any]:
    """Return an object with its keys in lower case; nothing for other values."""
    if not isinstance(value, Mapping):
        return {}
    return {key.lower(): below for key, below in value.items() if isinstance(key, str)}
