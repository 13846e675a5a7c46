"""Lambda function invoked at a very high rate by one principal.

Every invocation costs. A loop, a test, or somebody who wants the bill to grow, invokes a function
hundreds of times a minute.
"""

from collections.abc import Iterator
from datetime import timedelta

from trailwarden import (
    Event,
    EventCount,
    Example,
    LogClass,
    Mode,
    Rule,
    Severity,
    Tactic,
    alerts,
    by_actor,
    silent,
)
from trailwarden.cloudtrail.samples import iam_user, record
from trailwarden.cloudtrail.values import Record


def detect(event: Event) -> bool:
    return event.succeeded and not event.by_service


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["lambda:Invoke"],
    severity=Severity.LOW,
    attack={Tactic.IMPACT: ["T1496", "T1499"]},
    response="See whether the function calls itself, and limit its concurrency if it does harm.",
    false_positives="Busy programs and load tests.",
    correlation=EventCount(at_least=200, timespan=timedelta(minutes=1), group_by=by_actor),
    mode=Mode.HUNT,
    log_class=LogClass.DATA,
)


def examples() -> Iterator[Example]:
    yield alerts("two hundred in a minute", *(invoked(n / 250) for n in range(200)))
    yield silent("one less", *(invoked(n / 250) for n in range(199)))


def invoked(minute: float) -> Record:
    told = {"functionName": "orders"}
    return record("lambda:Invoke", iam_user("x"), minute=minute, requestParameters=told)
