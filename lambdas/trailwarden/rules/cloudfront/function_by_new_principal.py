"""Code was put in front of a web site by a new principal.

A CloudFront function or Lambda@Edge sees every request and changes every answer. With it, passwords
and session cookies of all visitors can be copied away.
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from trailwarden import (
    Event,
    Example,
    FirstSeen,
    Rule,
    Severity,
    Tactic,
    alerts,
    by_account,
    silent,
)
from trailwarden.cloudtrail.samples import iam_user, record
from trailwarden.cloudtrail.values import Record
from trailwarden.services.ec2 import values

ASSOCIATIONS = ("functionAssociations", "lambdaFunctionAssociations")


def detect(event: Event) -> str | None:
    if event.by_automation or not event.succeeded:
        return None
    asked = event.get("requestParameters")
    if "Distribution" in event.name and not any(map(is_used, values(asked, *ASSOCIATIONS))):
        return None
    return event.actor[:200]


def is_used(associations: Any) -> bool:
    return any(isinstance(n, int) and n > 0 for n in values(associations, "quantity"))


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "cloudfront:CreateDistribution",
        "cloudfront:CreateFunction",
        "cloudfront:PublishFunction",
        "cloudfront:UpdateDistribution",
        "cloudfront:UpdateFunction",
    ],
    severity=Severity.MEDIUM,
    attack={
        Tactic.CREDENTIAL_ACCESS: ["T1557"],
        Tactic.COLLECTION: ["T1185"],
    },
    response="Read the function's code, and ask whoever published it. If nobody knows it, take it "
    "off the distribution, and treat what visitors sent since then as read.",
    false_positives="New colleagues and new pipelines.",
    correlation=FirstSeen(
        learning=timedelta(days=7),
        timespan=timedelta(days=90),
        group_by=by_account,
    ),
)


def examples() -> Iterator[Example]:
    publish = "cloudfront:PublishFunction2020_05_31"
    weeks = [record(publish, iam_user("bob"), minute=day * 24 * 60) for day in range(0, 15, 5)]
    yield alerts("somebody new", *weeks, record(publish, iam_user("alice"), minute=LATER))
    yield alerts("somebody new changes a distribution", *weeks, update(1))
    yield silent("a distribution without code", *weeks, update(0))
    yield silent("somebody known", *weeks, record(publish, iam_user("bob"), minute=LATER))


LATER = 15 * 24 * 60


def update(functions: int) -> Record:
    behaviour = {"functionAssociations": {"quantity": functions}}
    asked = {"distributionConfig": {"defaultCacheBehavior": behaviour}}
    action = "cloudfront:UpdateDistribution2020_05_31"
    return record(action, iam_user("alice"), minute=LATER, requestParameters=asked)
