"""Message published to SNS by somebody who never did.

Messages start programs and reach people, who trust them because of where they come from.
"""

from collections.abc import Iterator
from datetime import timedelta

from trailwarden import (
    Event,
    Example,
    FirstSeen,
    LogClass,
    Mode,
    Rule,
    Severity,
    Tactic,
    alerts,
    by_account,
    silent,
)
from trailwarden.cloudtrail.samples import Fields, assumed_role, iam_user, record
from trailwarden.cloudtrail.values import Record


def detect(event: Event) -> str | None:
    return event.actor if event.succeeded and not event.by_service else None


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["sns:Publish", "sns:PublishBatch"],
    severity=Severity.LOW,
    attack={Tactic.LATERAL_MOVEMENT: ["T1534"], Tactic.IMPACT: ["T1496.003"]},
    response="See which topic or numbers it went to, and what else the actor did that day.",
    false_positives="New programs.",
    correlation=FirstSeen(
        learning=timedelta(days=7),
        timespan=timedelta(days=60),
        group_by=by_account,
    ),
    mode=Mode.HUNT,
    log_class=LogClass.DATA,
)


def examples() -> Iterator[Example]:
    shop = assumed_role("shop")
    usual = sent(shop, day=0)
    yield alerts("a new actor", usual, sent(iam_user("mallory"), day=8))
    yield silent("the usual program", usual, sent(shop, day=8))


def sent(who: Fields, *, day: int) -> Record:
    fields = {"eventCategory": "Data", "managementEvent": False}
    return record("sns:Publish", who, minute=day * 1440, requestParameters=fields)
