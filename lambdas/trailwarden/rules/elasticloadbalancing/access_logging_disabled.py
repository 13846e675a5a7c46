"""Access logging of a load balancer or API switched off.

These logs are the record of who asked what from outside. An attack on a site, and what it stole,
cannot be reconstructed without them.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from trailwarden import Event, Example, Match, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.samples import assumed_role, denied, iam_user, record
from trailwarden.cloudtrail.values import Record, dig, listed, text_of
from trailwarden.environment import Environment
from trailwarden.services.rds import is_false

NAMES = ("loadBalancerArn", "loadBalancerName", "id", "restApiId", "apiId")


def detect(event: Event) -> Match | None:
    told = event.get("requestParameters")
    if not event.succeeded or event.by_automation or not switches_off(told):
        return None
    name = next((text for key in NAMES if (text := text_of(dig(told, key)))), "")[-100:]
    return Match(f"{event.service} {name}", subject=name)


def switches_off(request: Any) -> bool:
    """Say whether a request leaves access logging off, as one of three services writes it."""
    for attribute in listed(dig(request, "attributes")):
        key = str(dig(attribute, "key"))
        if key.startswith("access_logs") and is_false(dig(attribute, "value")):
            return True
    operations = listed(dig(request, "patchOperations"))
    removed = any(
        dig(operation, "op") == "remove" and "accessLogSettings" in text_of(dig(operation, "path"))
        for operation in operations
        if isinstance(operation, Mapping)
    )
    classic = dig(request, "loadBalancerAttributes.accessLog.enabled")
    return removed or is_false(classic)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "apigateway:DeleteAccessLogSettings",
        "apigateway:UpdateStage",
        "elasticloadbalancing:ModifyLoadBalancerAttributes",
    ],
    severity=Severity.MEDIUM,
    attack={Tactic.DEFENSE_EVASION: ["T1562.008"]},
    response="Switch the log on again. Then ask the user, and look at the requests before the "
    "change and at what they have in common with those after.",
    false_positives="Other changes to a load balancer that never had a log, made in the console.",
    references=[
        "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-access-logs.html"
    ],
)

ENVIRONMENT = Environment(deploy_roles=("arn:aws:iam::*:role/deploy",))


def examples() -> Iterator[Example]:
    mallory = iam_user("mallory")
    action = "elasticloadbalancing:ModifyLoadBalancerAttributes"
    off = {"attributes": [{"key": "access_logs.s3.enabled", "value": "false"}]}
    yield alerts("a load balancer", call(action, mallory, **off))
    classic = {"loadBalancerAttributes": {"accessLog": {"enabled": False}}}
    yield alerts("an old one", call(action, mallory, **classic))
    remove = {"patchOperations": [{"op": "remove", "path": "/accessLogSettings"}]}
    yield alerts("an API's stage", call("apigateway:UpdateStage", mallory, **remove))
    on = {"attributes": [{"key": "access_logs.s3.enabled", "value": "true"}]}
    yield silent("switched on", call(action, mallory, **on))
    other = {"attributes": [{"key": "deletion_protection.enabled", "value": "false"}]}
    yield silent("something else", call(action, mallory, **other))
    yield silent("the pipeline", call(action, assumed_role("deploy"), **off))
    yield silent("a refusal", denied(action, mallory))


def call(action: str, identity: dict[str, Any], **parameters: Any) -> Record:
    return record(action, identity, requestParameters=parameters)
