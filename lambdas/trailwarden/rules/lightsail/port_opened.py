"""Port of a Lightsail instance opened to the whole internet.

Lightsail has a firewall of its own beside EC2's security groups. A request that names no address
opens the port to everyone.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from trailwarden import DEPLOYMENT, SUCCEEDED, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import refused, request
from trailwarden.cloudtrail.values import dig, listed, text_of
from trailwarden.examples import Examples, Record, alerts, silent
from trailwarden.services.security_groups import Opening

WEB = frozenset({80, 443})


def detect(event: Event) -> Match | None:
    rules = event.listed("requestParameters.portInfo") + event.listed("requestParameters.portInfos")
    openings = [opening for rule in rules for opening in openings_of(rule)]
    open_to_all = [opening for opening in openings if opening.is_world and not is_web(opening)]
    if not open_to_all:
        return None
    instance = event.request("instanceName")
    severity = None if any(opening.ports() for opening in open_to_all) else Severity.LOW
    label = f"{instance} {', '.join(opening.text for opening in open_to_all)}"
    return Match(label, severity, instance)


def openings_of(rule: Any) -> Iterator[Opening]:
    """Yield what a rule of the firewall opens; without addresses, and aliases of AWS, to all."""
    if not isinstance(rule, Mapping):
        return
    low, high = rule.get("fromPort"), rule.get("toPort")
    if not (isinstance(low, int) and isinstance(high, int)):
        return
    protocol = text_of(rule.get("protocol")) or "tcp"
    named = [*listed(dig(rule, "cidrs")), *listed(dig(rule, "ipv6Cidrs"))]
    limited = bool(named or listed(dig(rule, "cidrListAliases")))
    for cidr in map(text_of, named if limited else ["0.0.0.0/0"]):
        yield Opening(cidr, protocol, low, high)


def is_web(opening: Opening) -> bool:
    """Say whether it opens one port of the web, as every site does."""
    return opening.low == opening.high and opening.low in WEB


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["lightsail:OpenInstancePublicPorts", "lightsail:PutInstancePublicPorts"],
    exempt=DEPLOYMENT,
    outcome=SUCCEEDED,
    severity=Severity.MEDIUM,
    attack={Tactic.DEFENSE_EVASION: ["T1562.007"], Tactic.INITIAL_ACCESS: ["T1133"]},
    response="Limit the port to known addresses. Ask the caller, and look in the instance's logs "
    "for sign-ins since.",
    false_positives="A small server that people administer from anywhere.",
)


def examples() -> Examples:
    unsaid = ssh()
    yield alerts("to all unsaid", unsaid, severity=Severity.MEDIUM, subject="web")
    yield alerts("to all", ssh(cidrs=["0.0.0.0/0"]), label="web tcp 22 to 0.0.0.0/0")
    yield alerts("to all by IPv6", ssh(ipv6Cidrs=["::/0"]))
    odd = {"fromPort": 8443, "toPort": 8443, "protocol": "tcp"}
    other = request("lightsail:PutInstancePublicPorts", portInfos=[odd], instanceName="web")
    yield alerts("another port", other, severity=Severity.LOW)
    yield silent("to the office", ssh(cidrs=["198.51.100.0/24"]))
    yield silent("to the console", ssh(cidrListAliases=["lightsail-connect"]))
    site = odd | {"fromPort": 443, "toPort": 443}
    web = request("lightsail:PutInstancePublicPorts", portInfos=[site], instanceName="web")
    yield silent("the web", web)
    yield silent("refused", refused("lightsail:OpenInstancePublicPorts"))


def ssh(**sources: list[str]) -> Record:
    port = {"fromPort": 22, "toPort": 22, "protocol": "tcp", **sources}
    return request("lightsail:OpenInstancePublicPorts", portInfo=port, instanceName="web")
