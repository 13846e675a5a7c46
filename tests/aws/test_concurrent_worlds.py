"""Functions that run at the same time, are refused and die tell of a world what a scan tells."""

import random
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.aws.test_same_worlds import FLOODED, RULES, heard, hidden, messages, scanned, stored
from tests.aws.workers import Workers
from tests.aws.world import Clock, World
from tests.aws.worlds import pieces, telling
from tests.seeds import seeds
from trailwarden.aws.alert_item import Stored
from trailwarden.detection.gathering import TOGETHER
from trailwarden.environment import Environment
from trailwarden.handlers import sweep

KINDS = ("past", "past", "number")
"""What the rules of a world know: those that know something may lose it."""

Making = Callable[[int, int, Environment], Workers]


@pytest.fixture(autouse=True)
def _later(clock: Clock) -> None:
    clock.advance(days=3)  # what is observed has happened


@pytest.fixture
def workers(
    assembled: Callable[..., None],
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Making]:
    made: list[Workers] = []

    def make(seed: int, number: int, environment: Environment) -> Workers:
        assembled(*RULES, environment=environment)
        made.append(Workers(monkeypatch, seed, number))
        return made[-1]

    yield make
    for each in made:
        each.stop()


@pytest.mark.parametrize("number", [1, 3])
@pytest.mark.parametrize("seed", seeds(2, 80))
def test_no_fault_hides_what_a_scan_tells(  # noqa: PLR0917 - fixtures
    world: World,
    clock: Clock,
    workers: Making,
    tmp_path: Path,
    seed: int,
    number: int,
) -> None:
    """People hear of each alert, as bad as a scan has it, whatever is refused, dies or is late."""
    told, rng = telling(seed + 1, of=KINDS), random.Random(seed + 1)
    environment = heard(told)
    expected = scanned(tmp_path, told.records, environment)
    parts = [*pieces(told.records, rng)]
    bodies = [body for some in messages(world, parts, rng) for body in some]
    some = workers(seed, number, environment)
    some.refused, some.died = rng.choice(((0.01, 0), (0, 0.005), (0.005, 0.003)))
    some.run(world, bodies)
    swept(world, clock)
    found = world.stored(RULES)
    if any(TOGETHER in a.alert.subjects or a.alert.rule.id == FLOODED for a in found.values()):
        pytest.skip("a file has more than is told apart")
    assert hidden(stored(world), expected) == [], told.told
    late = [one for one in found.values() if one.state != "KEPT" and not is_told(one)]
    assert late == [], told.told


def swept(world: World, clock: Clock) -> None:
    """Have people told of all that waits."""
    for _ in range(40):
        if not any("pending_shard" in item for item in world.alerts().values()):
            return
        clock.advance(hours=13)
        sweep.handler({"time": "2025-06-02T13:07:00Z"}, None)
    raise AssertionError("something stays pending for ever")


def is_told(stored: Stored) -> bool:
    """Say whether people know how bad an alert is."""
    return stored.times_told > 0 and stored.severity_told == stored.alert.severity
