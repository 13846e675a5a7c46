"""The stories that stand below a rule, and are its tests."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import NamedTuple, TypeAlias

from trailwarden.cloudtrail.samples import iam_user
from trailwarden.cloudtrail.values import Record
from trailwarden.detection.severity import Severity


class Example(NamedTuple):
    """A short story for a rule, and whether the rule has to alert on it."""

    name: str
    records: Sequence[Record]
    alerts: bool

    severity: Severity | None = None
    """How bad the worst of the alerts has to be, where the story says so."""

    subject: str | None = None
    """The thing that an alert has to name, where the story says so."""

    label: str | None = None
    """The detail that an alert has to show, where the story says so."""

    last: Severity | None = None
    """How bad the last of the alerts has to be, where the story says so."""


Examples: TypeAlias = Iterator[Example]
"""What the function `examples` of a rule yields."""


def alerts(
    name: str,
    *records: Record,
    severity: Severity | None = None,
    subject: str | None = None,
    label: str | None = None,
    last: Severity | None = None,
) -> Example:
    """Tell a story that the rule has to alert on, and what the worst alert has to say."""
    told = Example(name, records, alerts=True, severity=severity, subject=subject, label=label)
    return told._replace(last=last)


def silent(name: str, *records: Record) -> Example:
    """Tell a story, close to a bad one, that the rule has to leave alone."""
    return Example(name, records, alerts=False)


def examples_of_habit(*records: Record, told: Severity) -> Examples:
    """Tell what makes a sum of acts LOW: as much of them on three days, from a week ago on."""

    def on(*days: int) -> list[Record]:
        return [_later(record, day) for day in days for record in records]

    yield alerts("a habit", *on(-9, -8, -6, 0), last=Severity.LOW)
    yield alerts("a habit of two days", *on(-8, -6, 0), last=told)
    yield alerts("a habit of this week", *on(0, 1, 2, 3), last=told)


def _later(record: Record, days: int) -> Record:
    """Return a record as it comes some days later."""
    time = datetime.fromisoformat(record["eventTime"]) + timedelta(days=days)
    ids = {key: f"{record[key]}, {days}" for key in ("eventID", "requestID") if key in record}
    return {**record, **ids, "eventTime": f"{time:%Y-%m-%dT%H:%M:%SZ}"}


def examples_of_daily(record: Record, *, told: Severity) -> Examples:
    """Tell what makes an act LOW, as `examples_of_routine` does: the act of a record, each day."""
    other = {**record, "userIdentity": iam_user("somebody")}
    yield from examples_of_routine(partial(_later, record), told=told, other=partial(_later, other))


def examples_of_routine(
    act: Callable[[int], Record], *, told: Severity, other: Callable[[int], Record], often: int = 3
) -> Examples:
    """Tell what makes an act LOW: as many days of it, old and near enough, by the same group.

    `act` is the act on a day. `other` is the same act by another group.
    """
    days = [-50, *range(-40, -41 + often)]
    yield alerts("a routine", *map(act, days), act(0), last=Severity.LOW)
    yield alerts("too few days of it", *map(act, days[1:]), act(0), last=told)
    yield alerts("a routine of this week", *map(act, range(3 - often, 3)), act(3), last=told)
    past = [day - 60 for day in days]
    yield alerts("a routine of long ago", *map(act, past), act(0), last=told)
    yield alerts("another's routine", *map(other, days), act(0), last=told)
