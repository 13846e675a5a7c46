"""Access logging turned off.

Access logs are the record of all requests from outside. Without them, an attack on a site and its
loot cannot be reconstructed.
"""

from collections.abc import Iterator
from typing import Any

from trailwarden import (
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
from trailwarden.cloudtrail.samples import ACCOUNT, Fields, request
from trailwarden.cloudtrail.values import Record, dig, listed, text_of
from trailwarden.services.rds import is_false

NAMES = ("loadBalancerArn", "loadBalancerName", "id", "restApiId", "apiId")
BALANCER = "Access logging of a load balancer turned off"
API = "Access logging of an API stage turned off"


def detect(event: Event) -> Match | None:
    parameters = event.get("requestParameters")
    if event.name != "DeleteAccessLogSettings" and not switches_off(parameters):
        return None
    name = next(filter(None, map(event.request, NAMES)), "")
    title = API if event.service == "apigateway" else BALANCER
    return Match(name or event.service, subject=name, title=title)


def switches_off(parameters: Any) -> bool:
    """Say whether a request leaves access logging off, as one of three services writes it."""
    attributes = listed(dig(parameters, "attributes"))
    off = [one for one in attributes if is_false(dig(one, "value"))]
    is_balancer = any(text_of(dig(one, "key")).startswith("access_logs") for one in off)
    operations = listed(dig(parameters, "patchOperations"))
    removed = [text_of(dig(one, "path")) for one in operations if dig(one, "op") == "remove"]
    is_stage = any("accessLogSettings" in path for path in removed)
    return (
        is_balancer
        or is_stage
        or is_false(dig(parameters, "loadBalancerAttributes.accessLog.enabled"))
    )


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "apigateway:DeleteAccessLogSettings",
        "apigateway:UpdateStage",
        "elasticloadbalancing:ModifyLoadBalancerAttributes",
    ],
    exempt=DEPLOYMENT,
    outcome=SUCCEEDED,
    severity=Severity.MEDIUM,
    attack={Tactic.DEFENSE_EVASION: ["T1562.008"]},
    response="Switch the log on again. Ask the caller. Compare the requests before the change with "
    "the requests after it.",
    false_positives="Other changes to a load balancer that never had a log, made in the console.",
    references=[
        "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-access-logs.html"
    ],
)


def examples() -> Iterator[Example]:
    yield alerts("a load balancer", attribute("access_logs.s3.enabled", "false"), subject=ARN)
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


def attribute(key: str, value: str) -> Record:
    return request(MODIFY, loadBalancerArn=ARN, attributes=[{"key": key, "value": value}])
