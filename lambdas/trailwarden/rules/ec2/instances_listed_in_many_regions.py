"""Instances were listed in ten Regions within minutes.

Whoever does not know where an account runs things asks everywhere. Scanners do so too, and people
with a new key do.
"""

from collections.abc import Iterator
from datetime import timedelta

from trailwarden import (
    Event,
    Example,
    Mode,
    Rule,
    Severity,
    Tactic,
    ValueCount,
    alerts,
    by_actor,
    silent,
)
from trailwarden.cloudtrail.samples import Fields, assumed_role, iam_user, record
from trailwarden.cloudtrail.values import Record
from trailwarden.detection.pattern import NOT_BY_SERVICE
from trailwarden.environment import Environment


def detect(event: Event) -> str | None:
    return None if event.by_automation or event.by_security_team else event.aws_region


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["ec2:DescribeInstances"],
    where=NOT_BY_SERVICE,
    severity=Severity.LOW,
    attack={Tactic.DISCOVERY: ["T1580"]},
    response="See who it was and what they did next. Name the roles of your own scanners as "
    "security roles.",
    false_positives="Scanners, inventory tools, and the global view of the console.",
    mode=Mode.HUNT,
    correlation=ValueCount(at_least=10, timespan=timedelta(minutes=10), group_by=by_actor),
)


def examples() -> Iterator[Example]:
    yield alerts("ten Regions", *listings(iam_user("alice"), 10))
    yield silent("nine Regions", *listings(iam_user("alice"), 9))
    yield silent("the security team's scanner", *listings(assumed_role("scanner"), 10))


ENVIRONMENT = Environment(security_roles=("arn:aws:iam::*:role/scanner",))


def listings(identity: Fields, count: int) -> list[Record]:
    return [
        record("ec2:DescribeInstances", identity, minute=n / 2, awsRegion=f"region-{n}")
        for n in range(count)
    ]
