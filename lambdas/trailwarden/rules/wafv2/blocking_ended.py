"""WAF web ACL left without a rule that blocks.

A web ACL that only counts lets each request pass, and looks as healthy as before. This one stopped
requests before.
"""

from typing import Any

from trailwarden import DEPLOYMENT, SUCCEEDED, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import DEPLOYED, DEPLOYER, Fields, refused, request
from trailwarden.cloudtrail.values import dig
from trailwarden.correlations import DAY
from trailwarden.detection.worsened import LEFT_OFF, Worsened, state
from trailwarden.examples import Examples, Record, alerts, silent

STOPS = ("block", "captcha", "challenge")


def detect(event: Event) -> Match:
    only_teaches = Severity.INFORMATIONAL if event.name == "CreateWebACL" else None
    off = LEFT_OFF if event.listed("requestParameters.rules") else False
    label = state(blocking=blocks(event) or off)
    return Match(label, only_teaches, event.request("name"))


def blocks(event: Event) -> bool:
    """Say whether a web ACL stops requests, by a rule or by its default."""
    default = event.get("requestParameters.defaultAction")
    rules = event.listed("requestParameters.rules")
    return dig(default, "block") is not None or any(map(stops, rules))


def stops(rule: Any) -> bool:
    """Say whether a rule stops requests; a group of rules does unless it only counts."""
    if dig(rule, "overrideAction.none") is not None:
        return True
    return any(dig(rule, f"action.{kind}") is not None for kind in STOPS)


def by_web_acl(event: Event) -> str:
    """Group by account, Region, scope and name: each scope has names of its own."""
    scope, name = event.request("scope"), event.request("name")
    return f"{event.recipient_account_id}/{event.aws_region}/{scope}/{name}"


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["wafv2:CreateWebACL", "wafv2:UpdateWebACL"],
    exempt=DEPLOYMENT,
    outcome=SUCCEEDED,
    severity=Severity.MEDIUM,
    attack={Tactic.DEFENSE_EVASION: ["T1562.007", "T1562.001"]},
    response="Ask the caller. If they did not plan it, put the rules back. Look in "
    "the application's logs for the requests since then.",
    false_positives="An engineer looks for the rule that stops customers. Name the roles that "
    "deploy.",
    correlation=Worsened(
        timespan=400 * DAY,
        group_by=by_web_acl,
        unknown=Severity.CRITICAL,
        unknown_title="WAF web ACL set to have no rules",
    ),
)

ENVIRONMENT = DEPLOYED
CREATE, UPDATE = "wafv2:CreateWebACL", "wafv2:UpdateWebACL"
BLOCK: Fields = {"name": "bad", "action": {"block": {}}}
COUNT: Fields = {"name": "bad", "action": {"count": {}}}
GROUP: Fields = {"name": "common", "overrideAction": {"none": {}}}


def examples() -> Examples:
    blocking, counting = web_acl(BLOCK), web_acl(COUNT, day=1)
    yield alerts("it only counts now", blocking, counting, severity=Severity.MEDIUM, subject="web")
    yield alerts("no rules now", blocking, web_acl(day=1), subject="web")
    for rule in (GROUP, {"name": "bots", "action": {"captcha": {}}}):
        yield alerts(f"without {rule['name']}", web_acl(rule), counting)
    yield alerts("since it was made", web_acl(BLOCK, action=CREATE), counting)
    yield alerts("after a pipeline", web_acl(BLOCK, by=DEPLOYER), counting)
    anew = web_acl(COUNT, action=CREATE, day=1)
    yield silent("one of the same name is made", blocking, anew)
    yield silent("one rule of two", web_acl(BLOCK, GROUP), web_acl(GROUP, COUNT, day=1))
    yield silent("it only counted before", web_acl(COUNT), web_acl(day=1))
    yield silent("nothing known before", counting)
    yield alerts("no rules, with nothing known", web_acl(), severity=Severity.MEDIUM)
    closed = web_acl(BLOCK), web_acl(day=1, default="block")
    yield silent("it stops all by default", *closed)
    yield silent("another one", web_acl(BLOCK, name="other"), counting)
    namesake = web_acl(COUNT, day=0.5, scope="CLOUDFRONT")
    yield silent("its namesake in the other scope", blocking, namesake)
    yield alerts("it, after its namesake", blocking, namesake, counting)
    yield silent("by a pipeline", blocking, web_acl(by=DEPLOYER, day=1))
    yield silent("known too long ago", blocking, web_acl(COUNT, day=401))
    yield alerts("known for long", blocking, web_acl(COUNT, day=400))
    yield silent("refused", blocking, refused(UPDATE, day=1, name="web", rules=[]))


def web_acl(
    *rules: Fields,
    action: str = UPDATE,
    by: Fields | None = None,
    name: str = "web",
    default: str = "allow",
    scope: str = "REGIONAL",
    day: float = 0,
) -> Record:
    thing: Fields = {"name": name, "scope": scope, "visibilityConfig": {}}
    if action == UPDATE:
        thing |= {"id": "1", "lockToken": "t"}
    settings: Fields = {"rules": [*rules], "defaultAction": {default: {}}}
    return request(action, by, day=day, **thing, **settings)
