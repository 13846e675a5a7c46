"""An act is LOW where its group showed on an earlier day that it is a habit."""

from datetime import timedelta
from itertools import permutations

import pytest

from trailwarden.cloudtrail.samples import NOON
from trailwarden.detection.grouping import by_actor
from trailwarden.detection.habit import Habit
from trailwarden.detection.observation import Observation
from trailwarden.detection.severity import Severity

HABIT = Habit(timespan=timedelta(days=60), group_by=by_actor, passing=frozenset({"off"}))


def seen(action: str, day: float, severity: int) -> Observation:
    time, origin = NOON + timedelta(days=day), f"{action} {day}"
    return Observation(time, origin, action, action=action, severity=severity)


FIRST = seen("off", -1, Severity.MEDIUM)
LESSON, ACT = seen("on again", 0, Severity.INFORMATIONAL), seen("off", 1, Severity.MEDIUM)


@pytest.mark.parametrize(
    ("day", "severity"), [(0, Severity.MEDIUM), (1, Severity.LOW), (60, Severity.LOW), (61, 3)]
)
def test_a_lesson_holds_from_the_next_day_on(day: int, severity: int) -> None:
    act = seen("off", day + 0.1, Severity.MEDIUM)
    assert [one.severity for one in HABIT.select([FIRST, LESSON, act])][1:] == [severity]
    other = act._replace(action="deleted", label="deleted")
    assert [one.severity for one in HABIT.select([FIRST, LESSON, other])][1:] == [3]
    assert [one.severity for one in HABIT.select([LESSON, act])] == [3]


def test_order_changes_nothing() -> None:
    acts = [FIRST, LESSON, ACT, seen("off", 2, Severity.MEDIUM)]
    severities = {
        tuple(one.severity for one in HABIT.select(sorted(some))) for some in permutations(acts)
    }
    assert severities == {(Severity.MEDIUM, Severity.LOW, Severity.LOW)}


def test_a_late_lesson_explains_the_act() -> None:
    [alone] = HABIT.concerning([ACT], [FIRST, ACT], {})
    [explained] = HABIT.concerning([LESSON], [FIRST, LESSON, ACT], {})
    assert (alone.severity, explained.severity) == (Severity.MEDIUM, Severity.LOW)
