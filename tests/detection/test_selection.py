from dataclasses import fields, replace
from types import ModuleType

import pytest

from trailwarden import catalog
from trailwarden.cloudtrail.event import Event
from trailwarden.cloudtrail.header import Header
from trailwarden.cloudtrail.memory import Memory
from trailwarden.detection.engine import Engine
from trailwarden.detection.selection import Selection
from trailwarden.environment import Environment

NEEDING = [module for module in catalog.shipped() if module.RULE.needs]


@pytest.mark.parametrize("module", NEEDING, ids=lambda module: module.RULE.id)
def test_a_rule_finds_nothing_in_an_environment_without_what_it_needs(module: ModuleType) -> None:
    environment = getattr(module, "ENVIRONMENT", Environment())
    needed: dict[str, object] = dict.fromkeys(module.RULE.needs, ())
    without = replace(environment, **needed)
    assert module.RULE.is_awake_in(environment)
    assert not module.RULE.is_awake_in(without)
    records = [each for example in module.examples() for each in example.records]
    assert any(module.RULE.observe(Event(each, environment)) for each in records)
    assert not any(module.RULE.observe(Event(each, without)) for each in records)


def test_rules_need_fields_that_an_environment_has() -> None:
    assert NEEDING
    known = {field.name for field in fields(Environment)}
    assert {name for module in NEEDING for name in module.RULE.needs} <= known


def test_a_rule_that_lacks_what_it_needs_is_not_asked() -> None:
    rule = next(module.RULE for module in NEEDING if module.RULE.needs == ("hostile_ranges",))
    time = "2025-06-02T12:00:00Z"
    header = Header(event_source="signin.amazonaws.com", event_name="ConsoleLogin", event_time=time)
    asked = {
        ranges: Selection(Engine([rule]), Environment(hostile_ranges=ranges)).wanted(header)
        for ranges in ((), ("198.51.100.0/28",))
    }
    assert [bool(chosen) for chosen in asked.values()] == [False, True]


@pytest.mark.parametrize("time", [None, 1748865600, "soon", "0001-01-01T00:00:00Z", "9999-12-31"])
def test_a_record_that_tells_no_time_is_wanted_though_no_rule_wants_it(time: object) -> None:
    engine = Engine([module.RULE for module in NEEDING])
    selection = Selection(engine, Environment())
    assert not selection.wanted(Header(event_name="A", event_time="2025-06-02T12:00:00Z"))
    chosen = selection.wanted(Header(event_name="A", event_time=time))
    assert chosen
    event = selection.event({"eventName": "A", "eventTime": time}, chosen)
    assert not list(engine.sight(event, chosen.rules))


def test_a_full_memory_keeps_what_comes_again() -> None:
    worked_out: list[str] = []
    memory = Memory(worked_out.append, size=10)
    for number in range(100):
        assert memory[f"once {number}"] is None
    assert len(memory) <= 10
    worked_out.clear()
    for _ in range(5):
        assert memory["again"] is None
    assert worked_out == ["again"]
    for number in range(4):
        assert memory[f"others {number}"] is None
        assert memory["again"] is None
    assert worked_out.count("again") == 1


@pytest.mark.parametrize("value", [1, True, 1.0, (1, "a"), None])
def test_a_memory_keeps_nothing_that_equals_something_else(value: object) -> None:
    memory = Memory(repr)
    assert memory[value] == repr(value)
    assert not memory
