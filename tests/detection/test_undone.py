"""What an actor removes that it made itself is a trial, in any order of the records."""

from datetime import timedelta
from itertools import permutations

from trailwarden.cloudtrail.samples import NOON
from trailwarden.detection.grouping import by_actor
from trailwarden.detection.observation import Observation
from trailwarden.detection.severity import Severity
from trailwarden.detection.undone import FOUND, USED, Undone, UndoneIfNew, made

TRIALS = Undone(timespan=timedelta(days=1), group_by=by_actor)

NEW = UndoneIfNew(timespan=timedelta(days=9), trial=timedelta(days=1), group_by=by_actor)


def seen(label: str, minute: int, severity: int = 0) -> Observation:
    return Observation(
        NOON + timedelta(minutes=minute), f"{label} {minute}", label, "", label, severity=severity
    )


def test_a_late_record_of_the_making_makes_the_removal_low() -> None:
    making, removal = seen(made("try"), 0), seen("bucket try", 9, Severity.HIGH)
    [alone] = TRIALS.concerning([removal], [removal], {})
    assert alone.severity == Severity.HIGH
    [again] = TRIALS.concerning([making], [making, removal], {})
    assert again.severity == Severity.LOW


def test_order_changes_nothing() -> None:
    told = [seen(made("try"), 0), seen("bucket try", 5, 4), seen("bucket plans", 6, 4)]
    severities = {
        tuple(one.severity for one in TRIALS.select(sorted(some))) for some in permutations(told)
    }
    assert severities == {(Severity.LOW, Severity.HIGH)}


def test_a_removal_is_never_made_worse() -> None:
    making, removal = seen(made("try"), 0), seen("bucket try", 5, Severity.INFORMATIONAL)
    assert TRIALS.select([making, removal]) == [removal]


def test_a_late_record_of_an_earlier_use_makes_the_removal_worse() -> None:
    making, removal = seen(FOUND, 0), seen("bucket try", 9, Severity.HIGH)
    [alone] = NEW.concerning([removal], [making, removal], {})
    assert alone.severity == Severity.LOW
    use = seen(USED, -9)
    [again] = NEW.concerning([use], [use, making, removal], {})
    assert again.severity == Severity.HIGH
