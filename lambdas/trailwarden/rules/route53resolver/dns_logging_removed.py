"""DNS query logging removed.

Malware asks DNS for its servers before it contacts them. Without the query log nobody sees that,
and without the firewall nothing stops it.
"""

from collections.abc import Iterator

from trailwarden import (
    AWS_ITSELF,
    DEPLOYMENT,
    SUCCEEDED,
    Event,
    Example,
    Match,
    Rule,
    Severity,
    Tactic,
    alerts,
    silent,
)
from trailwarden.cloudtrail.samples import DEPLOYED, DEPLOYER, refused, request
from trailwarden.services.ec2 import texts

NAMES = (
    *("resolverQueryLogConfigId", "firewallRuleGroupId", "firewallRuleGroupAssociationId", "id"),
    "resourceId",
)
FIREWALL = "DNS firewall removed"


def detect(event: Event) -> Match:
    ids = texts(event.get("requestParameters"), *NAMES)
    severity = Severity.LOW if event.caller in DEPLOYMENT else None
    title = FIREWALL if "Firewall" in event.name else ""
    return Match(f"{event.name} {', '.join(ids)}", severity, title=title)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "route53:DeleteQueryLoggingConfig",
        "route53resolver:DeleteFirewallRuleGroup",
        "route53resolver:DeleteResolverQueryLogConfig",
        "route53resolver:DisassociateFirewallRuleGroup",
        "route53resolver:DisassociateResolverQueryLogConfig",
    ],
    exempt=AWS_ITSELF,
    outcome=SUCCEEDED,
    severity=Severity.HIGH,
    attack={Tactic.DEFENSE_EVASION: ["T1562.008"]},
    response="Put the query logging or the firewall rules back. Ask the caller for the reason. If "
    "there is none, disable the credentials and review their other acts.",
    false_positives="An engineer takes a VPC down together with its logging.",
)

ENVIRONMENT = DEPLOYED


def examples() -> Iterator[Example]:
    delete, config = "route53resolver:DeleteResolverQueryLogConfig", "rqlc-0123456789abcdef"
    deleted = request(delete, resolverQueryLogConfigId=config)
    label = f"DeleteResolverQueryLogConfig {config}"
    yield alerts("a configuration is deleted", deleted, severity=Severity.HIGH, label=label)
    deployed = request(delete, DEPLOYER, resolverQueryLogConfigId=config)
    yield alerts("deployed", deployed, severity=Severity.LOW)
    yield silent("refused", refused(delete))
