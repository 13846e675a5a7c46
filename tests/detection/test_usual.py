from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.detection.test_engine import EVENT_COUNT, evaluate, rule, told
from trailwarden.cloudtrail.values import Record
from trailwarden.correlations import by_actor, first_use
from trailwarden.detection.rule import Rule

DAY = 24 * 60


def burst(*days: int, who: str = "alice") -> list[Record]:
    return [told(day * DAY + minute, who=who) for day in days for minute in range(3)]


def watching(*, learning: int = 2) -> Rule:
    usual = first_use(by_actor, days=10, learning=learning)
    return replace(rule(EVENT_COUNT), unless_usual=usual, window=timedelta(days=1))


def days(*batches: Iterable[Record], learning: int = 2) -> int:
    """Return how many alerts come of batch after batch."""
    return len(evaluate([watching(learning=learning)], *batches))


def test_what_comes_again_is_told_once() -> None:
    assert days(burst(0, 1, 2, 3), learning=0) == 1


def test_what_comes_in_the_first_days_is_learned() -> None:
    assert not days(burst(0, 2, 4))
    assert days([told(0, who="bob")], burst(3, 5)) == 1


def test_what_was_gone_for_long_is_told_again() -> None:
    assert days(burst(0), burst(5), burst(16), learning=0) == 2
    assert days(burst(0), burst(5), burst(15), learning=0) == 1


def test_one_actor_teaches_nothing_of_another() -> None:
    assert days(burst(0), burst(1, who="bob"), learning=0) == 2


def test_all_that_adds_up_on_a_day_that_is_news_is_told() -> None:
    [origins] = evaluate([watching(learning=0)], burst(0), [told(5), told(6)]).values()
    assert len(origins) == 5


story = st.lists(
    st.builds(burst, st.integers(0, 14), who=st.sampled_from(["alice", "bob"])), max_size=6
).map(lambda bursts: [record for one in bursts for record in one])


@given(story, st.randoms(use_true_random=False))
@settings(max_examples=50)
def test_order_and_repetition_within_a_batch_make_no_difference(
    records: list[Record], random: Random
) -> None:
    shuffled = [*records, *records[::2]]
    random.shuffle(shuffled)
    assert evaluate([watching()], shuffled) == evaluate([watching()], records)


@given(story)
@settings(max_examples=50)
def test_batches_that_come_in_order_make_no_difference(records: list[Record]) -> None:
    ordered = sorted(records, key=lambda record: (record["eventTime"], record["eventID"]))
    batches = [ordered[n : n + 2] for n in range(0, len(ordered), 2)]
    assert evaluate([watching()], *batches) == evaluate([watching()], ordered)


@pytest.mark.parametrize("learning", [0, 2])
def test_a_burst_that_is_met_again_is_the_same_alert(learning: int) -> None:
    records = [told(0, who="bob"), *burst(4)]
    once = evaluate([watching(learning=learning)], records)
    assert evaluate([watching(learning=learning)], records, records) == once
