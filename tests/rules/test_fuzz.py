"""Whatever a field of a record holds, no rule fails."""

from collections.abc import Iterator
from types import ModuleType
from typing import Any, TypeAlias

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.conftest import json_values
from trailwarden import catalog
from trailwarden.cloudtrail.event import Event
from trailwarden.cloudtrail.values import Record
from trailwarden.detection.engine import Engine
from trailwarden.detection.finding import RuleFailure
from trailwarden.environment import Environment

MODULES = list(catalog.modules())
Path: TypeAlias = tuple[str | int, ...]

NASTY: list[Any] = [
    *(None, True, 1, -1.5, float("nan"), 10**30, "", "x", "*", "\ud800", "0.0.0.0/0", "{", "[]"),
    *([], [None], [[]], ["x", 1], [{}], {}, {"a": 1}, {"items": [None]}, {"items": {"items": 1}}),
    *('{"Statement": [1, {"Effect": "Allow", "Action": {"a": 1}, "Principal": [[]]}]}',),
]


def paths(value: Any, above: Path = ()) -> Iterator[Path]:
    """Yield the path of everything below `value`."""
    children = dict(enumerate(value)) if isinstance(value, list) else value
    for key, below in children.items() if isinstance(children, dict) else ():
        yield (*above, key)
        yield from paths(below, (*above, key))


def replaced(value: Any, path: Path, new: Any) -> Any:
    """Return a copy of `value` that holds `new` at `path`, as far as it still leads anywhere."""
    if not path:
        return new
    key, *rest = path
    if not isinstance(value, dict | list):
        return value
    copy = value.copy()
    copy[key] = replaced(value[key], tuple(rest), new)  # type: ignore[index]
    return copy


def failures(engine: Engine, environment: Environment, records: list[Record]) -> list[object]:
    """Return what fails of a story, with what it fails on."""
    events = [Event(record, environment) for record in records]
    outcomes = ((outcome, e.record) for e in events for outcome in engine.sight(e))
    return [found for found in outcomes if isinstance(found[0], RuleFailure)]


def told(module: ModuleType) -> list[Record]:
    """Return the records of a rule's examples, one of each shape."""
    every = [record for example in module.examples() for record in example.records]
    return list({(r["eventName"], *paths(r)): r for r in every}.values())


@pytest.mark.parametrize("step", [len(NASTY), pytest.param(4, marks=pytest.mark.exhaustive)])
@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.RULE.id)
def test_nothing_in_any_field_makes_a_rule_fail(module: ModuleType, step: int) -> None:
    environment = getattr(module, "ENVIRONMENT", Environment())
    mutants = [
        replaced(record, path, NASTY[(number + turn) % len(NASTY)])
        for record in told(module)
        for number, path in enumerate(paths(record))
        for turn in range(0, len(NASTY), step)
    ]
    assert not failures(Engine([module.RULE]), environment, mutants)


@pytest.mark.skipif(not MODULES, reason="there are no rules")
@given(st.data())
@settings(max_examples=100, suppress_health_check=list(HealthCheck))
def test_no_json_makes_a_rule_fail(data: st.DataObject) -> None:
    module = data.draw(st.sampled_from(MODULES))
    record = data.draw(st.sampled_from(told(module) or [{}]))
    for _ in range(data.draw(st.integers(1, 3))):
        path = data.draw(st.sampled_from([(), *paths(record)]))
        record = replaced(record, path, data.draw(json_values)) if path else record
    environment = getattr(module, "ENVIRONMENT", Environment())
    assert not failures(Engine([module.RULE]), environment, [record])
