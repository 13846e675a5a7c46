"""Code put in front of a web site by a new principal.

A CloudFront function sees every request and changes every answer. With it an intruder can copy the
passwords and session cookies of all visitors. The name of another distribution leads visitors
elsewhere, and a new key signs for private content.
"""

from typing import Any

from trailwarden import DEPLOYMENT, SUCCEEDED, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import ROLE, USER, Fields, request
from trailwarden.correlations import by_account, first_use
from trailwarden.examples import Examples, Record, alerts, silent
from trailwarden.services.ec2 import values

ASSOCIATIONS = ("functionAssociations", "lambdaFunctionAssociations")
TITLES = {
    "AssociateAlias": "Name of a web site moved by a new principal",
    "CreateKeyGroup": "Keys that sign for a web site set by a new principal",
    "UpdateKeyGroup": "Keys that sign for a web site set by a new principal",
}


def detect(event: Event) -> Match | None:
    has_code = any(map(is_used, values(event.get("requestParameters"), *ASSOCIATIONS)))
    if "Distribution" in event.name and not has_code:
        return None
    title = "" if has_code else TITLES.get(event.name, "")
    return Match(f"{event.actor} {event.name}" if title else event.actor, title=title)


def is_used(associations: Any) -> bool:
    return any(isinstance(n, int) and n > 0 for n in values(associations, "quantity"))


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "cloudfront:AssociateAlias",
        "cloudfront:CreateDistribution",
        "cloudfront:CreateFunction",
        "cloudfront:CreateKeyGroup",
        "cloudfront:PublishFunction",
        "cloudfront:UpdateDistribution",
        "cloudfront:UpdateFunction",
        "cloudfront:UpdateKeyGroup",
    ],
    exempt=DEPLOYMENT,
    outcome=SUCCEEDED,
    severity=Severity.MEDIUM,
    attack={Tactic.CREDENTIAL_ACCESS: ["T1557"], Tactic.COLLECTION: ["T1185"]},
    response="Read the function's code, and compare names and keys with their definition. "
    "Ask the caller. If nobody knows the change, undo it, and treat the visitors' data "
    "since then as read.",
    false_positives="A new colleague or pipeline.",
    correlation=first_use(by_account, days=90),
    told_by="actor.new_builder",
)


def examples() -> Examples:
    usual = published(ROLE, day=0)
    yield alerts("a new principal", usual, published(USER, day=7))
    for call in ("CreateDistribution", "UpdateDistribution"):
        yield alerts(f"a new one, by {call}", usual, distribution(call, 1))
    yield silent("a distribution without code", usual, distribution("UpdateDistribution", 0))
    alias = request("cloudfront:AssociateAlias2020_05_31", day=7, alias="www.acme.example")
    arn = USER["arn"]
    yield alerts("code after another change", usual, alias, published(USER, day=9), label=arn)
    for call in ("AssociateAlias", "CreateKeyGroup", "UpdateKeyGroup"):
        yield alerts(call, usual, request(f"cloudfront:{call}2020_05_31", day=7))
    yield silent("the usual one", usual, published(ROLE, day=8))
    yield silent("in the first week", usual, published(USER, day=6))


def published(by: Fields, *, day: int) -> Record:
    return request("cloudfront:PublishFunction2020_05_31", by, day=day, name="f")


def distribution(call: str, functions: int) -> Record:
    behavior = {"functionAssociations": {"quantity": functions}}
    settings = {"defaultCacheBehavior": behavior}
    return request(f"cloudfront:{call}2020_05_31", day=7, distributionConfig=settings)
