import tracemalloc
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import permutations
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.conftest import records
from trailwarden import ATTEMPTED, NOBODY, Event, Match, Mode, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import iam_user, record
from trailwarden.cloudtrail.values import Record
from trailwarden.correlations import EventCount, FirstSeen, TemporalOrdered, ValueCount, by_actor
from trailwarden.detection.alert import Alert
from trailwarden.detection.correlation import Correlation
from trailwarden.detection.engine import Engine, Sighting, grouped
from trailwarden.detection.finding import Finding, RuleFailure
from trailwarden.detection.history import MemoryHistory
from trailwarden.detection.observation import Observation, in_order
from trailwarden.detection.rule import Detect

MINUTE = timedelta(minutes=1)
NOON = datetime(2025, 6, 2, 12, tzinfo=UTC)
SPAN = 4 * MINUTE

EVENT_COUNT = EventCount(at_least=3, timespan=SPAN, group_by=by_actor)
VALUE_COUNT = ValueCount(at_least=2, timespan=SPAN, group_by=by_actor)
ORDERED = TemporalOrdered(labels=("a", "b", "c"), timespan=SPAN, group_by=by_actor)
DAY = timedelta(days=1)
FIRST_SEEN = FirstSeen(learning=2 * DAY, timespan=4 * DAY, group_by=by_actor)
COUNTING = [EVENT_COUNT, VALUE_COUNT, ORDERED]


def label_of(event: Event) -> Match | None:
    label = event.text("requestParameters.label")
    return Match(label) if label else None


def rule(
    correlation: Correlation | None = None,
    *,
    name: str = "rule",
    detect: Detect = label_of,
    mode: Mode = Mode.ALERT,
) -> Rule:
    return Rule(
        f"trailwarden.rules.made.{name}",
        "Made.",
        detect,
        events=["iam:CreateUser"],
        exempt=NOBODY,
        outcome=ATTEMPTED,
        severity=Severity.LOW,
        attack={Tactic.PERSISTENCE: ["T1136.003"]},
        response="Look.",
        correlation=correlation,
        window=5 * MINUTE,
        mode=mode,
    )


def told(minute: int, label: str = "a", who: str = "alice") -> Record:
    return record(
        "iam:CreateUser", iam_user(who), minute=minute, requestParameters={"label": label}
    )


def origins(found: Iterable[Finding | RuleFailure]) -> dict[str, set[str]]:
    """Return the origins of what was found, by alert."""
    alerts: defaultdict[str, set[str]] = defaultdict(set)
    for finding in found:
        assert isinstance(finding, Finding), finding
        alerts[finding.alert_id] |= {seen.origin for seen in finding.observations}
    return dict(alerts)


def evaluate(rules: Iterable[Rule], *batches: Iterable[Record]) -> dict[str, set[str]]:
    """Return what one engine finds in batch after batch."""
    engine = Engine(rules)
    found = (outcome for batch in batches for outcome in engine.evaluate(map(Event, batch)))
    return origins(found)


def test_a_rule_that_sees_nothing_finds_nothing() -> None:
    assert not evaluate([rule()], [told(0, "")])


@pytest.mark.parametrize("match", [Match(), Match("label")])
def test_a_rule_that_sees_something_finds_it(match: Match) -> None:
    [finding] = Engine([rule(detect=lambda _: match)]).evaluate([Event(told(0))])
    assert isinstance(finding, Finding)
    assert finding.observations[0].label == match.label


def test_an_event_with_several_labels_counts_several_times_and_is_told_once() -> None:
    counting = rule(EVENT_COUNT, detect=lambda _: Match(["a", "b", "c"]))
    [finding] = Engine([counting]).evaluate([Event(told(0))])
    assert isinstance(finding, Finding)
    [seen] = Alert.of([finding]).observations
    assert seen.label == "a, b, c"


def test_one_failing_rule_does_not_silence_the_others() -> None:
    def fails(event: Event) -> Match:
        raise KeyError(event.name)

    rules = [rule(detect=fails, name="broken"), rule()]
    failure, finding = Engine(rules).evaluate([Event(told(0))])
    assert isinstance(failure, RuleFailure)
    assert (failure.rule_id, failure.event_id) == ("made.broken", told(0)["eventID"])
    assert isinstance(finding, Finding)


def test_a_rule_that_ends_the_process_does_not_silence_the_others() -> None:
    def ends(_: Event) -> Match:
        raise SystemExit(0)

    failure, finding = Engine([rule(detect=ends, name="broken"), rule()]).evaluate([Event(told(0))])
    assert isinstance(failure, RuleFailure)
    assert isinstance(finding, Finding)


def test_copies_of_an_event_take_no_memory() -> None:
    counting, seen = rule(EVENT_COUNT), Observation(NOON, "origin", group="group")
    copies = (Sighting(counting, seen._replace(label="a")) for _ in range(20_000))
    tracemalloc.start()
    try:
        [(_, together)] = grouped(copies)
        _, held = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert together == [seen._replace(label="a")]
    assert held < 1 << 20


def test_a_group_that_cannot_be_told_is_a_failure_of_the_rule() -> None:
    grouped = replace(EVENT_COUNT, group_by=lambda event: event.record["no such field"])
    [failure] = Engine([rule(grouped)]).evaluate([Event(told(0))])
    assert isinstance(failure, RuleFailure)


def test_a_rule_that_is_off_does_not_run() -> None:
    assert not evaluate([rule(mode=Mode.OFF)], [told(0)])


def test_actors_are_counted_apart() -> None:
    batch = [told(0, who="alice"), told(1, who="bob"), told(2, who="alice"), told(3, who="bob")]
    assert not evaluate([rule(EVENT_COUNT)], batch)


def test_rules_are_counted_apart() -> None:
    one, other = rule(EVENT_COUNT, name="one"), rule(EVENT_COUNT, name="other")
    batch = [told(minute) for minute in range(3)]
    assert evaluate([one, other], batch) == evaluate([one], batch) | evaluate([other], batch)


def test_the_same_event_200_times_is_one() -> None:
    assert evaluate([rule()], [told(0)] * 200) == evaluate([rule()], [told(0)])
    assert not evaluate([rule(EVENT_COUNT)], [told(0)] * 200)


@pytest.mark.parametrize("correlation", COUNTING)
def test_every_order_and_every_batching_of_a_story_is_told_alike(correlation: Correlation) -> None:
    story = [told(0, "a"), told(1, "b"), told(3, "c"), told(8, "a")]
    expected = evaluate([rule(correlation)], story)
    assert expected
    for order in permutations(story):
        assert evaluate([rule(correlation)], order) == expected
        assert evaluate([rule(correlation)], *([event] for event in order)) == expected


stories = st.lists(
    st.builds(told, st.integers(0, 14), st.sampled_from("abc"), st.sampled_from(["alice", "bob"])),
    max_size=14,
)


@given(stories, st.randoms(use_true_random=False), st.lists(st.integers(1, 5), min_size=14))
@settings(max_examples=200)
def test_order_repeats_and_lateness_do_not_change_the_answer(
    story: list[Record], random: Random, sizes: list[int]
) -> None:
    rules = [rule(c, name=type(c).__name__) for c in (*COUNTING, None)]
    expected = evaluate(rules, story)
    shuffled = [*story, *story[::2]]
    random.shuffle(shuffled)
    batches = []
    for size in sizes:
        batches.append(shuffled[:size])
        shuffled = shuffled[size:]
    assert evaluate(rules, *batches, shuffled) == expected


half_days = st.lists(
    st.builds(lambda n, label: told(720 * n, label), st.integers(0, 24), st.sampled_from("abc")),
    max_size=14,
)
new = replace(rule(FIRST_SEEN), window=3 * DAY)


@given(half_days, st.randoms(use_true_random=False))
def test_what_is_seen_first_is_the_same_in_any_order_of_a_batch(
    story: list[Record], random: Random
) -> None:
    shuffled = [*story, *story[::2]]
    random.shuffle(shuffled)
    assert evaluate([new], shuffled) == evaluate([new], story)


@given(half_days, st.integers(1, 5))
@settings(max_examples=300)
def test_what_is_seen_first_is_the_same_in_any_batches_that_come_in_order(
    story: list[Record], size: int
) -> None:
    ordered = sorted(story, key=lambda record: (record["eventTime"], record["eventID"]))
    batches = [ordered[n : n + size] for n in range(0, len(ordered), size)]
    assert evaluate([new], *batches) == evaluate([new], story)


def test_what_is_usual_is_not_new_because_the_engine_looks_no_further_back() -> None:
    usual = [told(720 * n, label) for n, label in enumerate("abababababababab")]
    assert not evaluate([new], *([event] for event in usual))


@given(st.lists(records, max_size=4))
def test_no_record_breaks_the_engine(batch: list[Record]) -> None:
    anything = [replace(rule(c, name=f"rule_{n}"), events=["*"]) for n, c in enumerate([*COUNTING])]
    assert not [
        o for o in Engine(anything).evaluate(map(Event, batch)) if isinstance(o, RuleFailure)
    ]


def test_a_rule_that_counts_signals_counts_what_others_hunt() -> None:
    hunts = [
        replace(rule(name=name, mode=Mode.HUNT), attack={tactic: ["T1485"]})
        for name, tactic in (("one", Tactic.IMPACT), ("other", Tactic.DISCOVERY))
    ]
    counting = replace(rule(VALUE_COUNT, name="signals"), events=[], signals=True)
    found = Engine([*hunts, counting]).evaluate([Event(told(0))])
    assert {f.rule.id for f in found if isinstance(f, Finding)} == {
        *("made.one", "made.other", "made.signals")
    }


SIGNALS = replace(rule(replace(EVENT_COUNT, at_least=1), name="signals"), events=[], signals=True)


def test_what_alerts_above_low_is_no_signal() -> None:
    severe = replace(rule(), severity=Severity.MEDIUM)
    assert len(list(Engine([severe, SIGNALS]).evaluate([Event(told(0))]))) == 1


def test_a_low_alert_is_a_signal_besides() -> None:
    assert len(list(Engine([rule(), SIGNALS]).evaluate([Event(told(0))]))) == 2


def test_what_is_low_for_its_past_is_no_signal() -> None:
    usual = rule(replace(EVENT_COUNT, at_least=1))
    assert len(list(Engine([usual, SIGNALS]).evaluate([Event(told(0))]))) == 1


def test_a_late_event_tells_all_that_it_makes_add_up_in_any_window() -> None:
    # minute 5 is in the next window, and adds up only once minute 1 is known
    assert evaluate(
        [rule(VALUE_COUNT)], [told(0, "a")], [told(5, "a")], [told(1, "b")]
    ) == evaluate([rule(VALUE_COUNT)], [told(0, "a"), told(5, "a"), told(1, "b")])


def test_what_was_told_before_is_not_told_again() -> None:
    engine = Engine([rule(EVENT_COUNT)])
    found = [len(list(engine.evaluate([Event(told(minute))]))) for minute in (0, 1, 2, 60)]
    assert found == [0, 0, 1, 0]


def seen(minute: int, key: str = "x") -> Observation:
    return Observation(NOON + minute * MINUTE, f"{key} {minute}")


def test_a_history_returns_what_a_timespan_links_to_the_batch() -> None:
    history = MemoryHistory()
    history.observe("key", [seen(0), seen(10), seen(25)], SPAN)
    found = history.observe("key", [seen(14), seen(12)], SPAN)
    assert list(found) == [seen(10), seen(12), seen(14)]


def test_a_history_keeps_keys_apart() -> None:
    history = MemoryHistory()
    history.observe("key", [seen(0)], SPAN)
    assert list(history.observe("another", [seen(1)], SPAN)) == [seen(1)]


@given(st.lists(st.lists(st.integers(0, 9), min_size=1, max_size=4), max_size=5))
def test_a_history_tells_each_event_once_and_oldest_first(batches: list[list[int]]) -> None:
    history = MemoryHistory()
    told: list[int] = []
    for batch in batches:
        told += batch
        found = history.observe("key", [seen(minute) for minute in batch], 99 * MINUTE)
        assert list(found) == in_order(map(seen, told))


def test_any_record_of_an_account_teaches_how_old_it_is() -> None:
    unwanted = record("ec2:DescribeInstances", iam_user("bob"), minute=0)
    learned = replace(rule(FIRST_SEEN), window=DAY)
    first = told(3 * 24 * 60)
    assert evaluate([learned], [unwanted], [first])
    assert not evaluate([learned], [first])
    assert not evaluate([learned], [{**unwanted, "recipientAccountId": "222233334444"}], [first])


def teller(mode: Mode = Mode.ALERT) -> Rule:
    once = EventCount(at_least=1, timespan=DAY, group_by=by_actor)
    return replace(rule(once, name="teller", mode=mode), events=[], signals=True, window=DAY)


def parts_of_story() -> list[Rule]:
    worse = replace(rule(name="worse"), severity=Severity.HIGH)
    return [replace(r, told_by="made.teller") for r in (rule(name="one"), worse)]


def test_what_several_rules_find_is_told_by_the_one_that_they_name() -> None:
    found = [*Engine([*parts_of_story(), teller()]).evaluate([Event(told(0)), Event(told(9))])]
    alert = Alert.of([finding for finding in found if isinstance(finding, Finding)])
    assert {f.rule.id for f in found if isinstance(f, Finding)} == {"made.teller"}
    assert (alert.count, alert.severity) == (2, Severity.HIGH)
    assert alert.details == ["Made: a"]


@pytest.mark.parametrize("mode", [Mode.OFF, Mode.HUNT])
def test_each_tells_itself_where_the_one_that_they_name_tells_nobody(mode: Mode) -> None:
    found = Engine([*parts_of_story(), teller(mode)]).evaluate([Event(told(0))])
    assert {f.rule.id for f in found if isinstance(f, Finding)} == {"made.one", "made.worse"}


def test_a_rule_that_tells_a_story_counts_no_hunting_rules() -> None:
    hunt = rule(name="hunt", mode=Mode.HUNT)
    found = Engine([hunt, *parts_of_story()[:1], teller()]).evaluate([Event(told(0))])
    told_of = [f for f in found if isinstance(f, Finding) and f.rule.id == "made.teller"]
    assert [len(finding.observations) for finding in told_of] == [1]


@given(stories, st.randoms(use_true_random=False))
@settings(max_examples=50)
def test_a_story_is_told_alike_in_any_order(story: list[Record], random: Random) -> None:
    rules = [*parts_of_story(), teller()]
    shuffled = [*story, *story[::2]]
    random.shuffle(shuffled)
    assert evaluate(rules, shuffled) == evaluate(rules, story)
    assert evaluate(rules, *([one] for one in shuffled)) == evaluate(rules, story)
