"""Service used for the first time in the account.

Intruders use what the owners do not: a mail service, a game server fleet, a machine learning
notebook. Nobody watches a service that the account has never used.
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
from trailwarden.cloudtrail.samples import aws_service, iam_user, record
from trailwarden.cloudtrail.values import Record
from trailwarden.services.actions import CREATIONS


def detect(event: Event) -> str | None:
    return event.service if event.succeeded and not event.by_service else None


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=CREATIONS,
    severity=Severity.LOW,
    attack={
        Tactic.DEFENSE_EVASION: ["T1578"],
        Tactic.IMPACT: ["T1496"],
    },
    response="Ask the caller what the service is for. If they did not use it, delete what was "
    "made there and revoke their access.",
    false_positives="Projects that try something new.",
    correlation=FirstSeen(
        learning=timedelta(days=14),
        timespan=timedelta(days=90),
        group_by=by_account,
    ),
    mode=Mode.HUNT,
)


def examples() -> Iterator[Example]:
    launch, fleet = "ec2:RunInstances", "gamelift:CreateFleet"
    yield alerts("a new service", call(launch, 0), call(fleet, 20))
    yield silent("known services", call(launch, 0), call(fleet, 5), call(fleet, 20))
    yield silent("in the first days", call(launch, 0), call(fleet, 10))
    service = record("gamelift:CreateFleet", aws_service("gamelift"), minute=20 * 24 * 60)
    yield silent("by the service itself", call(launch, 0), service)


def call(action: str, day: int) -> Record:
    return record(action, iam_user("alice"), minute=day * 24 * 60)
