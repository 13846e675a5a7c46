"""Mistakes of people who are in soon count for little; guesses that mostly fail count in full."""

from datetime import timedelta
from itertools import permutations

import pytest

from trailwarden.cloudtrail.samples import NOON
from trailwarden.correlations import HOUR, by_actor
from trailwarden.detection.mostly_failed import SIGNED_IN, MostlyFailed
from trailwarden.detection.observation import Observation
from trailwarden.detection.thinning import thinned

COUNT = MostlyFailed(at_least=3, timespan=HOUR, group_by=by_actor)


def seen(text: str) -> list[Observation]:
    """Return a failure for each small letter and a success for each capital one, by the minute."""
    return [
        Observation(
            NOON + timedelta(minutes=minute),
            f"{minute}",
            f"{SIGNED_IN}{letter.lower()}" if letter.isupper() else letter,
        )
        for minute, letter in enumerate(text)
        if letter != "."
    ]


@pytest.mark.parametrize("text", ["", "ab", "aaab", "aAbBcC", "aAbBc", "abBcC", "aaaAbBc"])
def test_colleagues_are_silent(text: str) -> None:
    assert not COUNT.select(seen(text))


@pytest.mark.parametrize("text", ["abc", "abBc", "ABCabc", f"aAbcd{'.' * 9}BCD", "aaaaAbBc"])
def test_guesses_are_told_with_all_failures_among_them(text: str) -> None:
    failures = [one for one in seen(text) if not one.label.startswith(SIGNED_IN)]
    assert COUNT.select(seen(text)) == failures


def test_a_success_is_of_no_use_later() -> None:
    late = f"abc{'.' * 8}ABC"
    assert COUNT.select(seen(late))
    assert not COUNT.select(seen(late.replace(".", "", 1)))


def test_many_who_are_in_hide_no_others() -> None:
    office = "aAbBdDeEfFgG"
    assert COUNT.select(seen(f"{office}xyz"))
    assert not COUNT.select(seen(f"{office}xy"))


def test_each_failure_counts_where_that_is_asked() -> None:
    each = MostlyFailed(at_least=4, timespan=HOUR, group_by=by_actor, different=False)
    assert len(each.select(seen("aaaa"))) == 4
    assert len(each.select(seen("aaaaA"))) == 4
    assert not each.select(seen("aabbAB"))


def test_order_changes_nothing() -> None:
    told = seen("abBc")
    assert all(COUNT.select(sorted(some)) == COUNT.select(told) for some in permutations(told))


def test_a_store_loses_no_success() -> None:
    told = seen("aAbBcCaAbBcC")
    assert thinned(COUNT, told) == told
