"""Network Firewall weakened.

The firewall holds malware off its servers and intruders off the networks behind it. An intruder
takes away the firewall, its rules or its log, or first the lock that forbids this.
"""

import re
from typing import Any

from trailwarden import DEPLOYMENT, Event, Match, Rule, Severity, Tactic, either
from trailwarden.cloudtrail.samples import DEPLOYED, DEPLOYER, Fields, refused, request
from trailwarden.cloudtrail.values import dig, listed
from trailwarden.correlations import DAY, Worsened
from trailwarden.detection.worsened import state
from trailwarden.examples import Examples, Record, alerts, silent
from trailwarden.services.ec2 import texts, values
from trailwarden.services.rds import is_true
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
    firewall, label = thing_of(event), act_of(event)
    if label:
        severity = Severity.HIGH if event.name in GONE else None
        return Match(f"{label} of {firewall}", severity, firewall)
    label = state(**settings(event))
    return Match(label, subject=firewall) if label else None


def act_of(event: Event) -> str:
    """Return what a request takes away by its nature; nothing for one that sets something."""
    if event.name.startswith(("Delete", "Disassociate")):
        return event.name
    return "policy replaced" if event.name == "AssociateFirewallPolicy" else ""


def settings(event: Event) -> dict[str, object]:
    """Return what a request sets, as a state that may get worse."""
    request = event.get("requestParameters")
    locks = {key: dig(request, key) for key in LOCKS}
    if event.name == "UpdateLoggingConfiguration":
        return {"logs": len(event.listed(LOGS))}
    if event.name == "UpdateRuleGroup":
        return {"holds anything back": not passes_all(request), **dropping(request)}
    if event.name == "UpdateFirewallPolicy":
        actions = [action for key in DEFAULTS for action in event.listed(f"{POLICY}.{key}")]
        groups = [len(event.listed(f"{POLICY}.{key}")) for key in GROUPS]
        return {"default": "aws:pass" not in actions, "rule groups": sum(groups) or "left off"}
    return {key: is_true(kept) for key, kept in locks.items() if kept is not None}


def dropping(request: Any) -> dict[str, object]:
    """Return how many rules in Suricata's words drop or reject something, where there are any."""
    held = texts(request, "rules", "rulesString")
    number = sum(len(DROPS.findall(text)) for text in held)
    return {"rules that drop": number or "left off"} if held else {}


def by_thing(event: Event) -> str:
    place = f"{event.recipient_account_id}/{event.aws_region}"
    return f"{place}/{event.name}/{thing_of(event)}"


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
DROPS = re.compile(r"(?m)^\s*(?:drop|reject)\b")
GROUPS = ("statefulRuleGroupReferences", "statelessRuleGroupReferences")
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
    correlation=Worsened(timespan=400 * DAY, group_by=by_thing, unknown=Severity.CRITICAL),
)

ENVIRONMENT = DEPLOYED


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
    yield silent("refused to set", refused("network-firewall:UpdateRuleGroup"))
    yield from compared()


def compared() -> Examples:
    off: Fields = {"firewallName": "edge", "deleteProtection": False}
    protect = "UpdateFirewallDeleteProtection"
    known, again = call(protect, DEPLOYER, **off), call(protect, day=2, **off)
    on = call(protect, day=1, **off | {"deleteProtection": True})
    yield silent("no protection, as before", known, again)
    yield alerts("no protection, and one between", known, on, again, subject="edge")
    other = call(protect, DEPLOYER, **off | {"firewallName": "core"})
    yield alerts("another firewall", other, again, severity=Severity.MEDIUM)
    yield alerts("of another Region", {**known, "awsRegion": "eu-west-1"}, again, subject="edge")
    both = "drop tcp any any -> any 23 (sid:1;)\ndrop tcp any any -> any 445 (sid:2;)"
    group: Fields = {"ruleGroupName": "block", "updateToken": "t"}
    whole = call("UpdateRuleGroup", **group, rules=both)
    for line in both.split("\n"):
        yield alerts(line, whole, call("UpdateRuleGroup", day=2, **group, rules=line))
        yield silent(
            f"more than {line}", call("UpdateRuleGroup", **group, rules=line), later(whole)
        )
    none = call("UpdateRuleGroup", day=2, **group, rules="alert tcp any any -> any 1 (sid:3;)")
    yield silent("rules that only tell", none)
    yield alerts("rules that only tell from now on", whole, none, subject="block")
    named: Fields = {"firewallPolicyName": "main", "updateToken": "t"}
    policies = [{"statefulRuleGroupReferences": [{"resourceArn": "g"}] * n} for n in (2, 1)]
    two, one = (call("UpdateFirewallPolicy", day=n, **named, firewallPolicy=policy)
                for n, policy in enumerate(policies))  # fmt: skip
    yield alerts("fewer rule groups", two, one, subject="main")


def later(record: Record) -> Record:
    return {**record, "eventTime": "2025-06-04T12:00:00Z", "eventID": "later"}


def call(name: str, by: Fields | None = None, *, day: float = 0, **parameters: Any) -> Record:
    return request(f"network-firewall:{name}", by, day=day, **parameters)
