"""Network Firewall weakened.

The firewall holds malware off its servers and intruders off the networks behind it. An intruder
takes away the firewall, its rules or its log, or first the lock that forbids this.
"""

import re
from typing import Any

from trailwarden import DEPLOYMENT, Event, Match, Rule, Severity, Tactic, either
from trailwarden.cloudtrail.samples import Fields, refused, request
from trailwarden.cloudtrail.values import dig, listed
from trailwarden.examples import Examples, Record, alerts, silent
from trailwarden.services.ec2 import texts, values
from trailwarden.services.rds import is_false
from trailwarden.services.things import thing_of

LOCKS = (
    "availabilityZoneChangeProtection",
    "deleteProtection",
    "firewallPolicyChangeProtection",
    "subnetChangeProtection",
)
GONE = ("DeleteFirewall", "DisassociateSubnets", "DisassociateAvailabilityZones")
DEFAULTS = ("statelessDefaultActions", "statelessFragmentDefaultActions")


def detect(event: Event) -> Match | None:
    loss = lost(event)
    if not loss:
        return None
    firewall = thing_of(event)
    severity = Severity.HIGH if event.name in GONE else None
    return Match(f"{loss} of {firewall}", severity, firewall)


def lost(event: Event) -> str:
    """Return what a request takes away, in a few words; nothing where it takes nothing away."""
    if event.name.startswith(("Delete", "Disassociate")):
        return event.name
    request = event.get("requestParameters")
    if lock := next((key for key in LOCKS if is_false(dig(request, key))), ""):
        return f"no {lock}"
    if event.name == "UpdateLoggingConfiguration":
        return "" if event.listed(LOGS) else "no log"
    if event.name == "AssociateFirewallPolicy":
        return "policy replaced"
    if event.name == "UpdateRuleGroup":
        return "rule that passes everything" if passes_all(request) else ""
    policy = dig(request, "firewallPolicy")
    actions = [action for key in DEFAULTS for action in event.listed(f"{POLICY}.{key}")]
    return "default pass" if isinstance(policy, dict) and "aws:pass" in actions else ""


def passes_all(request: Any) -> bool:
    """Say whether a rule lets all packets through: in Suricata's words, or as an object."""
    if any(PASS_ALL.search(text) for text in texts(request, "rules", "rulesString")):
        return True
    whole = ("source", "sourcePort", "destination", "destinationPort")
    return any(
        dig(rule, "action") == "PASS" and all(dig(rule, f"header.{end}") == "ANY" for end in whole)
        for rules in values(request, "statefulRules")
        for rule in listed(rules)
    )


PASS_ALL = re.compile(r"(?m)^\s*pass\s+(?:ip|tcp)\s+any\s+any\s+(?:->|<>)\s+any\s+any\b")
LOGS = "requestParameters.loggingConfiguration.logDestinationConfigs"
POLICY = "requestParameters.firewallPolicy"

RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "network-firewall:AssociateFirewallPolicy",
        "network-firewall:DeleteFirewall",
        "network-firewall:DeleteFirewallPolicy",
        "network-firewall:DeleteFirewallPolicyV2",
        "network-firewall:DeleteNetworkFirewallTransitGatewayAttachment",
        "network-firewall:DeleteProxy",
        "network-firewall:DeleteRuleGroup",
        "network-firewall:DeleteTLSInspectionConfiguration",
        "network-firewall:DeleteVpcEndpointAssociation",
        "network-firewall:DisassociateAvailabilityZones",
        "network-firewall:DisassociateSubnets",
        "network-firewall:UpdateAvailabilityZoneChangeProtection",
        "network-firewall:UpdateFirewallDeleteProtection",
        "network-firewall:UpdateFirewallPolicy",
        "network-firewall:UpdateFirewallPolicyChangeProtection",
        "network-firewall:UpdateLoggingConfiguration",
        "network-firewall:UpdateRuleGroup",
        "network-firewall:UpdateSubnetChangeProtection",
    ],
    exempt=DEPLOYMENT,
    outcome=either(refused=Severity.MEDIUM),
    severity=Severity.MEDIUM,
    attack={Tactic.DEFENSE_EVASION: ["T1562.007", "T1562.008"]},
    response="Put the firewall back as it was. Ask the caller. If nobody planned it, look in the "
    "flow logs for connections since then.",
    false_positives="An engineer takes a network down by hand. Name the roles that deploy.",
)


def examples() -> Examples:
    gone = call("DeleteFirewall", firewallName="edge")
    yield alerts(
        "the firewall", gone, severity=Severity.HIGH, subject="edge", label="DeleteFirewall of edge"
    )
    rules = call("DeleteRuleGroup", ruleGroupName="block", type="STATEFUL")
    yield alerts("rules", rules, severity=Severity.MEDIUM, subject="block")
    for lock in LOCKS:
        name = f"Update{lock[0].upper()}{lock[1:]}".replace("UpdateDelete", "UpdateFirewallDelete")
        for on, story in ((False, alerts), (True, silent)):
            setting: Fields = {lock: on}
            yield story(f"{lock} {on}", call(name, firewallName="edge", **setting))
    for logs, story in (([], alerts), ([{"logType": "ALERT"}], silent)):
        settings = {"logDestinationConfigs": logs}
        log = call("UpdateLoggingConfiguration", firewallName="edge", loggingConfiguration=settings)
        yield story(f"logs {logs}", log)
    yield alerts("no settings", call("UpdateLoggingConfiguration", firewallName="edge"))
    for action, story in (("aws:pass", alerts), ("aws:forward_to_sfe", silent)):
        policy = {"statelessDefaultActions": [action]}
        named: Fields = {"firewallPolicyName": "main", "updateToken": "t"}
        yield story(action, call("UpdateFirewallPolicy", **named, firewallPolicy=policy))
    other: Fields = {"firewallName": "edge", "firewallPolicyArn": "allow"}
    swapped = call("AssociateFirewallPolicy", **other)
    yield alerts("another policy", swapped, subject="edge", label="policy replaced of edge")
    group: Fields = {"ruleGroupName": "block", "updateToken": "t"}
    for line, story in (
        ("pass ip any any -> any any (sid:1;)", alerts),
        ("drop ip any any -> any any (sid:1;)", silent),
        ("pass tcp any any -> 10.0.0.0/8 443 (sid:1;)", silent),
    ):
        yield story(line, call("UpdateRuleGroup", **group, rules=line))
    header = dict.fromkeys(("source", "sourcePort", "destination", "destinationPort"), "ANY")
    for action, ends, story in (
        ("PASS", header, alerts),
        ("DROP", header, silent),
        ("PASS", header | {"destinationPort": "443"}, silent),
    ):
        source = {"rulesSource": {"statefulRules": [{"action": action, "header": ends}]}}
        yield story(f"{action} {ends}", call("UpdateRuleGroup", **group, ruleGroup=source))
    yield alerts("refused", refused("network-firewall:DeleteFirewall"), severity=Severity.MEDIUM)


def call(name: str, **parameters: Any) -> Record:
    return request(f"network-firewall:{name}", **parameters)
