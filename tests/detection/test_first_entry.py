"""A new way in is told at its first use, soon or after months, and not again."""

from dataclasses import replace
from datetime import timedelta
from itertools import permutations

import pytest

from trailwarden.cloudtrail.samples import NOON
from trailwarden.correlations import DAY, by_account
from trailwarden.detection.first_entry import FirstEntry
from trailwarden.detection.observation import Observation

ENTRY = FirstEntry(made="M", goes_on=True, timespan=90 * DAY, group_by=by_account)


def seen(*acts: tuple[int, str]) -> list[Observation]:
    """Return an observation of each label on its day."""
    return [Observation(NOON + timedelta(days=day), f"{day}{label}", label) for day, label in acts]


def told(*acts: tuple[int, str]) -> list[str]:
    return [one.origin for one in ENTRY.select(seen(*acts))]


@pytest.mark.parametrize(
    ("acts", "expected"),
    [
        ([(0, "M"), (0, "a")], ["0M", "0a"]),
        ([(0, "M"), (1, "a")], ["1a"]),
        ([(0, "M"), (90, "a")], ["90a"]),
        ([(0, "M"), (91, "a")], []),
        ([(0, "M"), (91, "a"), (92, "b")], []),
        ([(0, "M"), (1, "a"), (2, "a"), (3, "b")], ["1a"]),
        ([(0, "a"), (1, "M"), (2, "a")], []),
        ([(0, "a"), (1, "M"), (2, "b")], ["2b"]),
        ([(0, "a"), (1, "M"), (1, "a"), (2, "b")], ["2b"]),
        ([(0, "a"), (1, "M"), (2, "a"), (3, "b")], []),
        ([(0, "a"), (1, "M"), (2, "a"), (3, "M"), (4, "b")], ["4b"]),
        ([(0, "M"), (1, "a"), (2, "M"), (3, "a"), (3, "b")], ["1a", "3b"]),
        ([(0, "M"), (2, "M"), (2, "a")], ["2M", "2a"]),
        ([(0, "M"), (1, "a"), (20, "M"), (40, "b")], ["1a", "40b"]),
        ([(0, "a"), (1, "b")], []),
        ([(0, "M")], []),
    ],
)
def test_the_first_use_after_a_change_is_told(
    acts: list[tuple[int, str]], expected: list[str]
) -> None:
    assert told(*acts) == expected
    if expected:
        assert ENTRY.may_hold([label for _, label in acts])


def test_each_key_is_a_new_way_in() -> None:
    entry = replace(ENTRY, goes_on=False)
    acts = seen((0, "a"), (1, "M"), (2, "a"), (3, "b"))
    assert [one.origin for one in entry.select(acts)] == ["2a"]


def test_a_later_use_says_when_the_change_was() -> None:
    [use] = ENTRY.select(seen((0, "M"), (9, "a")))
    assert use.label == "a, since 2025-06-02 12:00"


def test_order_changes_nothing() -> None:
    acts = seen((0, "M"), (1, "a"), (2, "b"), (3, "M"), (30, "a"))
    assert all(ENTRY.select(sorted(some)) == ENTRY.select(acts) for some in permutations(acts))


def test_what_was_told_before_is_not_told_again() -> None:
    acts = seen((0, "M"), (30, "a"), (38, "a"))
    assert ENTRY.concerning(acts[-1:], acts, {}) == []
    [told_then] = ENTRY.concerning(acts[1:2], acts[:2], {})
    assert told_then.origin == "30a"
