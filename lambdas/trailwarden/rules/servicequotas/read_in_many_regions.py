"""Service quotas read in many Regions.

The quotas tell how many instances an account can run, and where. Whoever means to mine asks every
Region, within seconds; owners know where their workloads are.
"""

from collections.abc import Iterator
from datetime import timedelta

from trailwarden import (
    Event,
    Example,
    Rule,
    Severity,
    Tactic,
    ValueCount,
    alerts,
    by_actor,
    silent,
)
from trailwarden.cloudtrail.samples import ACCOUNT, Fields, assumed_role, iam_user, record
from trailwarden.cloudtrail.values import Record
from trailwarden.environment import Environment

ENVIRONMENT = Environment(security_roles=(f"arn:aws:iam::{ACCOUNT}:role/scanner",))


def detect(event: Event) -> str:
    return "" if event.by_automation or event.by_security_team else event.aws_region[:30]


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "servicequotas:GetAWSDefaultServiceQuota",
        "servicequotas:GetServiceQuota",
        "servicequotas:ListAWSDefaultServiceQuotas",
        "servicequotas:ListServiceQuotas",
    ],
    severity=Severity.MEDIUM,
    attack={Tactic.DISCOVERY: ["T1580"]},
    response="Ask whoever it was. If nobody knows of it, disable the credentials, and look for "
    "instances or requests for more quota in any Region.",
    false_positives="A quota monitor or an inventory tool; list its role among the security roles.",
    correlation=ValueCount(at_least=10, timespan=timedelta(minutes=10), group_by=by_actor),
)


def examples() -> Iterator[Example]:
    yield alerts("ten Regions in a minute", *tour(10))
    yield alerts("the same, while refused", *tour(10, errorCode="AccessDeniedException"))
    yield silent("nine Regions", *tour(9))
    yield silent("ten Regions in a day", *tour(10, every=120))
    yield silent("one Region, often", *(tour(1, start=n)[0] for n in range(20)))
    yield silent("a known scanner", *tour(12, who=assumed_role("scanner")))


def tour(
    regions: int,
    *,
    every: float = 0.1,
    start: float = 0,
    who: Fields | None = None,
    errorCode: str = "",  # noqa: N803 - CloudTrail's name
) -> list[Record]:
    return [
        record(
            "servicequotas:GetServiceQuota",
            who or iam_user("mallory"),
            minute=start + every * n,
            awsRegion=f"region-{n}",
            errorCode=errorCode,
        )
        for n in range(regions)
    ]
