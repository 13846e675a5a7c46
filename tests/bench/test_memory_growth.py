"""Months that come later tell other events, and the scan of all says what memory it takes."""

import json
from pathlib import Path

import pytest

from bench import memory_growth
from bench.memory_growth import months, scanned
from bench.speed_page import KEPT_OF_MEMORY, picture_of_memory
from trailwarden.cli.reading import events_of
from trailwarden.environment import Environment
from trailwarden.logfile.folder import local_files


@pytest.fixture
def told(tmp_path: Path) -> list[Path]:
    return [*months(tmp_path, 1_000, accounts=2, days=2)]


def test_a_later_month_has_dates_events_and_keys_of_its_own(told: list[Path]) -> None:
    assert [path.name for path in told] == ["2025-06", "2025-07"]
    first, second = (
        [*events_of([*local_files([str(path)], print)], Environment())] for path in told
    )
    assert [event.action for event in first] == [event.action for event in second]
    assert {event.event_id for event in first}.isdisjoint(event.event_id for event in second)
    assert {f"{event.event_time:%Y-%m}" for event in second} == {"2025-07"}


def test_a_scan_says_what_memory_it_takes(
    told: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(memory_growth, "EACH", 400)
    measured = scanned(told)
    kept = json.loads(KEPT_OF_MEMORY.read_text(encoding="utf-8"))
    assert measured.keys() == kept.keys()
    assert measured["events"] > 1_600
    assert [each for each, _ in measured["after each million"]] == [1, 2, 3, 4]
    assert all(0 < size <= measured["peak"] for _, size in measured["after each million"])
    assert picture_of_memory(measured).count("<circle") == 4


def test_the_memory_that_is_kept_is_flat_and_within_the_goal() -> None:
    kept = json.loads(KEPT_OF_MEMORY.read_text(encoding="utf-8"))
    grown = [size for _, size in kept["after each million"]]
    assert max(grown) < 1.1 * min(grown[1:])
    assert kept["peak"] <= 150
