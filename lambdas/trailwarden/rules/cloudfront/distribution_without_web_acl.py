"""Distribution updated to have no web ACL.

The usual way to detach a web ACL from a distribution is an update that names none. Every update
says it, so the rule compares it with the last known one. Where none is known, it tells of it once.
"""

from typing import Any

from trailwarden import DEPLOYMENT, SUCCEEDED, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import DEPLOYED, DEPLOYER, Fields, refused, request
from trailwarden.cloudtrail.values import text_of
from trailwarden.correlations import DAY, Worsened
from trailwarden.detection.worsened import state
from trailwarden.examples import Examples, Record, alerts, silent

WEB_ACLS = (
    "distributionConfig.webACLId",
    "distributionConfigWithTags.distributionConfig.webACLId",
    "customizations.webAcl.arn",
)
ACTION = "requestParameters.customizations.webAcl.action"


def detect(event: Event) -> Match | None:
    said = [event.get(f"requestParameters.{path}") for path in WEB_ACLS]
    named = [text_of(value) for value in said if value is not None]
    if not named and event.text(ACTION) != "disable":
        return None
    label = state(web_ACL=any(named))
    only_teaches = Severity.INFORMATIONAL if event.name.startswith("Create") else None
    return Match(label, only_teaches, distribution_of(event))


def distribution_of(event: Event) -> str:
    return event.request("id") or event.answer("distribution.id")


def by_distribution(event: Event) -> str:
    return f"{event.recipient_account_id}/{distribution_of(event)}"


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "cloudfront:CreateDistribution",
        "cloudfront:CreateDistributionWithTags",
        "cloudfront:UpdateDistribution",
        "cloudfront:UpdateDistributionTenant",
    ],
    exempt=DEPLOYMENT,
    outcome=SUCCEEDED,
    severity=Severity.LOW,
    attack={Tactic.DEFENSE_EVASION: ["T1562.007"]},
    response="Look in AWS Config whether it had a web ACL before, and attach that again.",
    false_positives="The first change by hand to a distribution that never had one.",
    correlation=Worsened(timespan=400 * DAY, group_by=by_distribution, unknown=Severity.CRITICAL),
)

ENVIRONMENT = DEPLOYED


def examples() -> Examples:
    without = update(webACLId="")
    label = "web ACL: off"
    yield alerts("no web ACL", without, subject="E1EXAMPLE", label=label)
    off: dict[str, Any] = {"id": "dt-1", "customizations": {"webAcl": {"action": "disable"}}}
    tenant = "cloudfront:UpdateDistributionTenant2020_05_31"
    yield alerts("a tenant's", request(tenant, **off), subject="dt-1")
    one = "arn:aws:wafv2:us-east-1:111122223333:global/webacl/web/1"
    yield silent("one", update(webACLId=one))
    yield silent("none said", update(comment="shop"))
    yield silent("refused", refused("cloudfront:UpdateDistribution2020_05_31"))
    first, later = update(DEPLOYER, webACLId=""), update(day=2, webACLId="")
    on = update(day=1, webACLId=one)
    yield silent("none, as before", first, later)
    yield silent("known for long", first, update(day=400, webACLId=""))
    yield alerts("known too long ago", first, update(day=401, webACLId=""))
    yield alerts("one, and none again", first, on, later, severity=Severity.LOW)
    yield alerts("another one", {**first, **OTHER}, later, subject="E1EXAMPLE")
    config, answer = {"webACLId": ""}, {"distribution": {"id": "E1EXAMPLE"}}
    plain = request("cloudfront:CreateDistribution", answer=answer, distributionConfig=config)
    yield silent("made without", plain, later)
    both: Fields = {"distributionConfigWithTags": {"distributionConfig": config}}
    tagged = request("cloudfront:CreateDistributionWithTags", answer=answer, **both)
    yield silent("made without, with tags", tagged, later)


OTHER: Fields = {"requestParameters": {"id": "E2", "distributionConfig": {"webACLId": ""}}}


def update(by: Fields | None = None, *, day: float = 0, **settings: Any) -> Record:
    action = "cloudfront:UpdateDistribution2020_05_31"
    config = {"enabled": True, **settings}
    return request(action, by, day=day, id="E1EXAMPLE", distributionConfig=config)
