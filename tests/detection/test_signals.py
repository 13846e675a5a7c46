from dataclasses import replace
from datetime import UTC, datetime, timedelta
from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trailwarden.cloudtrail.caller import Caller
from trailwarden.detection.grouping import by_actor
from trailwarden.detection.observation import Observation, in_order
from trailwarden.detection.signals import DEPLOYMENT, Building, WeighedSignals, weigh

NOON = datetime(2025, 6, 2, 12, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
WEIGHED = WeighedSignals(
    kinds=3, at_least=6, in_a_day=10, timespan=2 * HOUR, usual_for=30 * DAY, group_by=by_actor
)
BUILDING = Building(timespan=DAY, group_by=by_actor)
KINDS = ("Discovery", "Persistence", "Impact")


def signal(
    kind: str, severity: str = "low", act: str = "act", *, after: timedelta = timedelta()
) -> Observation:
    label, time = f"{kind}, {severity}: {act}", NOON + after
    return Observation(time, f"{label} {time}", label, caller=Caller.ACCESS_KEY)


def by_person(*observations: Observation) -> list[Observation]:
    return [seen._replace(caller=Caller.PERSON) for seen in observations]


def selected(*observations: Observation) -> list[Observation]:
    return list(WEIGHED.select(in_order(observations)))


THREE = [signal(kind) for kind in KINDS]


def test_three_kinds_of_a_key_are_enough_and_two_are_not() -> None:
    assert selected(*THREE) == in_order(THREE)
    assert not selected(*THREE[:2], signal(KINDS[0], act="another"))


def test_a_person_has_to_do_more() -> None:
    assert not selected(*by_person(*THREE))
    worse = by_person(*THREE[:2], signal("Impact", "high"))
    assert selected(*worse) == in_order(worse)


def test_what_deployments_do_is_one_kind_and_weighs_as_its_worst() -> None:
    acts = [signal(DEPLOYMENT, act=str(n)) for n in range(9)]
    assert not selected(*acts, THREE[0])
    assert not selected(*by_person(*acts, *THREE[:2]))


@pytest.mark.parametrize(("days", "is_rare"), [(1, False), (30, False), (31, True)])
def test_what_its_actor_did_before_weighs_nothing(days: int, is_rare: bool) -> None:
    later = [seen._replace(time=seen.time + days * DAY) for seen in THREE[1:]]
    again = signal(KINDS[0], after=days * DAY)
    assert bool(selected(THREE[0], again, *later)) is is_rare


def test_two_of_one_day_are_both_rare() -> None:
    again = signal(KINDS[0], after=3 * HOUR)
    late = [signal(kind, after=3 * HOUR) for kind in KINDS[1:]]
    assert selected(THREE[0], again, *late) == in_order([again, *late])


def test_more_than_the_timespan_apart_is_too_slow() -> None:
    assert selected(*THREE[:2], signal(KINDS[2], after=2 * HOUR))
    assert not selected(*THREE[:2], signal(KINDS[2], after=2 * HOUR + timedelta(seconds=1)))


def test_within_a_day_four_kinds_of_a_key_have_to_weigh_more() -> None:
    slow = [
        signal(kind, act=act, after=5 * n * HOUR)
        for n, (kind, act) in enumerate((*((k, "a") for k in KINDS), ("Exfiltration", "a")))
    ]
    more = signal(KINDS[0], act="b", after=24 * HOUR)
    assert not selected(*slow)
    assert selected(*slow, more) == [*slow, more]
    assert not selected(*slow[:3], more, signal(KINDS[1], act="b", after=20 * HOUR))
    assert not selected(*slow, more._replace(time=more.time + timedelta(seconds=1)))
    assert not selected(*by_person(*slow, more))


def test_information_weighs_nothing() -> None:
    assert weigh(signal("Discovery", "informational")) == ("Discovery", 0)


observations = st.lists(
    st.builds(
        lambda kind, act, minutes: signal(kind, act=act, after=timedelta(minutes=minutes)),
        st.sampled_from([*KINDS, DEPLOYMENT]),
        st.sampled_from("ab"),
        st.integers(0, 600),
    ),
    max_size=12,
)


@given(observations, observations)
def test_more_signals_of_one_day_never_unselect_one(
    some: list[Observation], more: list[Observation]
) -> None:
    assert {*selected(*some)} <= {*selected(*some, *more)}


@given(
    st.lists(
        st.tuples(st.sampled_from(KINDS), st.integers(0, 80), st.integers(0, 3), st.booleans()),
        max_size=40,
    )
)
def test_what_is_not_needed_makes_no_difference_whatever_comes_afterwards(
    given_signals: list[tuple[str, int, int, bool]],
) -> None:
    signals = [
        (signal(kind, "medium", after=day * DAY + hour * HOUR), is_first)
        for kind, day, hour, is_first in given_signals
    ]
    every = in_order(seen for seen, _ in signals)
    first, second = (in_order(s for s, is_first in signals if is_first is one) for one in (1, 0))
    some = in_order([*WEIGHED.needed(first), *second])
    assert WEIGHED.select(WEIGHED.needed(some)) == WEIGHED.select(every)


def test_of_the_signals_of_usual_days_one_is_needed() -> None:
    days = [signal("Discovery", after=day * DAY + n * HOUR) for day in range(20) for n in range(9)]
    assert len(WEIGHED.needed(days)) == 9 + 19


def test_of_signals_that_repeat_within_minutes_the_first_is_told() -> None:
    again = [signal(KINDS[0], after=timedelta(minutes=n)) for n in (1, 2, 7)]
    assert selected(*THREE, *again) == in_order([*THREE, again[2]])


@given(observations)
def test_signals_of_any_timespan_that_holds_enough_are_selected(some: list[Observation]) -> None:
    ordered = in_order(some)
    windows = (
        [seen for seen in ordered if timedelta() <= last.time - seen.time <= WEIGHED.timespan]
        for last in ordered
    )
    hot = {seen.label for window in windows if enough(window) for seen in window}
    found = replace(WEIGHED, in_a_day=0).select(ordered)
    assert {seen.label for seen in found} == hot


def enough(window: list[Observation]) -> bool:
    """Say whether signals of a key, of three kinds, weigh enough."""
    labels = {seen.label for seen in window}
    kinds = {label.partition(",")[0] for label in labels}
    signs = {label for label in labels if not label.startswith(DEPLOYMENT)} | (kinds & {DEPLOYMENT})
    return len(kinds) >= WEIGHED.kinds and 2 * len(signs) >= WEIGHED.at_least


def test_a_flood_of_two_signals_is_weighed_in_a_moment() -> None:
    """Else who is refused ten times a second stops a scan."""
    flood = [
        signal(KINDS[n % 2], after=timedelta(milliseconds=200 * n))._replace(origin=f"{n}")
        for n in range(20_000)
    ]
    start = process_time()
    assert len(selected(*flood, signal(KINDS[2], after=HOUR))) > 20
    assert process_time() - start < 5


def test_a_flood_of_one_act_is_compared_in_a_moment() -> None:
    flood = [signal("new act", after=timedelta(seconds=n)) for n in range(20_000)]
    acts = [seen._replace(severity=3, event_id=str(n)) for n, seen in enumerate(flood)]
    start = process_time()
    assert {seen.severity for seen in BUILDING.select(acts)} == {2}
    assert process_time() - start < 5
