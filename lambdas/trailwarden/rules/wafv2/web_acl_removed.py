"""WAF web ACL removed.

Without its web ACL, an application takes every request. That opens the way for an attack, or ends
the defence against one.
"""

from typing import Any

from trailwarden import DEPLOYMENT, Event, Match, Rule, Severity, Tactic, either
from trailwarden.cloudtrail.samples import refused, request
from trailwarden.examples import Examples, alerts, silent

ACTS = {"DeleteWebACL": "WAF web ACL deleted"}


def detect(event: Event) -> Match:
    name = event.request("name", "webACLId", "resourceArn", "id", "identifier")
    return Match(f"{event.name} {name}", subject=name, title=ACTS.get(event.name, ""))


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "cloudfront:DisassociateDistributionTenantWebACL",
        "cloudfront:DisassociateDistributionWebACL",
        "waf-regional:DeleteWebACL",
        "waf-regional:DisassociateWebACL",
        "waf:DeleteWebACL",
        "wafv2:DeleteWebACL",
        "wafv2:DisassociateWebACL",
    ],
    exempt=DEPLOYMENT,
    outcome=either(refused=Severity.MEDIUM),
    severity=Severity.HIGH,
    attack={Tactic.DEFENSE_EVASION: ["T1562.007", "T1562.001"]},
    response="Attach the web ACL again, or create it from its definition. Ask the caller. If they "
    "did not plan it, look in the application's logs for attacks since.",
    false_positives="An engineer takes an application down. Name the roles that deploy.",
    references=["https://docs.aws.amazon.com/waf/latest/APIReference/API_DisassociateWebACL.html"],
)

BALANCER = "arn:aws:elasticloadbalancing:us-east-1:111122223333:loadbalancer/app/web/50dc6c495c"


def examples() -> Examples:
    delete = "wafv2:DeleteWebACL"
    web: dict[str, Any] = {"name": "web", "scope": "REGIONAL", "id": "1", "lockToken": "t"}
    yield alerts("deleted", request(delete, **web), subject="web")
    detached = request("wafv2:DisassociateWebACL", resourceArn=BALANCER)
    yield alerts("detached", detached, subject=BALANCER)
    yield alerts("refused", refused(delete), severity=Severity.MEDIUM)
    failed = request(delete, fields={"errorCode": "ThrottlingException"})
    yield silent("a failed request", failed)
