"""The past of a group that shows one side is not read, and a second side is never overlooked."""

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from moto.dynamodb.models.table import Table as Backend

from tests.aws.world import Clock, World
from trailwarden.aws.history import DynamoHistory
from trailwarden.aws.sides import MOST, ONE_BY_ONE, Sides
from trailwarden.detection.history import Asked
from trailwarden.detection.observation import Observation
from trailwarden.rules.credential_access.instance_role_on_two_networks import RULE

NOON = datetime(2025, 6, 2, 12, tzinfo=UTC)
HERE, THERE = "198.51.0.0/16", "100.24.0.0/16"
assert RULE.correlation
COUNTS = RULE.correlation


def use(place: str, hour: int = 0, *, time: datetime | None = None) -> Observation:
    time = time or NOON + timedelta(hours=hour)
    label = f"{place} for ssm in us-east-1 with ASIA, at {time:%Y-%m-%d %H} h"
    return Observation(time, f"{place} {time}", label, group="i-1", account_id="111122223333")


def asked(*new: Observation, key: str = "rule/i-1") -> Asked:
    return Asked(key, new, COUNTS.memory, daily=True, correlation=COUNTS)


def observed(history: DynamoHistory, *new: Observation) -> Sequence[Observation]:
    [found] = history.observe_all([asked(*new)])
    return found


@pytest.fixture
def queries(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How often the table was asked for the past of a group."""
    counts: Counter[str] = Counter()
    query = Backend.query

    def counted(*given: Any, **named: Any) -> Any:
        counts["queries"] += 1
        return query(*given, **named)

    monkeypatch.setattr(Backend, "query", counted)
    return counts


@pytest.fixture(autouse=True)
def _later(clock: Clock) -> None:
    clock.advance(days=1)  # what is observed has happened


def test_the_past_of_a_group_on_its_one_side_is_read_once(
    world: World, queries: Counter[str]
) -> None:
    history = DynamoHistory(world.table)
    assert observed(history, use(HERE)) == [use(HERE)]
    assert queries.total() == 1
    for hour in (1, 2, 3):
        assert observed(history, use(HERE, hour)) == []
        assert observed(DynamoHistory(world.table), use(HERE, hour)) == []
    assert queries.total() == 1


def test_with_a_second_side_all_is_read_whichever_environment_sees_it(world: World) -> None:
    for hour in (0, 1, 2):
        observed(DynamoHistory(world.table), use(HERE, hour))
    uses = [use(HERE), use(HERE, 1), use(HERE, 2), use(THERE, 2)]
    assert sorted(observed(DynamoHistory(world.table), use(THERE, 2))) == sorted(uses)
    after = observed(DynamoHistory(world.table), use(HERE, 3))
    assert sorted(after) == sorted([*uses, use(HERE, 3)])


def test_two_sides_in_one_message_are_seen(world: World) -> None:
    history = DynamoHistory(world.table)
    observed(history, use(HERE))
    both = [use(HERE, 1), use(THERE, 1)]
    assert sorted(observed(history, *both)) == sorted([use(HERE), *both])


@pytest.mark.parametrize("when", ["before", "after"])
def test_of_two_environments_that_work_at_once_one_sees_both(
    world: World, monkeypatch: pytest.MonkeyPatch, when: str
) -> None:
    """Uses are written before sides are read, and sides before uses are read."""
    first, second = DynamoHistory(world.table), DynamoHistory(world.table)
    observed(first, use(HERE))
    read, found = Sides._read, list[Sequence[Observation]]()

    def interrupted(sides: Sides, stretches: Any) -> Any:
        monkeypatch.setattr(Sides, "_read", read)
        known = read(sides, stretches) if when == "before" else None
        found.append(observed(second, use(THERE, 1)))
        return read(sides, stretches) if known is None else known

    monkeypatch.setattr(Sides, "_read", interrupted)
    found.append(observed(first, use(HERE, 1)))
    assert any({use(HERE, 1), use(THERE, 1)} <= {*seen} for seen in found)


def test_a_message_that_comes_again_sees_what_it_saw(world: World) -> None:
    """Its alert may not have been written."""
    observed(DynamoHistory(world.table), use(HERE))
    before = observed(DynamoHistory(world.table), use(THERE, 1))
    assert observed(DynamoHistory(world.table), use(THERE, 1)) == before


@pytest.mark.parametrize("sides", ["text", 7, {1, 2}])
def test_an_item_that_no_function_wrote_has_the_past_read(world: World, sides: Any) -> None:
    observed(DynamoHistory(world.table), use(HERE))
    [item] = [one for one in world.table.scan()["Items"] if "sides" in one]
    world.table.put_item(Item={**item, "sides": sides})
    assert observed(DynamoHistory(world.table), use(HERE, 1)) == [use(HERE), use(HERE, 1)]
    others = [asked(use(HERE), key=f"rule/other-{n}") for n in range(ONE_BY_ONE)]
    every = list(DynamoHistory(world.table).observe_all([asked(use(HERE, 2)), *others]))
    assert [len(seen) for seen in every] == [3, *[1] * ONE_BY_ONE]


def test_what_a_group_adds_is_bounded_for_any_times_and_places(world: World) -> None:
    times = [datetime(year, 1, 2, tzinfo=UTC) for year in (1, 1970, 2025, 9998)]
    observed(DynamoHistory(world.table), *(use(HERE, time=time) for time in times))
    observed(DynamoHistory(world.table), *(use(f"10.{n}.0.0/16") for n in range(40)))
    for hour in range(9):
        observed(DynamoHistory(world.table), use(f"11.{hour}.0.0/16", hour))
    items = [one for one in world.table.scan()["Items"] if "sides" in one]
    assert len(items) <= len(times) + 1
    sizes = [len(one["sides"]) for one in items if isinstance(one["sides"], set)]
    assert max(sizes) <= 2 * MOST


def test_many_groups_are_remembered_in_few_calls(world: World, queries: Counter[str]) -> None:
    groups = [asked(use(HERE), key=f"rule/i-{n}") for n in range(ONE_BY_ONE + 20)]
    list(DynamoHistory(world.table).observe_all(groups))
    assert queries.total() == len(groups)
    again = [asked(use(HERE, 1), key=one.key) for one in groups]
    assert not any(DynamoHistory(world.table).observe_all(again))
    assert queries.total() == len(groups)
