from typing import Any

import pytest

from trailwarden.cloudtrail.event import Event
from trailwarden.services.recovery import as_number, kept


def told(**parameters: Any) -> dict[str, object]:
    return kept(Event({"requestParameters": parameters}))


def test_of_several_numbers_of_one_name_the_least_counts() -> None:
    two = [{"retentionPeriodInDays": 30}, {"retentionPeriodInDays": "7"}]
    assert told(rules=two) == {
        "retention period in days": 7,
        "retention period in days above the least": True,
    }


def test_for_ever_is_more_than_any_number() -> None:
    assert told(manualSnapshotRetentionPeriod=-1) == {
        "manual snapshot retention period": "forever",
        "manual snapshot retention period above the least": True,
    }


def test_the_longest_of_the_points_in_time_that_are_kept_counts() -> None:
    hour = {"units": "HOUR", "retentionDuration": 24}
    day = {"units": "DAY", "retentionDuration": 7, "enabled": False}
    assert told(pitPolicy=[hour, day])["points in time in days"] == 1
    assert told(pitPolicy=[hour, day | {"enabled": True}])["points in time in days"] == 7


@pytest.mark.parametrize(
    ("value", "number"),
    [(7, 7), ("7", 7), ("-1", -1), (True, None), ("", None), ("-", None), ("9" * 99, None)],
)
def test_a_number_may_be_text(value: object, number: int | None) -> None:
    assert as_number(value) == number


@pytest.mark.parametrize("odd", [None, 1, "x", [], {}, ["x"], [None], "\ud800"])
def test_odd_values_raise_nothing(odd: Any) -> None:
    assert isinstance(told(pitPolicy=odd, policy=odd, dbBackupConfigurations=odd), dict)
