"""An act is LOW where its group did as bad on other days, and none of an intruder's own week."""

from datetime import timedelta
from itertools import permutations

import pytest

from trailwarden.cloudtrail.caller import Caller
from trailwarden.cloudtrail.samples import NOON
from trailwarden.correlations import Routine, routine
from trailwarden.detection.observation import Observation
from trailwarden.detection.severity import Severity

ROUTINE = routine()


def seen(day: int, severity: int = 0, action: str = "ec2:RunInstances") -> Observation:
    time = NOON + timedelta(days=day)
    return Observation(time, f"{day}", "a label", action=action, severity=severity)


def last_of(*days: int, by: Routine = ROUTINE) -> int:
    return by.select([*map(seen, days), seen(60)])[-1].severity


@pytest.mark.parametrize(
    ("days", "severity"),
    [
        ((53, 54, 55), Severity.LOW),
        ((0, 30, 59), Severity.LOW),
        ((54, 55, 56), 0),
        ((53, 55), 0),
        ((-1, 30, 59), 0),
        ((), 0),
    ],
)
def test_three_days_from_a_week_ago_on_make_a_routine(days: tuple[int, ...], severity: int) -> None:
    assert last_of(*days) == severity


def test_several_acts_of_one_day_are_one_day() -> None:
    day = [seen(30)._replace(origin=f"{n}", label=f"{n}") for n in range(9)]
    assert ROUTINE.select([*day, seen(60)])[-1].severity == 0


def test_the_first_of_a_label_and_day_is_told() -> None:
    first, again = (seen(30)._replace(origin=f"{n}") for n in range(2))
    assert ROUTINE.select([first, again]) == [first]
    other = again._replace(label="another")
    assert ROUTINE.select([first, other]) == [first, other]


@pytest.mark.parametrize(
    ("other", "is_told"),
    [
        ({"session": "bob"}, True),
        ({"session": "bob@example.com"}, True),
        ({"source_ip_address": "203.0.113.7"}, True),
        ({"session": "run-8"}, False),
        ({"source_ip_address": "198.51.9.9"}, False),
        ({"source_ip_address": "203.0.113.7", "caller": Caller.INSTANCE}, False),
    ],
)
def test_another_hand_in_the_role_is_told_on_the_same_day(
    other: dict[str, str], is_told: bool
) -> None:
    caller = other.get("caller", "")
    name = "alice" if other.get("session", "").startswith("bob") else "run-7"
    first = seen(30)._replace(session=name, source_ip_address="198.51.100.7", caller=caller)
    again = first._replace(origin="another", time=first.time + timedelta(hours=9), **other)  # type: ignore[arg-type]
    assert (again in ROUTINE.select([first, again])) is is_told


def test_an_act_that_is_worse_is_told_in_full() -> None:
    past = [seen(day, Severity.MEDIUM) for day in (40, 45, 50)]
    told = ROUTINE.select([*past, seen(60, Severity.HIGH)])[-1]
    assert told.severity == Severity.HIGH


def test_what_is_worse_makes_the_milder_a_routine() -> None:
    past = [seen(day, Severity.HIGH) for day in (40, 45, 50)]
    assert ROUTINE.select([*past, seen(60, Severity.MEDIUM)])[-1].severity == Severity.LOW


def test_another_kind_is_told_in_full() -> None:
    past = [seen(day) for day in (40, 45, 50)]
    assert ROUTINE.select([*past, seen(60, action="iam:CreateUser")])[-1].severity == 0


def test_an_act_of_twice_the_size_is_told_in_full() -> None:
    by_size = routine(size=lambda one: int(one.label))
    past = [seen(day)._replace(label="12") for day in (40, 45, 50)]
    last = {
        n: by_size.select([*past, seen(60)._replace(label=n)])[-1].severity
        for n in ("9", "15", "30")
    }
    assert last == {"9": Severity.LOW, "15": Severity.LOW, "30": 0}


def test_what_is_milder_than_low_stays_so() -> None:
    past = [seen(day, Severity.INFORMATIONAL) for day in (40, 45, 50)]
    told = ROUTINE.select([*past, seen(60, Severity.INFORMATIONAL)])[-1]
    assert told.severity == Severity.INFORMATIONAL


def test_order_changes_nothing() -> None:
    acts = [seen(day) for day in (40, 45, 50, 60)]
    told = {
        tuple(one.severity for one in ROUTINE.select(sorted(some))) for some in permutations(acts)
    }
    assert told == {(0, 0, 0, Severity.LOW)}
