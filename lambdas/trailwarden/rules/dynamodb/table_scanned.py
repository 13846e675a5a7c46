"""DynamoDB table scanned by a principal that never did so.

A scan reads every item. Programs know the keys of what they want; whoever scans does not, or
wants it all.
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
    by_actor,
    silent,
)
from trailwarden.cloudtrail.samples import assumed_role, record
from trailwarden.cloudtrail.values import Record


def detect(event: Event) -> str:
    if not event.succeeded or event.by_automation:
        return ""
    return event.text("requestParameters.tableName")[-100:] or event.name


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["dynamodb:ExecuteStatement", "dynamodb:Scan"],
    severity=Severity.LOW,
    attack={Tactic.COLLECTION: ["T1530"]},
    response="See what else the principal did that day, and from where.",
    false_positives="New code, and people who look something up in the console.",
    correlation=FirstSeen(
        learning=timedelta(days=7), timespan=timedelta(days=60), group_by=by_actor
    ),
    mode=Mode.HUNT,
    log_class=LogClass.DATA,
)


def examples() -> Iterator[Example]:
    usual = [scan("jobs", day) for day in (0, 4, 8)]
    yield alerts("another table after a week", *usual, scan("payroll", 9))
    yield silent("the usual table", *usual)
    yield silent("another one in the first week", usual[0], scan("payroll", 2))


def scan(table: str, day: int) -> Record:
    who, at = assumed_role("web"), day * 24 * 60
    told = {"tableName": table}
    return record("dynamodb:Scan", who, minute=at, requestParameters=told, eventCategory="Data")
