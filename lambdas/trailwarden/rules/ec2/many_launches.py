"""Instances were started again and again by one principal.

A script that works through a quota starts instances in many small requests, so that no single one
stands out.
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from trailwarden import Event, EventCount, Example, Rule, Severity, Tactic, alerts, by_actor, silent
from trailwarden.cloudtrail.samples import Fields, aws_service, iam_user, record
from trailwarden.cloudtrail.values import Record
from trailwarden.services.ec2 import LAUNCHES, by_cluster


def detect(event: Event) -> bool:
    return event.succeeded and not event.by_automation and not by_cluster(event)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=LAUNCHES,
    severity=Severity.HIGH,
    attack={Tactic.IMPACT: ["T1496.001"], Tactic.DEFENSE_EVASION: ["T1578.002"]},
    response="Ask whoever started them what they are for. If nobody knows, terminate the "
    "instances, look into the other Regions too, and disable the credentials that were used.",
    false_positives="Build servers that start a machine for each job: name their role as a deploy "
    "role. An environment that somebody rolls out from their own computer.",
    correlation=EventCount(at_least=15, timespan=timedelta(minutes=30), group_by=by_actor),
)


def examples() -> Iterator[Example]:
    yield alerts("fifteen launches in half an hour", *launches(15))
    yield silent("fourteen launches", *launches(14))
    yield silent(
        "fifteen launches, all refused", *launches(15, errorCode="Client.UnauthorizedOperation")
    )
    yield silent(
        "Auto Scaling replaces a fleet", *launches(20, identity=aws_service("autoscaling"))
    )


def launches(count: int, *, identity: Fields | None = None, **fields: Any) -> list[Record]:
    who = identity or iam_user("alice")
    return [record("ec2:RunInstances", who, minute=2 * n, **fields) for n in range(count)]
