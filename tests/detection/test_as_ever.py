from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta

from tests.detection.test_engine import EVENT_COUNT, evaluate, rule, told
from trailwarden.cloudtrail.caller import ANYBODY
from trailwarden.cloudtrail.values import Record
from trailwarden.correlations import by_actor, habit, once_of_its_size
from trailwarden.detection.as_ever import AsEver
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
