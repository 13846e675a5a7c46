"""Instance of a type that was never launched before.

Teams use the same few types for years. A new one is a new project, or somebody who wants more
computing power than the account ever needed.
"""

from collections.abc import Iterator
from datetime import timedelta

from trailwarden import (
    Event,
    Example,
    FirstSeen,
    Mode,
    Rule,
    Severity,
    Tactic,
    alerts,
    by_account,
    silent,
)
from trailwarden.cloudtrail.samples import iam_user, record
from trailwarden.cloudtrail.values import Record
from trailwarden.services.ec2 import by_cluster, instance_types


def detect(event: Event) -> str | None:
    if event.by_automation or by_cluster(event) or not event.succeeded:
        return None
    return next(iter(instance_types(event)), "")[:40] or None


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["ec2:RunInstances"],
    severity=Severity.LOW,
    attack={Tactic.IMPACT: ["T1496.001"], Tactic.DEFENSE_EVASION: ["T1578.002"]},
    response="Ask whoever launched it what it is for.",
    false_positives="New projects.",
    mode=Mode.HUNT,
    correlation=FirstSeen(
        learning=timedelta(days=7),
        timespan=timedelta(days=60),
        group_by=by_account,
    ),
)


def examples() -> Iterator[Example]:
    weeks = [launch("m5.large", minute=day * 24 * 60) for day in range(0, 15, 5)]
    later = 15 * 24 * 60
    yield alerts("a new type", *weeks, launch("c6i.2xlarge", minute=later))
    yield silent("a known type", *weeks, launch("m5.large", minute=later))
    refused = {**launch("c6i.2xlarge", minute=later), "errorCode": "Client.UnauthorizedOperation"}
    yield silent("a new type, refused", *weeks, refused)


def launch(kind: str, *, minute: float) -> Record:
    asked = {"instanceType": kind}
    return record("ec2:RunInstances", iam_user("alice"), minute=minute, requestParameters=asked)
