"""WAF logging deleted.

The log of a web ACL is the only full record of the requests to an application. It also names the
rules that let them pass.
"""

from trailwarden import DEPLOYMENT, Event, Match, Rule, Severity, Tactic, either
from trailwarden.cloudtrail.samples import DEPLOYED, DEPLOYER, Fields, refused, request
from trailwarden.cloudtrail.values import dig
from trailwarden.correlations import DAY, Worsened
from trailwarden.detection.worsened import state
from trailwarden.examples import Examples, Record, alerts, silent

FILTER = "requestParameters.loggingConfiguration.loggingFilter"
FILTERED = "Requests left out of a WAF log"


def detect(event: Event) -> Match | None:
    if event.name == "PutLoggingConfiguration":
        return filtered(event)
    web_acl = event.request("resourceArn")
    return Match(web_acl, subject=web_acl)


def filtered(event: Event) -> Match:
    """Tell of a filter that drops requests; one that keeps all it does not name drops few."""
    web_acl = event.request("loggingConfiguration.resourceArn")
    drops = [dig(rule, "behavior") == "DROP" for rule in event.listed(f"{FILTER}.filters")]
    by_default = event.text(f"{FILTER}.defaultBehavior") == "DROP"
    nothing = by_default and all(drops)
    label = state(
        requests=not nothing,
        most_requests=not by_default,
        all_requests=not (by_default or any(drops)),
    )
    return Match(label, None if nothing else Severity.LOW, web_acl, FILTERED)


def by_web_acl(event: Event) -> str:
    named = event.request("resourceArn", "loggingConfiguration.resourceArn")
    return f"{event.recipient_account_id}/{named}"


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "waf-regional:DeleteLoggingConfiguration",
        "waf:DeleteLoggingConfiguration",
        "wafv2:DeleteLoggingConfiguration",
        "wafv2:PutLoggingConfiguration",
    ],
    exempt=DEPLOYMENT,
    outcome=either(refused=Severity.LOW),
    severity=Severity.MEDIUM,
    attack={Tactic.DEFENSE_EVASION: ["T1562.008"]},
    response="Turn logging on again. Ask the caller. If they did not plan it, read the "
    "application's own logs since then.",
    false_positives="An engineer takes a web ACL down. Name the roles that deploy.",
    correlation=Worsened(timespan=400 * DAY, group_by=by_web_acl, unknown=Severity.CRITICAL),
)

ENVIRONMENT = DEPLOYED


WEB_ACL = "arn:aws:wafv2:us-east-1:111122223333:regional/webacl/web/1a2b3c"


def examples() -> Examples:
    web_acl = WEB_ACL
    delete = "wafv2:DeleteLoggingConfiguration"
    yield alerts("deleted", request(delete, resourceArn=web_acl), subject=web_acl)
    nothing = put({"defaultBehavior": "DROP", "filters": []})
    yield alerts("nothing logged", nothing, severity=Severity.MEDIUM, subject=web_acl)
    blocked = {"defaultBehavior": "DROP", "filters": [{"behavior": "KEEP"}]}
    yield alerts("some logged", put(blocked), severity=Severity.LOW)
    most = {"defaultBehavior": "KEEP", "filters": [{"behavior": "DROP"}]}
    yield alerts("some dropped", put(most), severity=Severity.LOW, subject=web_acl)
    yield silent("all logged", put({"defaultBehavior": "KEEP", "filters": []}))
    yield silent("no filter", put(None))
    yield alerts("refused", refused(delete), severity=Severity.LOW)
    again = put(blocked, day=2)
    yield silent("some logged, as before", put(blocked, by=DEPLOYER), again)
    yield alerts("some logged, and all between", put(blocked), put(None, day=1), again)
    yield alerts("less yet", put(blocked), put({"defaultBehavior": "DROP", "filters": []}, day=2))
    other = put(blocked, by=DEPLOYER, web_acl="arn:other")
    yield alerts("another web ACL", other, again, severity=Severity.LOW)
    for day, story in ((400, silent), (401, alerts)):
        yield story(f"day {day}", put(blocked, by=DEPLOYER), put(blocked, day=day))


def put(
    filtering: Fields | None, *, by: Fields | None = None, web_acl: str = WEB_ACL, day: float = 0
) -> Record:
    group = "arn:aws:logs:us-east-1:111122223333:log-group:aws-waf-logs-web"
    settings: Fields = {"resourceArn": web_acl, "logDestinationConfigs": [group]}
    if filtering:
        settings["loggingFilter"] = filtering
    return request("wafv2:PutLoggingConfiguration", by, day=day, loggingConfiguration=settings)
