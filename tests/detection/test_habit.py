"""An act is LOW where its group showed on an earlier day that it is a habit."""

from datetime import timedelta
from itertools import permutations

import pytest

from trailwarden.cloudtrail.samples import NOON
from trailwarden.detection.grouping import by_actor
from trailwarden.detection.habit import Habit
from trailwarden.detection.observation import Observation
from trailwarden.detection.severity import Severity

HABIT = Habit(timespan=timedelta(days=60), group_by=by_actor)


def seen(label: str, day: int, severity: int) -> Observation:
    return Observation(NOON + timedelta(days=day), f"{label} {day}", label, severity=severity)


LESSON, ACT = seen("on again", 0, Severity.INFORMATIONAL), seen("off", 1, Severity.MEDIUM)


@pytest.mark.parametrize(
    ("day", "severity"), [(0, Severity.MEDIUM), (1, Severity.LOW), (60, Severity.LOW), (61, 3)]
)
def test_a_lesson_holds_from_the_next_day_on(day: int, severity: int) -> None:
    act = seen("off", day, Severity.MEDIUM)
    assert [one.severity for one in HABIT.select([LESSON, act])] == [severity]


def test_order_changes_nothing() -> None:
    acts = [LESSON, ACT, seen("off", 2, Severity.MEDIUM)]
    severities = {
        tuple(one.severity for one in HABIT.select(sorted(some))) for some in permutations(acts)
    }
    assert severities == {(Severity.LOW, Severity.LOW)}


def test_a_late_lesson_explains_the_act() -> None:
    [alone] = HABIT.concerning([ACT], [ACT], {})
    [explained] = HABIT.concerning([LESSON], [LESSON, ACT], {})
    assert (alone.severity, explained.severity) == (Severity.MEDIUM, Severity.LOW)
