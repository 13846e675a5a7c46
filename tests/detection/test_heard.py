from collections.abc import Iterable
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trailwarden.detection.heard import Heard, heard_on
from trailwarden.detection.history import MemoryHistory
from trailwarden.detection.observation import MAX_TEXT

SPAN = timedelta(days=90)
ACCOUNT = "111122223333"


def noted(*times: object, account: object = ACCOUNT) -> Heard:
    heard = Heard()
    for time in times:
        heard.note(account, time)
    return heard


def test_a_day_is_taken_once_however_many_records_it_has() -> None:
    heard = noted("2025-06-02T12:00:00Z", "2025-06-02T13:00:00Z", "2025-06-03T00:00:00Z")
    assert heard.take() == [(ACCOUNT, "2025-06-02"), (ACCOUNT, "2025-06-03")]
    heard.note(ACCOUNT, "2025-06-03T09:00:00Z")
    assert heard.take() == []


@pytest.mark.parametrize("value", [None, 7, [], {}, ["2025-06-02T12:00:00Z"]])
def test_odd_values_are_passed_over(value: object) -> None:
    assert noted(value).take() == []
    assert noted("2025-06-02T12:00:00Z", account=value).take() == []


@pytest.mark.parametrize("account", ["\ud800", "1" * 100_000])
def test_an_odd_account_is_kept_in_characters_that_can_be_written(account: str) -> None:
    [(kept, _)] = noted("2025-06-02T12:00:00Z", account=account).take()
    assert len(kept.encode()) <= MAX_TEXT


def test_a_time_that_is_none_is_no_day() -> None:
    heard = noted("yesterday", "2025-06-02T12:00:00Z")
    heard.keep(MemoryHistory(), SPAN)
    assert heard.on([ACCOUNT]) == {ACCOUNT: [date(2025, 6, 2)]}


def test_one_process_learns_what_another_heard() -> None:
    history = MemoryHistory()
    noted("2025-06-02T12:00:00Z").keep(history, SPAN)
    later = noted("2025-06-10T12:00:00Z")
    later.keep(history, SPAN)
    assert later.on([ACCOUNT])[ACCOUNT] == [date(2025, 6, 2), date(2025, 6, 10)]


def test_nothing_is_known_of_an_account_that_was_not_heard() -> None:
    assert Heard().on(["another"]) == {"another": []}


days = st.lists(st.dates(date(2025, 6, 1), date(2025, 7, 1)), max_size=9)


@given(days, days)
def test_order_and_repetition_make_no_difference(some: list[date], more: list[date]) -> None:
    history = MemoryHistory()
    heard = Heard()
    for batch in (some, more, some):
        note_all(heard, batch)
        heard.keep(history, SPAN)
    assert heard.on([ACCOUNT])[ACCOUNT] == sorted({*some, *more})
    pairs = [(ACCOUNT, day.isoformat()) for day in (*more, *some)]
    assert heard_on(pairs).get(ACCOUNT, []) == sorted({*some, *more})


def note_all(heard: Heard, batch: Iterable[date]) -> None:
    for day in batch:
        heard.note(ACCOUNT, f"{day}T12:00:00Z")


@pytest.mark.parametrize("time", ["", "yesterday", "2025-13-40T00:00:00Z", "0x7E9"])
def test_an_account_whose_only_time_is_odd_was_not_heard(time: str) -> None:
    heard = noted(time)
    heard.keep(MemoryHistory(), SPAN)
    assert heard.on([ACCOUNT]) == {ACCOUNT: []}
    assert heard_on([(ACCOUNT, time)]) == {}
