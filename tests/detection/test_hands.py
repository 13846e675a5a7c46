from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trailwarden.cloudtrail.caller import Caller
from trailwarden.detection.correlation import EventCount, ValueCount
from trailwarden.detection.grouping import by_actor
from trailwarden.detection.observation import Observation, in_order

NOON = datetime(2025, 6, 2, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
TEN = ValueCount(at_least=10, timespan=HOUR, group_by=by_actor)
PATIENT = EventCount(at_least=10, in_a_day=20, timespan=HOUR, group_by=by_actor)


def acts(
    count: int, *, sessions: int = 1, addresses: int = 1, caller: Caller = Caller.ROLE
) -> list[Observation]:
    return [
        Observation(
            NOON + timedelta(seconds=n),
            f"origin {n}",
            f"thing {n}",
            actor="role",
            session=f"session {n % sessions}",
            source_ip_address=f"203.0.113.{n % addresses}",
            caller=caller,
        )
        for n in range(count)
    ]


def test_a_team_that_shares_a_role_is_no_intruder() -> None:
    assert not TEN.select(acts(12, sessions=12, addresses=12))


def test_a_session_that_changes_its_address_adds_up() -> None:
    assert len(TEN.select(acts(10, addresses=10))) == 10


def test_an_address_that_changes_its_session_adds_up() -> None:
    assert len(TEN.select(acts(10, sessions=10))) == 10


def test_much_more_adds_up_whoever_did_it() -> None:
    assert not TEN.select(acts(29, sessions=29, addresses=29))
    assert len(TEN.select(acts(30, sessions=30, addresses=30))) == 30


@pytest.mark.parametrize("caller", [Caller.INSTANCE, Caller.FUNCTION, Caller.TASK])
def test_machines_that_share_an_address_do_not_add_up(caller: Caller) -> None:
    assert not TEN.select(acts(20, sessions=20, caller=caller))


def test_several_actors_of_a_group_add_up_whatever_their_sessions() -> None:
    everybody = [
        o._replace(actor=f"role {n}") for n, o in enumerate(acts(10, sessions=10, addresses=10))
    ]
    assert len(TEN.select(everybody)) == 10


def test_patience_is_counted_over_a_day() -> None:
    hourly = [Observation(NOON + n * HOUR * 1.2, f"origin {n}") for n in range(20)]
    assert len(PATIENT.select(hourly)) == 20
    assert not PATIENT.select(hourly[:19])
    assert PATIENT.memory == timedelta(days=1)


@given(
    st.lists(st.tuples(*[st.integers(0, 5)] * 4), max_size=12),
    st.lists(st.tuples(*[st.integers(0, 5)] * 4), max_size=12),
)
def test_more_observations_never_unselect_one(
    some: list[tuple[int, ...]], more: list[tuple[int, ...]]
) -> None:
    count = ValueCount(at_least=2, in_a_day=3, timespan=HOUR, group_by=by_actor)
    first, every = (in_order(map(told, acts)) for acts in (some, [*some, *more]))
    assert {*count.select(first)} <= {*count.select(every)}


def told(act: tuple[int, ...]) -> Observation:
    hour, label, session, address = act
    return Observation(
        NOON + hour * HOUR,
        f"origin {act}",
        str(label),
        actor=f"role {address // 5}",
        session=str(session),
        source_ip_address=str(address),
    )
