"""Much of an account's inventory read in a day.

Slower than a burst: a third of all the kinds of things an account can hold, listed by one principal
within a day. Scanners do that by trade, so this is for reading along with other signs.
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
from trailwarden.cloudtrail.samples import iam_user, record
from trailwarden.cloudtrail.values import Record
from trailwarden.detection.pattern import NOT_BY_SERVICE
from trailwarden.services.actions import SWEEPS, asks_for_everything


def detect(event: Event) -> str | None:
    if event.by_automation or event.by_security_team:
        return None
    return event.action if asks_for_everything(event) else None


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=SWEEPS,
    where=NOT_BY_SERVICE,
    severity=Severity.LOW,
    attack={Tactic.DISCOVERY: ["T1580", "T1087.004"]},
    response="Find out whether the principal is a scanner, and name it in the environment if so. "
    "If it is not, read what else it did that day.",
    false_positives="Scanners, and administrators who work in the console all day.",
    correlation=ValueCount(at_least=30, timespan=timedelta(hours=24), group_by=by_actor),
    mode=Mode.HUNT,
)


def examples() -> Iterator[Example]:
    yield alerts("thirty kinds", *calls(30))
    yield silent("twenty-nine kinds", *calls(29))
    yield silent("thirty kinds in two days", *calls(30, every=90))


def calls(count: int, *, every: int = 30) -> list[Record]:
    mallory = iam_user("mallory")
    return [record(name, mallory, minute=n * every) for n, name in enumerate(SWEEPS[:count])]
