"""DNS query logging or DNS firewall was removed.

Malware asks DNS for its servers before it talks to them. Without the query log nobody sees that,
and without the firewall nothing stops it.
"""

from collections.abc import Iterator

from trailwarden import Event, Example, Match, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.samples import Fields, denied, iam_user, record
from trailwarden.services.ec2 import texts


def detect(event: Event) -> Match | None:
    if event.by_service or not event.succeeded:
        return None
    asked = event.get("requestParameters")
    ids = texts(asked, "resolverQueryLogConfigId", "firewallRuleGroupId", "id", "resourceId")
    severity = Severity.LOW if event.by_automation else None
    return Match(f"{event.name} {', '.join(ids)[:80]}".strip(), severity)


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
    severity=Severity.HIGH,
    attack={Tactic.DEFENSE_EVASION: ["T1562.008"]},
    response="Put the query logging or the firewall rules back. Ask whoever removed them why; if "
    "nobody knows, disable the credentials and review what they did before and after.",
    false_positives="A VPC that is taken down together with its logging.",
)


def examples() -> Iterator[Example]:
    alice = iam_user("alice")
    config = {"resolverQueryLogConfigId": "rqlc-0123456789abcdef"}
    delete = "route53resolver:DeleteResolverQueryLogConfig"
    yield alerts("a configuration is deleted", record(delete, alice, requestParameters=config))
    leave = "route53resolver:DisassociateResolverQueryLogConfig"
    vpc = config | {"resourceId": "vpc-0123456789abcdef0"}
    yield alerts("a VPC is taken out", record(leave, alice, requestParameters=vpc))
    zone = {"id": "12345678-1234-1234-1234-123456789012"}
    public = "route53:DeleteQueryLoggingConfig"
    yield alerts("a zone's log is deleted", record(public, alice, requestParameters=zone))
    group = {"firewallRuleGroupAssociationId": "rslvr-frgassoc-1"}
    firewall = "route53resolver:DisassociateFirewallRuleGroup"
    yield alerts("the firewall is taken off", record(firewall, alice, requestParameters=group))
    yield silent("a refusal", denied(delete, alice))
    failed: Fields = {"errorCode": "InvalidRequestException"}
    yield silent("it is still in use", record(delete, alice, requestParameters=config, **failed))
