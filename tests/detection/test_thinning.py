"""What is kept of a group is little, and enough to decide."""

import random
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from trailwarden.detection.correlation import Correlation, EventCount, TemporalOrdered, ValueCount
from trailwarden.detection.grouping import by_actor
from trailwarden.detection.observation import Observation, in_order
from trailwarden.detection.spread import SpreadCount
from trailwarden.detection.thinning import EIGHTHS, Kept, Thinned, thinned

NOON = datetime(2025, 6, 2, 12, tzinfo=UTC)
SPAN = timedelta(minutes=16)
COUNT = EventCount(at_least=3, timespan=SPAN, group_by=by_actor)
VALUES = ValueCount(at_least=3, timespan=SPAN, group_by=by_actor)
SPREAD = SpreadCount(at_least=4, services=2, timespan=SPAN, group_by=by_actor)
ORDER = TemporalOrdered(labels=("a", "b", "c"), timespan=SPAN, group_by=by_actor)
ALL = [COUNT, VALUES, SPREAD, ORDER]
ends = st.sampled_from(["a", "b", "c", "d", "e"])
seconds = st.integers(0, 3600)
stories = st.lists(st.tuples(seconds, ends), max_size=60)


def seen(second: float, label: str = "a", origin: str = "") -> Observation:
    time = NOON + timedelta(seconds=second)
    service = "iam" if label < "c" else "s3"
    return Observation(time, origin or f"{second}{label}", label, action=f"{service}:{label}")


def told(story: Iterable[tuple[int, str]]) -> list[Observation]:
    return in_order(seen(*each) for each in story)


def found_by_files(correlation: Correlation, files: Sequence[Sequence[Observation]]) -> set[str]:
    """Return what is found of files, one after the other, with what is kept of those before."""
    kept: list[Kept] = []
    found: set[str] = set()
    for new in files:
        shelf = Thinned(correlation, kept)
        for each in in_order(new):
            shelf.add(each)
        kept = shelf.kept
        found |= {one.origin for one in shelf.select(new)}
    return found


@pytest.mark.parametrize("correlation", ALL, ids=lambda c: type(c).__name__)
@given(stories, st.integers(1, 6), st.randoms(use_true_random=False))
@settings(max_examples=150)
def test_what_adds_up_is_never_missed(
    correlation: Correlation, story: list[tuple[int, str]], files: int, rng: random.Random
) -> None:
    """In whatever files and order it comes: the last that completes it is found."""
    every = told(story)
    shuffled = rng.sample(every, len(every))
    parts = [shuffled[n::files] for n in range(files)]
    expected = {one.origin for one in correlation.select(every)}
    found = found_by_files(correlation, parts)
    assert bool(found) >= bool(expected)
    kept = Thinned(correlation, [Kept(one) for one in thinned(correlation, every)])
    late = [one for one in every if one.origin in expected]
    assert all(one in kept.select([one]) for one in late)


@pytest.mark.parametrize("correlation", ALL, ids=lambda c: type(c).__name__)
@example([(0, "a"), (0, "b"), (0, "c"), (1, "a")])
@given(stories)
@settings(max_examples=150)
def test_what_is_found_adds_up_within_little_more_than_the_timespan(
    correlation: Correlation, story: list[tuple[int, str]]
) -> None:
    """A repeat of a label within an eighth may be told with a sequence: its order is not kept."""
    every = told(story)
    loose = replace(correlation, timespan=SPAN + 2 * SPAN / EIGHTHS)
    kept = Thinned(correlation, [Kept(one) for one in thinned(correlation, every)])
    right = {*loose.select(every)}
    for more in {*kept.select(every)} - right:
        assert isinstance(correlation, TemporalOrdered)
        same = (one for one in right if one.label == more.label)
        assert any(abs(one.time - more.time) <= SPAN / EIGHTHS for one in same)


@given(stories)
def test_little_is_exact(story: list[tuple[int, str]]) -> None:
    """Where no eighth holds more than it takes, nothing is given up."""
    every = [one for n, one in enumerate(told(story)) if n % 3 == 0][:2]
    for correlation in ALL:
        assert [one.seen for one in Thinned(correlation, map(Kept, every)).kept] == every


@pytest.mark.parametrize("correlation", ALL, ids=lambda c: type(c).__name__)
def test_a_flood_is_thinned_to_few(correlation: Correlation) -> None:
    rng = random.Random(1)
    flood = [seen(n / 20, rng.choice("abcde"), f"{n}") for n in range(20_000)]
    assert len(thinned(correlation, flood)) <= 9 * 20


def test_one_that_reaches_stands_for_its_label_around_it() -> None:
    shelf = Thinned(VALUES, [Kept(seen(0), reach=60)])
    assert shelf.stands_for(seen(60), 60)
    assert shelf.stands_for(seen(-60), 60)
    assert not shelf.stands_for(seen(61), 60)
    assert not shelf.stands_for(seen(30), 20)
    assert not shelf.stands_for(seen(30, "b"), 60)


@pytest.mark.parametrize("last", [16 * 60, 17 * 60])
def test_what_reaches_adds_up_as_late_as_it_reaches(last: int) -> None:
    shelf = Thinned(VALUES, [Kept(seen(0), reach=60)])
    new = [seen(last, "b"), seen(last, "c")]
    assert shelf.select(new) == [seen(0), *new]
    assert shelf.select([seen(17 * 60 + 1, "b"), seen(17 * 60 + 1, "c")]) == []


@pytest.mark.parametrize("year", [1, 9999])
def test_the_ends_of_time_are_times(year: int) -> None:
    time = datetime(year, 1, 1, tzinfo=UTC) if year == 1 else datetime.max.replace(tzinfo=UTC)
    every = [Observation(time, f"{n}") for n in range(5)]
    shelf = Thinned(COUNT, [Kept(one, reach=9) for one in every[:4]])
    assert shelf.select(every) == every
