"""Distribution updated to have no web ACL.

The usual way to detach a web ACL from a distribution is an update that names none. The request does
not show whether it had one before: that is told worse, once an earlier request showed it.
"""

from typing import Any

from trailwarden import DEPLOYMENT, SUCCEEDED, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import refused, request
from trailwarden.correlations import DAY
from trailwarden.examples import Examples, Record, alerts, silent

WEB_ACL = "requestParameters.distributionConfig.webACLId"
ACTION = "requestParameters.customizations.webAcl.action"


def detect(event: Event) -> Match | None:
    if event.get(WEB_ACL) != "" and event.text(ACTION) != "disable":
        return None
    distribution = event.request("id")
    return Match(f"{event.name} {distribution}", subject=distribution)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["cloudfront:UpdateDistribution", "cloudfront:UpdateDistributionTenant"],
    exempt=DEPLOYMENT,
    outcome=SUCCEEDED,
    severity=Severity.LOW,
    attack={Tactic.DEFENSE_EVASION: ["T1562.007"]},
    response="Look in AWS Config whether it had a web ACL before, and attach that again.",
    false_positives="A change by hand to a distribution that never had one.",
    window=30 * DAY,
)


def examples() -> Examples:
    without = update(webACLId="")
    label = "UpdateDistribution E1EXAMPLE"
    yield alerts("no web ACL", without, subject="E1EXAMPLE", label=label)
    off: dict[str, Any] = {"id": "dt-1", "customizations": {"webAcl": {"action": "disable"}}}
    tenant = "cloudfront:UpdateDistributionTenant2020_05_31"
    yield alerts("a tenant's", request(tenant, **off), subject="dt-1")
    yield silent("one", update(webACLId="arn:aws:wafv2:us-east-1:111122223333:global/webacl/web/1"))
    yield silent("none said", update(comment="shop"))
    yield silent("refused", refused("cloudfront:UpdateDistribution2020_05_31"))


def update(**settings: Any) -> Record:
    action = "cloudfront:UpdateDistribution2020_05_31"
    return request(action, id="E1EXAMPLE", distributionConfig={"enabled": True, **settings})
