from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trailwarden.cloudtrail.caller import DEPLOYMENT
from trailwarden.cloudtrail.event import Event
from trailwarden.cloudtrail.samples import DEPLOYED, DEPLOYER, Fields, refused, request
from trailwarden.detection.engine import Engine
from trailwarden.detection.finding import Finding
from trailwarden.detection.grouping import by_account
from trailwarden.detection.match import Match
from trailwarden.detection.observation import Observation, in_order
from trailwarden.detection.rule import Rule, either
from trailwarden.detection.severity import Severity
from trailwarden.detection.worsened import Worsened, levels, refused_state, state

NOON = datetime(2025, 6, 2, 12, tzinfo=UTC)
DAY = timedelta(days=1)
RETENTION = Worsened(timespan=90 * DAY, group_by=by_account)
WHOLE = Worsened(timespan=90 * DAY, group_by=by_account, complete=True)


def seen(day: float, label: str, severity: int = 0) -> Observation:
    return Observation(NOON + day * DAY, f"origin {day} {label}", label, severity=severity)


def told(correlation: Worsened, *observations: Observation) -> list[tuple[str, int]]:
    return [(found.label, found.severity) for found in correlation.select(observations)]


def days(*numbers: float) -> list[Observation]:
    return [seen(n, f"days: {number}") for n, number in enumerate(numbers)]


def test_what_got_worse_is_told_as_the_rule_says() -> None:
    assert told(RETENTION, *days(30, 7)) == [("days: 7", 0)]


@pytest.mark.parametrize("numbers", [(), (7,), (7, 7), (7, 30), (7, 30, 30), (0.5, 0.5)])
def test_what_stays_or_gets_better_is_silent(numbers: tuple[float, ...]) -> None:
    assert not told(RETENTION, *days(*numbers))


def test_what_rises_is_worse_where_the_rule_says_so() -> None:
    sessions = Worsened(timespan=90 * DAY, group_by=by_account, rising=True)
    assert told(sessions, *days(1, 12)) == [("days: 12", 0)]
    assert not told(sessions, *days(12, 1))
    assert not told(sessions, *days(12))


def test_what_is_off_with_nothing_known_before_is_told_as_less_bad() -> None:
    assert told(RETENTION, seen(0, "logs: off")) == [("logs: off", 2)]
    assert told(RETENTION, seen(0, "logs: off", 4)) == [("logs: off", 2)]


def test_what_is_off_with_nothing_known_before_may_be_as_bad() -> None:
    as_bad = replace(RETENTION, unknown=Severity.CRITICAL, unknown_title="set")
    [found] = as_bad.select([seen(0, "logs: off")])
    assert (found.severity, found.title) == (0, "set")
    assert told(as_bad, seen(0, "logs: off", 4), seen(1, "logs: off", 4)) == [("logs: off", 4)]


def test_what_is_set_otherwise_is_told_where_the_rule_says_so() -> None:
    changes = replace(RETENTION, changed=Severity.MEDIUM, changed_title="changed")
    here, there = "logs: on; bucket: 'a'", "logs: on; bucket: 'b'"
    assert told(changes, seen(0, here, 1), seen(1, here)) == []
    [found] = changes.select([seen(0, here, 1), seen(1, there)])
    assert (found.severity, found.title) == (3, "changed")
    worse = seen(1, "logs: off; bucket: 'b'", 4)
    assert told(changes, seen(0, here, 1), worse) == [(worse.label, 4)]


def test_what_was_refused_and_only_switches_on_is_not_told() -> None:
    assert told(RETENTION, seen(0, refused_state("a: on; b: on"))) == []
    assert told(RETENTION, seen(0, refused_state("a: on; b: off")))
    assert told(RETENTION, seen(0, refused_state(["a: on", "b: on"]))) == []
    assert told(RETENTION, seen(0, refused_state(["a: on", "b: off"])))
    assert told(RETENTION, seen(0, refused_state("")))


def test_what_is_off_beside_other_things_counts_where_it_was_on() -> None:
    beside = seen(1, "logs: left off")
    assert not told(RETENTION, beside)
    assert told(RETENTION, seen(0, "logs: on"), beside) == [("logs: left off", 0)]
    assert not told(RETENTION, seen(0, "logs: off"), beside)[1:]
    assert not told(RETENTION, beside, seen(2, "logs: off"))


def test_what_is_off_beside_other_changes_of_a_program_is_mild_where_nothing_is_known() -> None:
    beside, as_bad = seen(1, "logs: off beside other changes"), replace(RETENTION, unknown=5)
    assert told(as_bad, beside) == [(beside.label, Severity.LOW)]
    assert told(as_bad, seen(0, "logs: on"), beside) == [(beside.label, 0)]
    assert not told(as_bad, seen(0, "logs: off", 1), beside)
    both = seen(1, "logs: off beside other changes; backups: off")
    assert told(as_bad, both) == [(both.label, 0)]


def test_however_off_is_said_it_is_no_other_setting() -> None:
    changes = replace(RETENTION, changed=Severity.MEDIUM)
    assert not told(changes, seen(0, "logs: left off", 1), seen(1, "logs: off", 1))
    assert not told(changes, seen(0, "logs: left off", 1), seen(1, "logs: off"))


def test_what_was_known_too_long_ago_is_unknown() -> None:
    assert told(RETENTION, seen(0, "logs: on"), seen(90, "logs: off"))[0][1] == 0
    assert told(RETENTION, seen(0, "logs: on"), seen(91, "logs: off"))[0][1] == 2


def test_each_part_of_a_state_has_its_own_past() -> None:
    history = [seen(0, "a: on"), seen(1, "b: on"), seen(2, "a: on; b: off")]
    assert told(RETENTION, *history) == [("a: on; b: off", 0)]


def test_a_part_that_a_whole_state_leaves_out_is_off() -> None:
    history = [seen(0, "a: 3; b: 2"), seen(1, "a: 3")]
    assert told(WHOLE, *history) == [("a: 3", 0)]
    assert not told(RETENTION, *history)


def test_what_only_teaches_is_not_told_and_is_known() -> None:
    assert told(RETENTION, seen(0, "logs: on", 1), seen(1, "logs: off", 1)) == []
    assert told(RETENTION, seen(0, "logs: on", 1), seen(1, "logs: off")) == [("logs: off", 0)]


def test_a_refused_request_is_told_and_teaches_nothing() -> None:
    tried = seen(1, refused_state("logs: off"), 3)
    history = [seen(0, "logs: on"), tried, seen(2, "logs: off")]
    assert told(RETENTION, *history) == [(tried.label, 3), ("logs: off", 0)]


@pytest.mark.parametrize(
    "label", ["", ":", ": off", "; ;", "a", "a: ", "a: nan", "a: 1e999", "a:1"]
)
def test_a_label_may_say_anything(label: str) -> None:
    list(RETENTION.select([seen(0, label), seen(1, "a: 1"), seen(2, label)]))
    assert all(isinstance(level, float | int) for level in levels(label).values())


states = st.lists(
    st.tuples(st.integers(0, 200), st.integers(0, 3)), max_size=6, unique_by=lambda p: p[0]
)


@given(states)
def test_worsened_is_what_it_says(pairs: list[tuple[int, int]]) -> None:
    history = in_order(seen(day, f"days: {level}") for day, level in pairs)
    expected = []
    for n, now in enumerate(history):
        level = levels(now.label)["days"]
        before = [o for o in history[:n] if now.time - o.time <= 90 * DAY]
        if before and level < levels(before[-1].label)["days"]:
            expected.append((now.label, 0))
        elif not before and level == 0:
            expected.append((now.label, 2))
    assert told(RETENTION, *history) == expected


@given(states)
def test_neither_order_nor_repetition_matters_to_the_engine(pairs: list[tuple[int, int]]) -> None:
    records = [keep(level, day) for day, level in pairs]
    outcomes = {found_by(order) for order in list(permutations(records))[:6]}
    assert outcomes == {found_by([*records, *records])}


def detect(event: Event) -> Match:
    return Match(state(days=event.get("requestParameters.days")))


RULE = Rule(
    "trailwarden.rules.test.retention",
    "Retention shortened.",
    detect,
    events=["logs:PutRetentionPolicy"],
    exempt=DEPLOYMENT,
    outcome=either(refused=Severity.LOW),
    severity=Severity.HIGH,
    attack={},
    response="",
    correlation=RETENTION,
)


def keep(days: int, day: int, by: Fields | None = None) -> Fields:
    return dict(request("logs:PutRetentionPolicy", by, day=day, days=days))


def found_by(records: list[Fields] | tuple[Fields, ...]) -> frozenset[tuple[str, int]]:
    events = [Event(record, DEPLOYED) for record in records]
    found = [f for f in Engine([RULE]).evaluate(events) if isinstance(f, Finding)]
    return frozenset((o.event_id, o.severity) for finding in found for o in finding.observations)


def test_a_pipeline_teaches_and_is_not_told() -> None:
    by_pipeline = keep(30, 0, DEPLOYER)
    assert not found_by([by_pipeline, keep(7, 1, DEPLOYER)])
    assert len(found_by([by_pipeline, keep(7, 1)])) == 1


def test_a_refused_change_is_told_as_less_bad() -> None:
    tried = dict(refused("logs:PutRetentionPolicy", day=1, days=1))
    assert {severity for _, severity in found_by([keep(30, 0), tried])} == {Severity.LOW}


def test_a_state_reads_as_people_would_say_it() -> None:
    assert state(public_access=True, days=7, note=None) == "public access: on; days: 7"
