from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta

import pytest

from tests.detection.test_engine import EVENT_COUNT, evaluate, rule, told
from trailwarden.cloudtrail.caller import ANYBODY
from trailwarden.cloudtrail.event import Event
from trailwarden.cloudtrail.samples import NOON
from trailwarden.cloudtrail.values import Record
from trailwarden.correlations import by_actor, habit, once_of_its_size
from trailwarden.detection.as_ever import AsEver
from trailwarden.detection.engine import Engine
from trailwarden.detection.finding import Finding
from trailwarden.detection.observation import Observation
from trailwarden.detection.severity import Severity

DAY = 24 * 60


def burst(*days: int, size: int = 4) -> list[Record]:
    return [told(day * DAY + minute) for day in days for minute in range(size)]


def alerts(usual: AsEver, *batches: Iterable[Record]) -> int:
    watching = replace(rule(EVENT_COUNT), unless_usual=usual, window=timedelta(days=1))
    return len(evaluate([watching], *batches))


ONCE = once_of_its_size(by_actor, at_once_by=ANYBODY)


def test_as_much_as_before_is_told_once() -> None:
    assert alerts(ONCE, burst(0), burst(1), burst(2)) == 1


def test_twice_as_much_as_before_is_told() -> None:
    assert alerts(ONCE, burst(0), burst(1, size=9), burst(2, size=8)) == 2


def test_a_habit_is_told_nevertheless() -> None:
    assert alerts(habit(by_actor), *(burst(day) for day in range(0, 12, 2))) == 6


def test_the_kinds_and_the_size_are_what_shows() -> None:
    usual = habit(by_actor)
    assert usual.shown([]) == ("", Severity.INFORMATIONAL)


def severities(usual: AsEver, *batches: Iterable[Record]) -> set[int]:
    """Return how bad the acts of the last of several days were."""
    engine = Engine([replace(rule(EVENT_COUNT), unless_usual=usual, window=timedelta(days=1))])
    outcomes = [one for batch in batches for one in engine.evaluate(map(Event, batch))]
    seen = [o for one in outcomes if isinstance(one, Finding) for o in one.observations]
    last = max(one.time.date() for one in seen)
    return {one.severity for one in seen if one.time.date() == last}


def test_two_sums_of_a_day_are_compared_by_themselves_however_they_come() -> None:
    nights = [burst(day) for day in (0, 3, 6, 9)]
    morning = burst(12)
    evening = [told(12 * DAY + 600 + minute) for minute in range(4)]
    assert severities(habit(by_actor), *nights, morning, evening) == {Severity.LOW}
    together = [event for some in (*nights, morning, evening) for event in some]
    assert severities(habit(by_actor), together) == {Severity.LOW}
    many = [told(12 * DAY + 600 + n) for n in range(9)]
    assert severities(habit(by_actor), *nights, morning, many) == {Severity.LOW, 0}


@pytest.mark.parametrize(
    ("label", "size", "is_known"),
    [("A", 3, True), ("A B", 4, True), ("A", 5, False), ("C", 3, False)],
)
def test_a_sum_teaches_smaller_ones_of_some_of_its_kinds(
    label: str, size: int, *, is_known: bool
) -> None:
    """A file may have told of a part of it before the rest of it came."""
    whole = Observation(NOON, "whole", "A B", severity=4)
    later = Observation(NOON + timedelta(days=9), "later", label, severity=size)
    assert (later not in ONCE.select([whole, later])) is is_known
