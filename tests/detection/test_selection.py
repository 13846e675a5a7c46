from dataclasses import fields, replace
from types import ModuleType
from typing import Any

import msgspec
import pytest

from trailwarden import catalog
from trailwarden.cloudtrail.acting import of_acting
from trailwarden.cloudtrail.caller import Caller
from trailwarden.cloudtrail.event import Event
from trailwarden.cloudtrail.header import Header
from trailwarden.cloudtrail.memory import Memory
from trailwarden.detection.alike import Alike, Span
from trailwarden.detection.engine import Engine
from trailwarden.detection.first_seen import first_use
from trailwarden.detection.grouping import by_actor
from trailwarden.detection.learned import Learned
from trailwarden.detection.match import Match
from trailwarden.detection.rule import ATTEMPTED
from trailwarden.detection.selection import KINDS, Selection
from trailwarden.detection.spans import DAY
from trailwarden.detection.stand_in import stand_in
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
    assert not selection.wanted(
        Header(event_source="a", event_name="A", event_time="2025-06-02T12:00:00Z")
    )
    chosen = selection.wanted(Header(event_name="A", event_time=time))
    assert chosen
    event = selection.event({"eventName": "A", "eventTime": time}, chosen)
    assert not list(engine.sight(event, chosen.rules))


def test_exempt_callers_are_asked_about_the_events_alone_by_which_they_teach() -> None:
    rule = replace(
        stand_in("trailwarden.taught", "Taught", ""),
        events=["s3:ListBuckets", "s3:CreateBucket"],
        exempt=frozenset({Caller.ROOT}),
        correlation=Learned(lesson="a", ends="b", timespan=DAY, group_by=by_actor),
    )
    listed, made = header("12:00:00"), header("12:01:00", event_name="CreateBucket")
    for taught_by, asked in (((), [True, True]), (("s3:CreateBucket",), [False, True])):
        engine = Engine([replace(rule, taught_by=taught_by)])
        assert wanted(Selection(engine, Environment()), listed, made) == asked


@of_acting
def from_a_far_address(event: Event) -> Match | None:
    return Match("far") if event.source_ip_address == FAR else None


NEAR, FAR = "198.51.100.7", "203.0.113.9"


def test_a_rule_of_who_acted_is_asked_about_those_alone_in_whom_it_finds_something() -> None:
    rule = replace(stand_in("trailwarden.far", "Far", ""), events=["*"], detect=from_a_far_address)
    selection = Selection(Engine([rule]), Environment())
    headers = [header("12:00:00", address=address) for address in (NEAR, FAR, NEAR)]
    assert [bool(selection.wanted(each)) for each in headers] == [False, True, False]


def test_a_rule_is_asked_about_those_alone_whom_it_concerns() -> None:
    def is_far(event: Event) -> bool:
        return event.source_ip_address == FAR

    rule = replace(stand_in("trailwarden.far", "Far", ""), events=["*"], concerns=of_acting(is_far))
    selection = Selection(Engine([rule]), Environment())
    assert wanted(selection, header("12:00:00"), header("12:00:00", address=FAR)) == [False, True]


def test_a_rule_of_who_acted_that_raises_is_asked_again_so_that_its_failure_is_told() -> None:
    def fails(_event: Event) -> Match:
        raise KeyError("x")

    rule = replace(stand_in("trailwarden.far", "Far", ""), events=["*"], detect=of_acting(fails))
    assert Selection(Engine([rule]), Environment()).wanted(header("12:00:00"))


def folding(alike: Alike, **fields: Any) -> Selection:
    """Return a selection for a rule of which the first of events that are alike is enough."""
    rule = replace(
        stand_in("trailwarden.any", "Any", ""),
        events=["*"],
        outcome=ATTEMPTED,
        correlation=first_use(by_actor),
        alike=lambda _: alike,
        **fields,
    )
    return Selection(Engine([rule]), Environment(), folds=True)


def header(time: str, *, day: str = "2025-06-02", address: str = NEAR, **fields: str) -> Header:
    usual: dict[str, Any] = {"event_source": "s3.amazonaws.com", "event_name": "ListBuckets"}
    at = {"event_time": f"{day}T{time}Z", "source_ip_address": address}
    identity = msgspec.Raw(b'{"type":"Root","accountId":"111122223333"}')
    return Header(event_id="e", user_identity=identity, **(usual | at | fields))


def wanted(selection: Selection, *headers: Header) -> list[bool]:
    return [bool(selection.wanted(each)) for each in headers]


def test_the_first_of_events_that_are_alike_is_enough_and_an_earlier_one_takes_its_place() -> None:
    times = ("12:30:00", "12:40:00", "12:30:00", "12:20:00", "12:25:00", "13:00:00")
    asked = wanted(folding(Alike(Span.HOUR)), *map(header, times))
    assert asked == [True, False, True, True, False, True]


def test_events_that_differ_in_what_a_rule_reads_are_not_alike() -> None:
    others = [
        header("12:01:00", address=FAR),
        header("12:02:00", day="2025-06-03"),
        header("12:03:00", event_source="ec2.amazonaws.com"),
        header("12:04:00", aws_region="eu-west-1"),
    ]
    by_service = folding(Alike(Span.DAY, by_service=True))
    assert wanted(by_service, header("12:00:00"), *others) == [True] * 5
    by_day = folding(Alike(Span.DAY))
    assert wanted(by_day, header("12:00:00"), *others) == [True, True, True, False, False]
    by_minute = folding(Alike(Span.MINUTE))
    assert wanted(by_minute, header("12:00:00"), header("12:00:59"), header("12:01:00")) == [
        *(True, False, True)
    ]


def test_actions_of_which_a_rule_reads_more_are_not_alike() -> None:
    selection = folding(Alike(Span.DAY, apart=frozenset({"s3:ListBuckets"})))
    assert wanted(selection, header("12:00:00"), header("12:00:01")) == [True, True]


@pytest.mark.parametrize("time", ["2025-06-02T12:00:00+00:00", "2025-06-02 12:00:00Z", "soon", 7])
def test_an_event_whose_time_is_written_otherwise_is_asked_about(time: Any) -> None:
    selection = folding(Alike(Span.DAY))
    odd = msgspec.structs.replace(header("12:00:00"), event_time=time)
    assert wanted(selection, header("01:00:00"), odd, odd) == [True, True, True]


def test_nothing_is_folded_where_a_line_of_the_tuning_may_hide_the_first_one() -> None:
    selection = folding(Alike(Span.DAY), hides=lambda _: "line")
    assert wanted(selection, header("12:00:00"), header("12:00:01")) == [True, True]


def test_alike_that_raises_folds_nothing() -> None:
    def fails(_event: Event) -> Alike:
        raise KeyError("x")

    selection = folding(Alike(Span.DAY))
    [(_, rule)] = selection._folding
    selection._folding = [(1, replace(rule, alike=fails))]
    assert wanted(selection, header("12:00:00"), header("12:00:01")) == [True, True]


def test_only_who_keeps_all_that_rules_see_folds() -> None:
    [(_, rule)] = folding(Alike(Span.DAY))._folding
    selection = Selection(Engine([rule]), Environment())
    assert wanted(selection, header("12:00:00"), header("12:00:01")) == [True, True]


def test_the_kinds_of_one_principal_that_are_remembered_are_bounded() -> None:
    selection = folding(Alike(Span.MINUTE, by_service=True))
    for number in range(2 * KINDS):
        assert selection.wanted(header("12:00:00", aws_region=f"region {number}"))
    [acting] = selection._acting.values()
    assert len(acting.first) <= KINDS


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


@pytest.mark.parametrize("fields", [{}, {"event_name": 5}, {"event_name": ["A"]}])
def test_a_record_without_a_name_is_wanted_though_no_rule_wants_it(fields: dict[str, Any]) -> None:
    selection = Selection(Engine([module.RULE for module in NEEDING]), Environment())
    chosen = selection.wanted(Header(event_source="a", event_time="2025-06-02T12:00:00Z", **fields))
    assert chosen
    assert not selection.event({"eventSource": "a"}, chosen).event_name
