"""Acts of one hand add up over actors, whichever functions see its acts and openings, and when."""

import random
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any

import boto3
import pytest

from tests.aws.test_same_answer import scanned as scanned_alerts
from tests.aws.world import TABLE, World
from tests.seeds import seeds
from tests.shedding import INTRUDER, RULE, STRANGER, WAYS, Way, tangle, through_hub, weak_signals
from trailwarden import catalog
from trailwarden.aws import lineage
from trailwarden.aws.counting import Counting
from trailwarden.aws.history import DynamoHistory
from trailwarden.cloudtrail.event import Event
from trailwarden.cloudtrail.samples import Fields, refused
from trailwarden.cloudtrail.values import Record
from trailwarden.detection.engine import Engine
from trailwarden.detection.finding import Finding
from trailwarden.detection.grouping import by_actor
from trailwarden.detection.history import Group
from trailwarden.detection.rule import Rule

[SEVERE_ACTS] = [rule for rule in catalog.load().rules if rule.id == RULE]

Told = set[tuple[str, str]]

MOST_CALLS = 200
"""A function that evaluates a few records makes fewer."""


SIGNALLED = "actor.several_weak_signals"
SIGNALS = [rule for rule in catalog.load().rules if rule.id == SIGNALLED or rule.is_signal]


def environment(world: World, rules: Sequence[Rule] = (SEVERE_ACTS,)) -> Engine:
    """Return an engine as a new execution environment has it."""
    return Engine(rules, DynamoHistory(world.table))


def told(engines: Sequence[Engine], records: Iterable[Record], rng: random.Random) -> Told:
    """Return which events become part of which alerts, where each comes to any of the engines."""
    outcomes = (o for one in records for o in rng.choice(engines).evaluate([Event(one)]))
    found = (one for one in outcomes if isinstance(one, Finding))
    return {(one.alert_id, seen.origin) for one in found for seen in one.observations}


@pytest.mark.parametrize("seed", seeds(2, 12))
@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_it_is_the_same_wherever_and_whenever_each_record_comes(
    world: World, way: Way, seed: int
) -> None:
    rng = random.Random(seed)
    records = [*way.shed(), rng.choice(way.shed())]
    rng.shuffle(records)
    found = told([environment(world) for _ in range(3)], records, rng)
    assert found == told([Engine([SEVERE_ACTS])], way.shed(), rng)
    assert len(found) == 3


@pytest.mark.parametrize("seed", seeds(2, 12))
@pytest.mark.parametrize("giver", [INTRUDER, STRANGER], ids=["shed", "strangers"])
def test_weak_signals_are_the_same_wherever_and_whenever_each_record_comes(
    world: World, tmp_path: Path, giver: Fields, seed: int
) -> None:
    rng, records = random.Random(seed), weak_signals(giver)
    expected = {
        (alert_id, seen.origin)
        for alert_id, alert in scanned_alerts(tmp_path, records).items()
        if alert.rule.id == SIGNALLED
        for seen in alert.observations
    }
    assert bool(expected) is (giver is INTRUDER)
    shuffled = rng.sample([*records, records[0]], len(records) + 1)
    engines = [environment(world, SIGNALS) for _ in range(3)]
    outcomes = [o for one in shuffled for o in rng.choice(engines).evaluate([Event(one)])]
    found = [o for o in outcomes if isinstance(o, Finding) and o.rule.id == SIGNALLED]
    assert {(o.alert_id, seen.origin) for o in found for seen in o.observations} == expected


@pytest.mark.parametrize("kind", ["weak signals", "counted"])
@pytest.mark.parametrize(
    "step", [5, pytest.param(1, marks=pytest.mark.exhaustive)], ids=["some calls", "each call"]
)
def test_who_writes_last_finds_what_another_wrote_between_any_two_calls(
    world: World, kind: str, step: int
) -> None:
    """One function does all of its work before a call of another, and neither was there before."""
    rules, records = [SEVERE_ACTS], WAYS["AssumeRole"].shed()
    if kind == "weak signals":
        rules, records = SIGNALS, weak_signals(INTRUDER)
    expected = {one.alert_id for one in evaluated(Engine(rules), records)}
    for call in range(1, MOST_CALLS, step):
        world.reset()
        own = Engine(rules, DynamoHistory(boto3.resource("dynamodb").Table(TABLE)))
        others = list[Finding]()
        calls = count(1)

        def meet(**_: Any) -> None:
            if next(calls) == call:  # noqa: B023 - it is called before the next one
                others.extend(evaluated(environment(world, rules), records[2:]))  # noqa: B023

        client = own._history._table.meta.client  # type: ignore[attr-defined]
        client.meta.events.register_first("before-call", meet)
        found = evaluated(own, records[:2])
        if next(calls) <= call:
            break
        assert {one.alert_id for one in [*found, *others]} == expected, call


def evaluated(engine: Engine, records: Iterable[Record]) -> Sequence[Finding]:
    """Return what a rule that follows lineage finds."""
    outcomes = engine.evaluate(map(Event, records))
    found = [one for one in outcomes if isinstance(one, Finding)]
    return [one for one in found if one.rule.id in {SIGNALLED, SEVERE_ACTS.id}]


@pytest.mark.parametrize("seed", seeds(1, 4))
@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_strangers_stay_strangers(world: World, way: Way, seed: int) -> None:
    rng, records = random.Random(seed), way.strangers()
    rng.shuffle(records)
    assert told([environment(world) for _ in range(2)], records, rng) == set()


@pytest.mark.parametrize("seed", seeds(6, 300))
def test_any_tangle_of_actors_is_the_same_wherever_and_whenever_each_record_comes(
    world: World, tmp_path: Path, seed: int
) -> None:
    rng, records = random.Random(seed), tangle(seed)
    shuffled = rng.sample([*records, *records[:3]], len(records) + 3)
    expected = told([Engine([SEVERE_ACTS])], records, rng)
    assert told([environment(world) for _ in range(3)], shuffled, rng) == expected
    scanned = {
        (alert.alert_id, seen.origin)
        for alert in scanned_alerts(tmp_path, shuffled, RULE).values()
        for seen in alert.observations
    }
    assert scanned == expected


def test_tangles_hold_what_adds_up_over_actors_alone() -> None:
    """Else the test above proves little."""
    assert SEVERE_ACTS.correlation
    alone = replace(SEVERE_ACTS, correlation=replace(SEVERE_ACTS.correlation, group_by=by_actor))
    rng = random.Random(1)
    found = [
        told([Engine([SEVERE_ACTS])], tangle(seed), rng)
        - told([Engine([alone])], tangle(seed), rng)
        for seed in range(12)
    ]
    assert sum(map(bool, found)) > 3


def test_what_adds_up_is_found_again_after_a_failure(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The observations were written, and then the function ended; the message comes again."""
    *acts, last = WAYS["AssumeRole"].shed()[2:] + WAYS["AssumeRole"].shed()[:2]
    rng = random.Random(1)
    assert told([environment(world)], acts, rng) == set()
    with monkeypatch.context() as patch:
        patch.setattr(DynamoHistory, "over_lineage", failing)
        with pytest.raises(TimeoutError):
            told([environment(world)], [last], rng)
    assert len(told([environment(world)], [last], rng)) == 3


def failing(*_: object) -> Any:
    raise TimeoutError


def test_a_flood_of_sessions_is_read_in_few_calls(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may hide what adds up over actors, and costs no time beyond the bound."""
    monkeypatch.setattr(lineage, "MOST_PLACES", 10)
    asked: list[int] = []
    remembered = Counting.remembered

    def counted(self: Counting, groups: Sequence[Group]) -> Any:
        asked.append(len({group.group for group in groups}))
        return remembered(self, groups)

    monkeypatch.setattr(Counting, "remembered", counted)
    acts = [refused("iam:CreateAccessKey", INTRUDER)]
    flood = through_hub(INTRUDER, acts=["iam:CreateAccessKey"] * 20)
    list(environment(world).evaluate(map(Event, [*acts, *flood])))
    assert asked == [10]
