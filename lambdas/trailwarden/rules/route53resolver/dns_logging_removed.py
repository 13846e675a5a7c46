"""DNS query logging removed.

Malware asks DNS for its servers before it contacts them. Without the query log nobody sees that,
and without the firewall nothing stops it.
"""

from collections.abc import Iterator, Mapping

from trailwarden import AWS_ITSELF, DEPLOYMENT, Event, Match, Rule, Severity, Tactic, either
from trailwarden.cloudtrail.samples import (
    CONSOLE,
    DEPLOYED,
    DEPLOYER,
    Fields,
    refused,
    request,
    service_linked_role,
)
from trailwarden.cloudtrail.values import dig, listed, text_of
from trailwarden.correlations import DAY, Worsened
from trailwarden.detection.worsened import LEFT_OFF, state
from trailwarden.examples import Examples, Record, alerts, silent
from trailwarden.services import settings
from trailwarden.services.ec2 import texts

NAMES = (
    *("resolverQueryLogConfigId", "firewallRuleGroupId", "firewallRuleGroupAssociationId", "id"),
    *("resourceId", "firewallRuleId"),
)
FIREWALL = "DNS firewall removed"
OPENED, SET = "DNS firewall loosened", "DNS firewall set to let names through"
ENTRIES = ("updateFirewallRuleEntries", "firewallRules")
LISTS = ("firewallRuleId", "firewallDomainListId", "firewallThreatProtectionId")
BLOCKS: Mapping[str, bool | str] = {"ALERT": LEFT_OFF, "ALLOW": False, "BLOCK": True}
SWITCHES: Mapping[str, tuple[str, Mapping[str, bool]]] = {
    "firewallFailOpen": ("closed where it fails", {"ENABLED": False, "DISABLED": True}),
    "mutationProtection": ("mutation protection", {"DISABLED": False, "ENABLED": True}),
}
"""Each switch with its name, and which of its values is safe."""
MAKING = ("AssociateFirewallRuleGroup", "CreateFirewallRule")


def detect(event: Event) -> Match | None:
    by_code = event.caller in DEPLOYMENT
    if "Delete" not in event.name and "Disassociate" not in event.name:
        labels = [*rules(event), *switches(event)]
        severity = Severity.LOW if by_code else Severity.MEDIUM
        severity = Severity.INFORMATIONAL if event.name in MAKING else severity
        return Match(labels, severity, title=OPENED) if labels else None
    ids = texts(event.get("requestParameters"), *NAMES)
    title = FIREWALL if "Firewall" in event.name else ""
    return Match(f"{event.name} {', '.join(ids)}", Severity.LOW if by_code else None, title=title)


def rules(event: Event) -> Iterator[str]:
    """Yield of each rule in a request whether it stops the names that it is about."""
    sent = event.get("requestParameters")
    held = [entry for key in ENTRIES for entry in listed(dig(sent, key))]
    for entry in held or [sent]:
        action = text_of(dig(entry, "action"))
        if action in BLOCKS:
            of = next(filter(None, (text_of(dig(entry, name)) for name in LISTS)), "names")
            yield state(**{f"block of {of}": BLOCKS[action]})


def switches(event: Event) -> Iterator[str]:
    """Yield each switch of a firewall in a request."""
    for key, (name, safe) in SWITCHES.items():
        is_safe = safe.get(event.request(key))
        if is_safe is not None:
            yield state(**{name: is_safe or settings.off(event, key)})


def by_firewall(event: Event) -> str:
    """Group by what has the switch; rules are together, as one request changes many."""
    of = event.request("firewallRuleGroupAssociationId", "resourceId")
    made = event.text("responseElements.firewallRuleGroupAssociation.id")
    return f"{event.recipient_account_id}/{event.aws_region}/{of or made or event.service}"


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "route53:DeleteQueryLoggingConfig",
        "route53globalresolver:BatchDeleteFirewallRule",
        "route53globalresolver:BatchUpdateFirewallRule",
        "route53globalresolver:DeleteFirewallRule",
        "route53globalresolver:UpdateFirewallRule",
        "route53resolver:AssociateFirewallRuleGroup",
        "route53resolver:BatchDeleteFirewallRule",
        "route53resolver:BatchUpdateFirewallRule",
        "route53resolver:CreateFirewallRule",
        "route53resolver:DeleteFirewallRule",
        "route53resolver:DeleteFirewallRuleGroup",
        "route53resolver:DeleteResolverQueryLogConfig",
        "route53resolver:DisassociateFirewallRuleGroup",
        "route53resolver:DisassociateResolverQueryLogConfig",
        "route53resolver:UpdateFirewallConfig",
        "route53resolver:UpdateFirewallRule",
        "route53resolver:UpdateFirewallRuleGroupAssociation",
    ],
    exempt=AWS_ITSELF,
    outcome=either(refused=Severity.MEDIUM),
    severity=Severity.HIGH,
    attack={Tactic.DEFENSE_EVASION: ["T1562.008"]},
    response="Put the query logging or the firewall rules back. Ask the caller for the reason. If "
    "there is none, disable the credentials and review their other acts.",
    false_positives="An engineer takes a VPC down together with its logging.",
    correlation=Worsened(
        timespan=400 * DAY, group_by=by_firewall, unknown=Severity.CRITICAL, unknown_title=SET
    ),
)

ENVIRONMENT = DEPLOYED


def examples() -> Examples:
    delete, log = "route53resolver:DeleteResolverQueryLogConfig", "rqlc-0123456789abcdef"
    deleted = request(delete, resolverQueryLogConfigId=log)
    label = f"DeleteResolverQueryLogConfig {log}"
    yield alerts("a configuration is deleted", deleted, severity=Severity.HIGH, label=label)
    deployed = request(delete, DEPLOYER, resolverQueryLogConfigId=log)
    yield alerts("deployed", deployed, severity=Severity.LOW)
    group: Fields = {"firewallRuleGroupId": "rslvr-frg-1"}
    rule = request("route53resolver:DeleteFirewallRule", **group)
    yield alerts("a rule", rule, severity=Severity.HIGH, label="DeleteFirewallRule rslvr-frg-1")
    for action, story in (("ALLOW", alerts), ("BLOCK", silent)):
        entries = [group | {"action": action}]
        batch = "route53resolver:BatchUpdateFirewallRule"
        yield story(f"rules to {action}", request(batch, updateFirewallRuleEntries=entries))
        globally = "route53globalresolver:BatchUpdateFirewallRule"
        many = [{"firewallRuleId": "fr-1", "action": action}]
        yield story(f"global rules to {action}", request(globally, firewallRules=many))
        other: Fields = {"clientToken": "t", "firewallRuleId": "fr-1", "action": action}
        yield story(
            f"a rule to {action}", request("route53globalresolver:UpdateFirewallRule", **other)
        )
    update = "route53resolver:UpdateFirewallRule"
    allowed = request(update, DEPLOYER, **group, action="ALLOW")
    yield alerts("allowed, deployed", allowed, severity=Severity.LOW)
    config: Fields = {"resourceId": "vpc-1"}
    change = "route53resolver:UpdateFirewallConfig"
    opened = request(change, **config, firewallFailOpen="ENABLED")
    yield alerts("open where it fails", opened, severity=Severity.MEDIUM)
    yield silent("closed where it fails", request(change, **config, firewallFailOpen="DISABLED"))
    lock: Fields = {"firewallRuleGroupAssociationId": "a", "mutationProtection": "DISABLED"}
    yield alerts("unlocked", request("route53resolver:UpdateFirewallRuleGroupAssociation", **lock))
    yield alerts("refused", refused(delete), severity=Severity.MEDIUM)
    failed = request(delete, fields={"errorCode": "ThrottlingException"})
    yield silent("a failed request", failed)
    yield from compared()


AWS = service_linked_role("AWSServiceRoleForFMS", "fms")


def compared() -> Examples:
    opened, again, closed = fails("ENABLED", AWS), fails("ENABLED", day=2), fails("DISABLED", day=1)
    yield silent("open, as before", opened, again)
    yield alerts("closed between", opened, closed, again, severity=Severity.MEDIUM)
    yield alerts("of another VPC", fails("ENABLED", AWS, vpc="vpc-2"), again)
    yield alerts("of another Region", {**opened, "awsRegion": "eu-west-1"}, again)
    yield alerts("known too long ago", opened, fails("ENABLED", day=401))
    yield silent("known for long", opened, fails("ENABLED", day=400))
    locked = "route53resolver:UpdateFirewallRuleGroupAssociation"
    lock: Fields = {"firewallRuleGroupAssociationId": "a", "mutationProtection": "DISABLED"}
    answer: Fields = {"firewallRuleGroupAssociation": {"id": "a"}}
    group: Fields = {"firewallRuleGroupId": "g", "vpcId": "v", "priority": 101, "name": "n"}
    group |= {"creatorRequestId": "c"}
    for made_as, story in (("DISABLED", silent), ("ENABLED", alerts)):
        make = "route53resolver:AssociateFirewallRuleGroup"
        made = request(make, **group, mutationProtection=made_as, answer=answer)
        yield story(f"made {made_as}", made, request(locked, day=1, **lock))
        yield silent(f"only made {made_as}", made)
    page = request(locked, fields=CONSOLE, **lock, priority=102)
    yield silent("repeated by a page of the console", page)
    yield from of_rules()


def of_rules() -> Examples:
    make, update = "route53resolver:CreateFirewallRule", "route53resolver:UpdateFirewallRule"
    names: Fields = {"firewallRuleGroupId": "g", "firewallDomainListId": "malware"}
    new: Fields = {**names, "creatorRequestId": "c", "priority": 1, "name": "n"}
    label = "block of malware: off"
    for action, story in (("ALLOW", silent), ("BLOCK", alerts)):
        made = request(make, **new, action=action)
        changed = request(update, day=1, **names, action="ALLOW")
        yield story(f"{action}, then ALLOW", made, changed)
        yield silent(f"only {action}", made)
    blocked = request(make, **new, action="BLOCK")
    warns = request(update, day=1, **names, action="ALERT")
    yield alerts("a block that only warns now", blocked, warns, severity=Severity.MEDIUM)
    yield silent("a rule that warns", warns)
    batch = "route53resolver:BatchUpdateFirewallRule"
    both = [names | {"action": "ALLOW"}, names | {"firewallDomainListId": "x", "action": "BLOCK"}]
    changes = request(batch, day=1, updateFirewallRuleEntries=both)
    yield alerts("one of two", blocked, changes, severity=Severity.MEDIUM, label=label)


def fails(value: str, by: Fields | None = None, *, vpc: str = "vpc-1", day: float = 0) -> Record:
    asked: Fields = {"resourceId": vpc, "firewallFailOpen": value}
    return request("route53resolver:UpdateFirewallConfig", by, day=day, **asked)
