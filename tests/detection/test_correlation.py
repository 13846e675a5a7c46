from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise, permutations, product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trailwarden.cloudtrail.event import Event
from trailwarden.detection.correlation import Correlation, EventCount, TemporalOrdered, ValueCount
from trailwarden.detection.first_seen import FirstSeen
from trailwarden.detection.grouping import by_actor
from trailwarden.detection.observation import Observation, in_order, parts, whole

NOON = datetime(2025, 6, 2, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)
LABELS = ("a", "b", "c")


def seen(minute: int, label: str = "a", *, every: timedelta = MINUTE) -> Observation:
    return Observation(NOON + minute * every, f"origin {minute} {label}", label)


def told(text: str, *, every: timedelta = MINUTE) -> list[Observation]:
    """Return what a text tells: a label at a time, and dots where nothing happens."""
    return [seen(n, label, every=every) for n, label in enumerate(text) if label != "."]


def chosen(correlation: Correlation, text: str, *, every: timedelta = MINUTE) -> str:
    """Return the text with dots in place of what is not selected."""
    times = {seen.time for seen in correlation.select(told(text, every=every))}
    return "".join(label if NOON + n * every in times else "." for n, label in enumerate(text))


def event_count(at_least: int, minutes: int) -> EventCount:
    return EventCount(at_least=at_least, timespan=minutes * MINUTE, group_by=by_actor)


def value_count(at_least: int, minutes: int) -> ValueCount:
    return ValueCount(at_least=at_least, timespan=minutes * MINUTE, group_by=by_actor)


def ordered(labels: Iterable[str], minutes: int) -> TemporalOrdered:
    return TemporalOrdered(labels=tuple(labels), timespan=minutes * MINUTE, group_by=by_actor)


def first_seen(learning: int, days: int) -> FirstSeen:
    return FirstSeen(learning=learning * DAY, timespan=days * DAY, group_by=by_actor)


@pytest.mark.parametrize("text", ["", "a", "aa", "a.a.a", "aa..aa", "....."])
def test_too_few_events_are_silent(text: str) -> None:
    assert not event_count(3, 3).select(told(text))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("aaa", "aaa"),
        ("a.aa", "a.aa"),
        ("aaaa", "aaaa"),
        ("a....aaa", ".....aaa"),
        ("aaa....a", "aaa....."),
        ("aaa...aaa", "aaa...aaa"),
        ("a.a.aa.a", "..a.aa.a"),
        ("abc", "abc"),
    ],
)
def test_enough_events_are_told_with_all_that_are_among_them(text: str, expected: str) -> None:
    assert chosen(event_count(3, 3), text) == expected


@pytest.mark.parametrize("text", ["", "aaaaaa", "ab", "abab", "a.b..c", "ab....bc"])
def test_too_few_values_are_silent(text: str) -> None:
    assert not value_count(3, 3).select(told(text))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("abc", "abc"),
        ("aabc", "aabc"),
        ("aaabc", ".aabc"),
        ("abca", "abca"),
        ("abcaaaaa", "abcaa..."),
        ("ab....abc", "......abc"),
    ],
)
def test_enough_values_are_told_with_all_that_are_among_them(text: str, expected: str) -> None:
    assert chosen(value_count(3, 3), text) == expected


@pytest.mark.parametrize("text", ["", "a", "ab", "cba", "bac", "a.b..c", "acb"])
def test_what_is_out_of_order_or_too_slow_is_silent(text: str) -> None:
    assert not ordered("abc", 3).select(told(text))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("abc", "abc"),
        ("aabc", "aabc"),
        ("abbc", "abbc"),
        ("abcc", "abcc"),
        ("xabxc", ".ab.c"),
        ("a...abc", "....abc"),
        ("cabc", ".abc"),
        ("abcb", "abc."),
    ],
)
def test_a_chain_in_order_is_told_with_all_its_links(text: str, expected: str) -> None:
    assert chosen(ordered("abc", 3), text) == expected


def test_events_of_one_second_are_in_any_order() -> None:
    same = [Observation(NOON, f"origin {n}", label) for n, label in enumerate("cba")]
    assert ordered("abc", 0).select(same) == same


@pytest.mark.parametrize("text", ["", "a", "ab", "aaaaaaaa", "abababab", "ab.b.bab"])
def test_what_is_usual_or_still_learned_is_silent(text: str) -> None:
    assert not first_seen(3, 6).select(told(text, every=DAY))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("aaab", "...b"),
        ("aaabb", "...b."),
        ("aaabc", "...bc"),
        ("baaaaaaab", "........b"),
        ("aaaaaaaaba", "........b."),
    ],
)
def test_the_first_of_a_label_is_new_once_its_group_is_known(text: str, expected: str) -> None:
    assert chosen(first_seen(3, 6), text, every=DAY) == expected


@pytest.mark.parametrize(
    "correlation", [event_count(2, 1), value_count(2, 1), ordered("ab", 1), first_seen(0, 1)]
)
def test_nothing_adds_up_to_nothing(correlation: Correlation) -> None:
    assert list(correlation.select([])) == []


def test_in_order_tells_each_origin_once_and_oldest_first() -> None:
    first, second, third = told("abc")
    assert all(
        in_order([*order, second]) == [first, second, third]
        for order in permutations([first, second, third])
    )


def test_in_order_keeps_the_same_of_two_that_differ_whichever_came_first() -> None:
    early = seen(0)
    late = early._replace(time=NOON + MINUTE)
    assert in_order([early, late]) == in_order([late, early]) == [early]


def test_an_event_comes_apart_by_its_labels_and_together_again() -> None:
    noon = Observation(datetime(2025, 6, 2, 12, tzinfo=UTC), "event", subject="bucket")
    apart = parts(noon, ["a", "b", "a"])
    assert [(seen.origin, seen.label) for seen in apart] == [("event#0", "a"), ("event#1", "b")]
    assert whole([*apart, noon._replace(origin="other", label="c")]) == [
        noon._replace(label="a, b"),
        noon._replace(origin="other", label="c"),
    ]


def test_by_actor_keeps_accounts_apart() -> None:
    one, other = (
        Event({"recipientAccountId": account, "userIdentity": {"arn": "arn:aws:iam::1:user/a"}})
        for account in ("1", "2")
    )
    assert by_actor(one) != by_actor(other)


histories = st.lists(st.tuples(st.integers(0, 12), st.sampled_from(LABELS)), max_size=9).map(
    lambda pairs: sorted({seen(minute, label) for minute, label in pairs})
)
minutes = st.integers(0, 6)
counts = st.integers(1, 4)


def within(
    observations: Sequence[Observation], span: timedelta, holds: Callable[[list[Observation]], bool]
) -> list[Observation]:
    """Return those that some window of a timespan holds together with enough others."""
    windows = [
        [o for o in observations if start.time <= o.time <= start.time + span]
        for start in observations
    ]
    return [o for o in observations if any(o in w and holds(w) for w in windows)]


@given(histories, counts, minutes)
def test_event_count_is_what_it_says(history: list[Observation], least: int, span: int) -> None:
    expected = within(history, span * MINUTE, lambda window: len(window) >= least)
    assert list(event_count(least, span).select(history)) == expected


@given(histories, counts, minutes)
def test_value_count_is_what_it_says(history: list[Observation], least: int, span: int) -> None:
    expected = within(history, span * MINUTE, lambda w: len({o.label for o in w}) >= least)
    assert list(value_count(least, span).select(history)) == expected


@given(histories, st.permutations(LABELS), st.integers(1, 3), minutes)
@settings(max_examples=200)
def test_temporal_ordered_is_what_it_says(
    history: list[Observation], labels: list[str], length: int, span: int
) -> None:
    wanted = labels[:length]
    chains = [
        chain
        for chain in product(*([o for o in history if o.label == label] for label in wanted))
        if all(one.time <= next_.time for one, next_ in pairwise(chain))
        and chain[-1].time - chain[0].time <= span * MINUTE
    ]
    expected = [o for o in history if any(o in chain for chain in chains)]
    assert list(ordered(wanted, span).select(history)) == expected


def test_of_a_label_the_first_of_a_day_is_enough_to_know() -> None:
    quarters = "a" * 16 + "bbb"
    assert chosen(first_seen(3, 6), quarters, every=DAY / 4) == "." * 16 + "b.."


days = st.integers(0, 6)


@given(histories, days, days)
@settings(max_examples=200)
def test_first_seen_is_what_it_says(history: list[Observation], learning: int, more: int) -> None:
    half_days = [o._replace(time=NOON + (o.time - NOON) / MINUTE * DAY / 2) for o in history]
    span = learning + more
    expected = [
        o
        for n, o in enumerate(half_days)
        if any(learning <= days_between(e, o) <= span for e in half_days[: n + 1])
        and not any(e.label == o.label and days_between(e, o) <= span for e in half_days[:n])
    ]
    assert list(first_seen(learning, span).select(half_days)) == expected


def days_between(one: Observation, other: Observation) -> int:
    return (other.time.date() - one.time.date()).days


@given(histories, histories, counts, minutes)
def test_more_observations_never_unselect_one(
    some: list[Observation], more: list[Observation], least: int, span: int
) -> None:
    every = in_order([*some, *more])
    for correlation in (event_count(least, span), value_count(least, span), ordered("ab", span)):
        assert {*correlation.select(some)} <= {*correlation.select(every)}


USUAL = FirstSeen(usual="usual", learning=7 * DAY, timespan=90 * DAY, group_by=by_actor)


def test_what_is_usual_teaches() -> None:
    strange = seen(8, "strange", every=DAY)
    assert USUAL.select([seen(0, "usual", every=DAY), strange]) == [strange]


def test_what_is_usual_is_never_new() -> None:
    assert not USUAL.select([seen(0, "strange", every=DAY), seen(8, "usual", every=DAY)])


def test_nothing_is_new_in_the_first_days() -> None:
    assert not USUAL.select([seen(0, "usual", every=DAY), seen(6, "strange", every=DAY)])


def heard(*days: int) -> dict[str, list[date]]:
    """Return that the account without a name was heard on these days."""
    return {"": [(NOON + day * DAY).date() for day in days]}


def test_the_first_of_its_kind_is_new_where_the_account_is_known() -> None:
    first = seen(8, every=DAY)
    assert first_seen(7, 90).select([first], heard(0)) == [first]


def test_nothing_is_new_in_an_account_of_that_week() -> None:
    assert not first_seen(7, 90).select([seen(8, every=DAY)], heard(2, 3, 8))


def test_another_account_teaches_nothing() -> None:
    first = seen(8, every=DAY)._replace(account_id="another")
    assert not first_seen(7, 90).select([first], heard(0))


def test_an_account_that_was_silent_for_a_timespan_is_learned_again() -> None:
    assert not first_seen(7, 30).select([seen(90, every=DAY)], heard(0, 88, 90))


def test_a_group_with_its_own_past_is_not_known_by_its_account() -> None:
    own = replace(first_seen(7, 90), own_past=True)
    assert not own.select([seen(8, every=DAY)], heard(0))
    usual, new = seen(0, every=DAY), seen(8, "b", every=DAY)
    assert own.select([usual, new], {}) == [new]


def test_what_is_known_excuses_nothing_worse() -> None:
    mild, bad = (seen(n, every=DAY)._replace(severity=s) for n, s in ((0, 2), (8, 4)))
    assert first_seen(7, 90).select([mild, bad], {}) == [bad]
    assert not first_seen(7, 90).select([bad, mild._replace(time=bad.time + DAY)], heard(8))


def test_the_worst_waits_for_no_learning_and_is_told_once() -> None:
    eager = replace(first_seen(7, 90), at_once=4)
    bad, again = (seen(n, every=DAY)._replace(severity=4) for n in (0, 8))
    mild = seen(0, "b", every=DAY)._replace(severity=3)
    assert eager.select([mild, bad, again], heard(0)) == [bad]


days_heard = st.sets(st.integers(0, 14), max_size=4).map(lambda days: heard(*sorted(days)))


@given(histories, days_heard, days_heard, days, days)
def test_what_was_heard_more_never_makes_less_new(
    history: list[Observation],
    some: dict[str, list[date]],
    more: dict[str, list[date]],
    learning: int,
    span: int,
) -> None:
    daily = [o._replace(time=NOON + (o.time - NOON) / MINUTE * DAY) for o in history]
    every = {"": sorted({*some[""], *more[""]})}
    correlation = first_seen(learning, learning + span)
    assert {*correlation.select(daily, some)} <= {*correlation.select(daily, every)}
