"""Security groups were changed again and again.

Somebody opens what they find, or a tool runs wild.
"""

from collections.abc import Iterator
from datetime import timedelta

from trailwarden import (
    Event,
    EventCount,
    Example,
    Mode,
    Rule,
    Severity,
    Tactic,
    alerts,
    by_actor,
    silent,
)
from trailwarden.cloudtrail.samples import Fields, aws_service, iam_user, record
from trailwarden.cloudtrail.values import Record
from trailwarden.services.ec2 import by_cluster


def detect(event: Event) -> bool:
    return event.succeeded and not event.by_automation and not by_cluster(event)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "ec2:AuthorizeSecurityGroupIngress",
        "ec2:CreateSecurityGroup",
        "ec2:DeleteSecurityGroup",
        "ec2:ModifySecurityGroupRules",
        "ec2:RevokeSecurityGroupIngress",
    ],
    severity=Severity.MEDIUM,
    attack={Tactic.DEFENSE_EVASION: ["T1562.007"]},
    response="See what the changes open and to whom. If nobody knows of them, put the rules back "
    "and disable the credentials.",
    false_positives="Infrastructure as code that somebody runs from their own computer.",
    mode=Mode.HUNT,
    correlation=EventCount(at_least=20, timespan=timedelta(hours=1), group_by=by_actor),
)


def examples() -> Iterator[Example]:
    yield alerts("twenty changes", *changes(iam_user("alice"), 20))
    yield silent("nineteen changes", *changes(iam_user("alice"), 19))
    yield silent("a load balancer's", *changes(aws_service("elasticloadbalancing"), 30))


def changes(identity: Fields, count: int) -> list[Record]:
    return [record("ec2:AuthorizeSecurityGroupIngress", identity, minute=n) for n in range(count)]
