"""Access logging turned off.

Access logs are the record of all requests from outside. Without them, an attack on a site and its
loot cannot be reconstructed.
"""

from collections.abc import Mapping

from trailwarden import DEPLOYMENT, SUCCEEDED, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import ACCOUNT, CONSOLE, Fields, request
from trailwarden.cloudtrail.values import dig, text_of
from trailwarden.correlations import DAY, Worsened
from trailwarden.detection.worsened import state
from trailwarden.examples import Examples, Record, alerts, silent
from trailwarden.services import settings
from trailwarden.services.rds import is_false, is_true

LOGS = ("access_logs.", "connection_logs.", "health_check_logs.")
KEYS = ("access_logs.s3.enabled", "connection_logs.s3.enabled")
BALANCER = "Access logging of a load balancer turned off"
API = "Access logging of an API stage turned off"


UNKNOWN = "Access logging of a load balancer set to off"


def detect(event: Event) -> Match | None:
    name = name_of(event)
    if event.name == "CreateLoadBalancer":
        return Match(state(access_log=False), Severity.INFORMATIONAL, name) if name else None
    if event.name == "ModifyLoadBalancerAttributes":
        logs = logging_of(event)
        return None if logs is None else Match(state(access_log=logs), subject=name, title=BALANCER)
    if event.name != "DeleteAccessLogSettings" and not removes(event):
        return None
    return Match(name or event.service, subject=name, title=API)


def name_of(event: Event) -> str:
    if made := event.listed("responseElements.loadBalancers"):
        return text_of(dig(made[0], "loadBalancerArn"))
    return event.request("loadBalancerArn", "loadBalancerName", "id", "restApiId", "apiId")


def by_balancer(event: Event) -> str:
    return f"{event.recipient_account_id}/{event.aws_region}/{name_of(event)}"


def logging_of(event: Event) -> str | bool | None:
    """Return how a request sets access logging; None where it does not say it."""
    held = [one for one in event.listed("requestParameters.attributes") if isinstance(one, Mapping)]
    attributes = {text_of(one.get("key")): one.get("value") for one in held}
    older = event.get("requestParameters.loadBalancerAttributes")
    switches = [dig(older, "accessLog.enabled"), *(attributes.get(key) for key in KEYS)]
    if any(map(is_true, switches)):
        return True
    if not any(map(is_false, switches)):
        return None
    others = [key for key in attributes if not key.startswith(LOGS)]
    others += [key for key in (older if isinstance(older, Mapping) else ()) if key != "accessLog"]
    return settings.beside(event) if others else False


def removes(event: Event) -> bool:
    """Say whether a change of an API's stage takes its access log away."""
    operations = event.listed("requestParameters.patchOperations")
    removed = [text_of(dig(one, "path")) for one in operations if dig(one, "op") == "remove"]
    return any("accessLogSettings" in path for path in removed)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "apigateway:DeleteAccessLogSettings",
        "apigateway:UpdateStage",
        "elasticloadbalancing:CreateLoadBalancer",
        "elasticloadbalancing:ModifyLoadBalancerAttributes",
    ],
    exempt=DEPLOYMENT,
    outcome=SUCCEEDED,
    severity=Severity.MEDIUM,
    attack={Tactic.DEFENSE_EVASION: ["T1562.008"]},
    response="Switch the log on again. Ask the caller. Compare the requests before the change with "
    "the requests after it.",
    false_positives="A load balancer whose log nobody reads.",
    correlation=Worsened(timespan=90 * DAY, group_by=by_balancer, unknown_title=UNKNOWN),
    references=[
        "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-access-logs.html"
    ],
)


def examples() -> Examples:
    on, off = (attribute(KEYS[0], value, day=n) for n, value in enumerate(("true", "false")))
    yield alerts("a load balancer", on, off, severity=Severity.MEDIUM, subject=ARN)
    yield alerts("nothing known before", off, severity=Severity.LOW)
    beside = {**off, "requestParameters": {**off["requestParameters"], "attributes": MANY}}
    yield alerts("off beside others", beside, severity=Severity.LOW)
    answer: Fields = {"loadBalancers": [{"loadBalancerArn": ARN}]}
    made = request("elasticloadbalancing:CreateLoadBalancer", name="web", answer=answer)
    yield silent("off since it was made", made, beside)
    yield silent("one is made anew", on, {**made, "eventTime": off["eventTime"]})
    page = {**beside, **CONSOLE}
    yield silent("the console repeats it", page)
    yield alerts("switched off beside others", on, page, severity=Severity.MEDIUM)
    other = {**on, "requestParameters": {**on["requestParameters"], "loadBalancerArn": "other"}}
    yield alerts("known of another", other, off, severity=Severity.LOW)
    classic = {"accessLog": {"enabled": False}}
    old = request(MODIFY, loadBalancerName="web", loadBalancerAttributes=classic)
    yield alerts("an old one", old, subject="web")
    remove: Fields = {"patchOperations": [{"op": "remove", "path": "/accessLogSettings"}]}
    stage = request("apigateway:UpdateStage", restApiId="a1", stageName="prod", **remove)
    yield alerts("an API's stage", stage, subject="a1")
    deleted = request("apigateway:DeleteAccessLogSettings", apiId="a2", stageName="prod")
    yield alerts("a newer API's stage", deleted, subject="a2")
    yield silent("no such balancer", {**old, "errorCode": "AccessPointNotFoundException"})
    yield silent("switched on", attribute("access_logs.s3.enabled", "true"))
    yield silent("another attribute", attribute("deletion_protection.enabled", "false"))


MODIFY = "elasticloadbalancing:ModifyLoadBalancerAttributes"
ARN = f"arn:aws:elasticloadbalancing:us-east-1:{ACCOUNT}:loadbalancer/app/web/50dc6c495c0c9188"


MANY = [
    {"key": "access_logs.s3.enabled", "value": "false"},
    {"key": "idle_timeout.timeout_seconds", "value": "60"},
]


def attribute(key: str, value: str, *, day: int = 0) -> Record:
    attributes = [{"key": key, "value": value}]
    return request(MODIFY, day=day, loadBalancerArn=ARN, attributes=attributes)
