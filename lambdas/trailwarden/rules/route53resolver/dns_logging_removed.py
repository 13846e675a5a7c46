"""DNS query logging removed.

Malware asks DNS for its servers before it contacts them. Without the query log nobody sees that,
and without the firewall nothing stops it.
"""

from trailwarden import AWS_ITSELF, DEPLOYMENT, Event, Match, Rule, Severity, Tactic, either
from trailwarden.cloudtrail.samples import DEPLOYED, DEPLOYER, Fields, refused, request
from trailwarden.cloudtrail.values import dig
from trailwarden.examples import Examples, alerts, silent
from trailwarden.services.ec2 import texts

NAMES = (
    *("resolverQueryLogConfigId", "firewallRuleGroupId", "firewallRuleGroupAssociationId", "id"),
    *("resourceId", "firewallRuleId"),
)
FIREWALL = "DNS firewall removed"
OPENED = "DNS firewall loosened"


def detect(event: Event) -> Match | None:
    if event.name in LOOSENING:
        return loosened(event)
    ids = texts(event.get("requestParameters"), *NAMES)
    severity = Severity.LOW if event.caller in DEPLOYMENT else None
    title = FIREWALL if "Firewall" in event.name else ""
    return Match(f"{event.name} {', '.join(ids)}", severity, title=title)


def loosened(event: Event) -> Match | None:
    """Tell of a firewall that lets names through: by its rules, or where it does not answer."""
    parameters = event.get("requestParameters")
    open_ended = dig(parameters, "firewallFailOpen") == "ENABLED"
    unlocked = dig(parameters, "mutationProtection") == "DISABLED"
    if not (open_ended or unlocked or "ALLOW" in texts(parameters, "action")):
        return None
    severity = Severity.LOW if event.caller in DEPLOYMENT else Severity.MEDIUM
    ids = texts(parameters, *NAMES)
    return Match(f"{event.name} {', '.join(ids)}", severity, title=OPENED)


LOOSENING = frozenset(
    {
        "BatchUpdateFirewallRule",
        "UpdateFirewallConfig",
        "UpdateFirewallRule",
        "UpdateFirewallRuleGroupAssociation",
    }
)

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
        "route53resolver:BatchDeleteFirewallRule",
        "route53resolver:BatchUpdateFirewallRule",
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
