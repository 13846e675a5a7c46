"""WAF web ACL deleted or detached.

Without its web ACL, an application takes every request as it comes. That opens the way for an
attack through the front door, or ends what held one off.
"""

from collections.abc import Iterator
from typing import Any

from trailwarden import Event, Example, Match, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.samples import ACCOUNT, assumed_role, denied, iam_user, record
from trailwarden.cloudtrail.values import Record
from trailwarden.environment import Environment

ENVIRONMENT = Environment(deploy_roles=(f"arn:aws:iam::{ACCOUNT}:role/Deploy",))

NAMES = ("name", "webACLId", "resourceArn", "id", "identifier")


def detect(event: Event) -> Match | None:
    if not event.succeeded or event.by_automation:
        return None
    told = (event.text(f"requestParameters.{name}") for name in NAMES)
    which = next(filter(None, told), "")[:200]
    done = "deleted" if event.name == "DeleteWebACL" else "detached from"
    return Match(f"{done} {which}", subject=which)


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
    severity=Severity.HIGH,
    attack={Tactic.DEFENSE_EVASION: ["T1562.007", "T1562.001"]},
    response="Attach the web ACL again, or create it from its definition. Ask the caller; if they "
    "did not plan it, look in the application's logs for what came in since.",
    false_positives="An application that is taken down; name the roles that deploy.",
    references=["https://docs.aws.amazon.com/waf/latest/APIReference/API_DisassociateWebACL.html"],
)

BALANCER = (
    "arn:aws:elasticloadbalancing:us-east-1:111122223333:loadbalancer/app/web/50dc6c495c0c9188"
)


def examples() -> Iterator[Example]:
    yield alerts("deleted", call("wafv2:DeleteWebACL", name="web", scope="REGIONAL"))
    yield alerts("detached", call("wafv2:DisassociateWebACL", resourceArn=BALANCER))
    yield alerts("of the old kind", call("waf:DeleteWebACL", webACLId="aabc123a"))
    yield alerts("of a Region", call("waf-regional:DisassociateWebACL", resourceArn=BALANCER))
    yield silent("deployed", call("wafv2:DeleteWebACL", role="Deploy", name="web"))
    yield silent("refused", denied("wafv2:DeleteWebACL", iam_user("mallory")))


def call(action: str, *, role: str = "Ops", **request: Any) -> Record:
    return record(action, assumed_role(role), requestParameters=request)
