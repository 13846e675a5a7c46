"""What files show within an hour is in few items, and every environment learns it in time."""

import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from importlib import import_module
from typing import Any

import msgspec
import pytest
from moto.dynamodb.models.table import Table as Backend

from tests.aws.world import Clock, World
from trailwarden import catalog
from trailwarden.aws.history import DynamoHistory
from trailwarden.aws.journal import MOST_BYTES, OVERLAP, UNIT, Journal, Page, shelf_of
from trailwarden.aws.packing import Place, refers
from trailwarden.cloudtrail.caller import Caller
from trailwarden.cloudtrail.event import Event
from trailwarden.detection.correlation import Correlation, EventCount, TemporalOrdered, ValueCount
from trailwarden.detection.engine import Engine
from trailwarden.detection.finding import Finding
from trailwarden.detection.grouping import by_actor
from trailwarden.detection.history import Group, MemoryHistory
from trailwarden.detection.observation import Observation, in_order
from trailwarden.detection.rule import Rule
from trailwarden.detection.spread import SpreadCount
from trailwarden.services.sts import TwoPlaces

NOON = datetime(2025, 6, 2, 12, tzinfo=UTC)
SPAN = timedelta(minutes=10)
PAGE = Page("111122223333", 162_000)
KINDS: Sequence[Correlation] = (
    EventCount(at_least=3, timespan=SPAN, group_by=by_actor),
    ValueCount(at_least=4, timespan=SPAN, group_by=by_actor),
    SpreadCount(at_least=4, services=2, timespan=SPAN, group_by=by_actor),
    TemporalOrdered(labels=("a", "b", "c"), timespan=SPAN, group_by=by_actor),
)
SEEDS = [1, 2, *(pytest.param(seed, marks=pytest.mark.exhaustive) for seed in range(3, 40))]


@pytest.fixture
def journal(world: World) -> Journal:
    return Journal(world.table)


def known(journal: Journal, key: str) -> list[object]:
    return [msgspec.json.decode(value) for value in journal.known(PAGE, key)]


def entries(world: World) -> list[Any]:
    return [item for item in world.table.scan()["Items"] if item["pk"] == PAGE.pk]


def test_what_others_added_is_learned(journal: Journal, world: World) -> None:
    other = Journal(world.table)
    for number in range(2):
        other.add(PAGE, {"a": [f"{number}"], "b": ["x"]})
        journal.read([PAGE])
    assert known(journal, "a") == ["0", "1"]
    assert known(journal, "b") == ["x", "x"]
    assert known(other, "a") == known(journal, "c") == []


def test_all_that_a_message_shows_of_a_page_is_one_entry(journal: Journal, world: World) -> None:
    journal.add(PAGE, {f"group {n}": [n, n + 1] for n in range(100)})
    assert len(entries(world)) == 1


def test_only_what_is_new_is_read_again(journal: Journal, world: World, clock: Clock) -> None:
    journal.add(PAGE, {"a": ["old"]})
    for _ in range(2):
        journal.read([PAGE])
        clock.advance(minutes=10)
    world.table.delete_item(Key={name: entries(world)[0][name] for name in ("pk", "sk")})
    journal.add(PAGE, {"a": ["new"]})
    journal.read([PAGE])
    assert known(journal, "a") == ["old", "new"]


@pytest.mark.fault("clock", "The clock of a machine is behind", "its entries are read")
def test_a_clock_that_is_behind_hides_nothing(journal: Journal, world: World, clock: Clock) -> None:
    journal.read([PAGE])
    clock.moment -= OVERLAP
    Journal(world.table).add(PAGE, {"a": [1]})
    clock.moment += OVERLAP
    journal.read([PAGE])
    assert known(journal, "a") == [1]


def test_what_took_long_to_write_is_written_again_where_others_look(
    journal: Journal, world: World, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    put, waits = Backend.put_item, [timedelta(minutes=9), timedelta()]

    def slowly(*given: Any, **named: Any) -> Any:
        clock.moment += waits.pop(0)
        return put(*given, **named)

    monkeypatch.setattr(Backend, "put_item", slowly)
    journal.add(PAGE, {"a": [1]})
    assert sorted(str(item["sk"])[11:16] for item in entries(world)) == ["13:00", "13:09"]


def test_more_than_an_item_holds_is_several_entries(journal: Journal, world: World) -> None:
    draw = random.Random(1)
    values = [f"{draw.getrandbits(4_000):x}" for _ in range(3 * MOST_BYTES // 1_000)]
    journal.add(PAGE, {"a": values})
    assert len(entries(world)) > 2
    journal.read([PAGE])
    assert sorted(map(str, known(journal, "a"))) == sorted(values)


@pytest.mark.parametrize("seen", [b"no entry", "text", 7, None])
def test_an_entry_that_no_function_wrote_costs_itself(
    journal: Journal, world: World, seen: object
) -> None:
    item: dict[str, Any] = {"pk": PAGE.pk, "sk": "2025", "seen": seen}
    world.table.put_item(Item=item if seen is not None else {"pk": PAGE.pk, "sk": "2025"})
    journal.add(PAGE, {"a": [1]})
    journal.read([PAGE])
    assert known(journal, "a") == [1]


def test_what_was_read_longest_ago_is_forgotten_and_read_again(
    journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    pages = [Page("shelf", number) for number in range(3)]
    for page in pages:
        journal.add(page, {"a": [page.number]})
    monkeypatch.setattr("trailwarden.aws.journal.MOST_HELD", 10)
    journal.read(pages)
    journal.forget()
    assert [len(journal.known(page, "a")) for page in pages] == [0, 0, 1]
    journal.read(pages[:1])
    assert len(journal.known(pages[0], "a")) == 1


def test_a_group_of_an_account_is_on_its_shelf_and_others_are_on_few() -> None:
    assert shelf_of("111122223333/arn:aws:iam::111122223333:user/eve") == "111122223333"
    others = {shelf_of(f"person {n}") for n in range(100)} | {
        shelf_of("1234/x"),
        shelf_of("\ud800"),
    }
    assert others <= set(map(str, range(8)))


# Entries that refer to others.


def much(number: int) -> list[str]:
    """Return what a file shows: more than one unit, and nearly as the one before."""
    draw = random.Random(1)
    return [f"{draw.getrandbits(4_000):x}" for _ in range(3)] + [f"{number}"]


def referring(world: World) -> list[Any]:
    return [one for one in entries(world) if refers(bytes(one["seen"]))]


@pytest.fixture
def two_entries(journal: Journal, world: World) -> Journal:
    """A journal that wrote an entry, and then one that refers to it."""
    for number in range(2):
        journal.add(PAGE, {"a": much(number)})
        journal.read([PAGE])
    assert len(referring(world)) == 1
    return journal


def test_what_is_shown_again_costs_one_unit(two_entries: Journal, world: World) -> None:
    whole, short = sorted((len(bytes(one["seen"])) for one in entries(world)), reverse=True)
    assert whole > UNIT > 10 * short
    other = Journal(world.table)
    other.read([PAGE])
    assert known(other, "a") == known(two_entries, "a") == [*much(0), *much(1)]


def test_an_entry_of_one_unit_refers_to_no_other(two_entries: Journal, world: World) -> None:
    two_entries.add(PAGE, {"a": much(0)[:1]})
    assert len(entries(world)) == 3
    assert len(referring(world)) == 1


def test_an_entry_stays_readable_as_long_as_it_is_kept(
    journal: Journal, world: World, clock: Clock
) -> None:
    """None refers to one that goes before it may."""
    for number in range(4):
        journal.add(PAGE, {"a": much(number)})
        journal.read([PAGE])
        clock.advance(minutes=70)
    assert len(referring(world)) == 2
    place, gone = Place(), []
    for one in sorted(entries(world), key=lambda one: refers(bytes(one["seen"]))):
        place.inflated(bytes(one["seen"]))
        gone.append(datetime.fromtimestamp(int(one["expires"]), UTC))
    written = max(datetime.fromisoformat(str(one["sk"])[:29]) for one in referring(world))
    assert min(gone) >= written + timedelta(days=2, hours=3)


def test_an_entry_is_read_when_the_one_that_it_refers_to_comes_later(
    two_entries: Journal, world: World, clock: Clock
) -> None:
    [whole] = [one for one in entries(world) if not refers(bytes(one["seen"]))]
    world.table.delete_item(Key={name: whole[name] for name in ("pk", "sk")})
    other = Journal(world.table)
    other.read([PAGE])
    assert known(other, "a") == []
    clock.advance(minutes=1)
    world.table.put_item(Item=whole)
    other.read([PAGE])
    assert known(other, "a") == known(two_entries, "a")


def test_a_threshold_is_never_missed_where_entries_refer_to_others(
    world: World, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("trailwarden.aws.journal._REST", 0)
    monkeypatch.setattr("trailwarden.aws.journal.UNIT", 64)
    clock.advance(days=1)
    for seed, correlation in enumerate(KINDS):
        world.reset()
        misses_none(world, correlation, seed)
        items: list[Any] = world.table.scan()["Items"]
        assert any(refers(bytes(item["seen"])) for item in items)


# Several environments, each with a part of what happens.


def story(seed: int) -> list[Observation]:
    """Return what a group does, by several sessions from several addresses."""
    draw = random.Random(seed)
    actor = "arn:aws:iam::111122223333:role/app"
    return in_order(
        Observation(
            NOON + timedelta(seconds=draw.randrange(2_400)),
            f"event {n}",
            label := draw.choice("abcde"),
            group=f"111122223333/{actor}",
            action=f"{'iam' if label < 'c' else 's3'}:{label}",
            actor=actor,
            region=draw.choice(["eu-west-1", "us-east-1"]),
            source_ip_address=f"198.51.100.{draw.randrange(2)}",
            session=f"s{draw.randrange(seed % 3 + 1)}",
            caller=draw.choice([Caller.ROLE, Caller.INSTANCE]),
        )
        for n in range(draw.randrange(8, 24))
    )


@pytest.mark.parametrize("correlation", KINDS, ids=lambda c: type(c).__name__)
@pytest.mark.parametrize("seed", SEEDS)
def test_a_threshold_is_never_missed_whichever_environment_sees_what(
    world: World, clock: Clock, correlation: Correlation, seed: int
) -> None:
    clock.advance(days=1)
    misses_none(world, correlation, seed)


def misses_none(world: World, correlation: Correlation, seed: int) -> None:
    """In any order, with parts of any size: what is found adds up, and something is where it does.

    Labels up to two timespans apart may add up.
    """
    every = story(seed)
    draw = random.Random(seed)
    histories = [DynamoHistory(world.table) for _ in range(3)]
    shuffled = draw.sample(every, len(every))
    found: set[str] = set()
    while shuffled:
        some = [shuffled.pop() for _ in range(min(len(shuffled), draw.randint(1, 3)))]
        group = Group("rule", some[0].group, correlation, some)
        [chosen] = draw.choice(histories).add_up([group])
        found |= {seen.origin for seen in chosen}
    exactly = {seen.origin for seen in correlation.select(every)}
    loosely = replace(correlation, timespan=3 * SPAN)
    assert bool(found) >= bool(exactly)
    assert found <= {seen.origin for seen in loosely.select(every)}


def test_of_two_that_work_at_once_one_sees_both(
    world: World, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each writes before it reads, so that the later reader knows both."""
    clock.advance(days=1)
    first, second = DynamoHistory(world.table), DynamoHistory(world.table)
    seen = [Observation(NOON, f"{n}", "ab"[n], group="g") for n in range(2)]
    both = ValueCount(at_least=2, timespan=SPAN, group_by=by_actor)
    groups = [Group("rule", "g", both, [one]) for one in seen]
    found: list[Sequence[Observation]] = []
    add = Journal.add

    def interrupted(journal: Journal, *given: Any) -> None:
        monkeypatch.setattr(Journal, "add", add)
        found.extend(second.add_up([groups[1]]))
        add(journal, *given)

    monkeypatch.setattr(Journal, "add", interrupted)
    found.extend(first.add_up([groups[0]]))
    assert found == [[], seen]


def test_what_one_environment_wrote_another_does_not_write_again(
    world: World, clock: Clock
) -> None:
    clock.advance(days=1)
    for n in range(3):
        one = Observation(NOON + timedelta(seconds=n), f"{n}", "a", group="g")
        list(DynamoHistory(world.table).add_up([Group("rule", "g", KINDS[1], [one])]))
    assert world.table.scan()["Count"] == 1


RULES = catalog.load().rules
NEAR = [r for r in RULES if isinstance(r.correlation, TwoPlaces) and r.correlation.near]


@pytest.mark.parametrize("rule", NEAR, ids=lambda rule: rule.id)
@pytest.mark.parametrize("every", [7, pytest.param(1, marks=pytest.mark.exhaustive)])
def test_turns_of_a_session_are_found_whichever_environment_sees_them(
    world: World, clock: Clock, rule: Rule, every: int
) -> None:
    """As a scan finds them; of what was usual the first of a day is enough."""
    clock.advance(days=30)
    module = import_module(rule.module)
    stories = [example for example in module.examples() if len(example.records) > 2][::every]
    assert any(example.alerts for example in stories)
    for number, example in enumerate(stories):
        events = [Event(one, module.ENVIRONMENT) for one in example.records]
        draw = random.Random(number)
        expected = found_of([Engine([rule], MemoryHistory())], events, draw)
        world.reset()
        engines = [Engine([rule], DynamoHistory(world.table)) for _ in range(2)]
        assert found_of(engines, events, draw) == expected, example.name
        assert bool(expected) == example.alerts, example.name


def found_of(engines: Sequence[Engine], events: Sequence[Event], draw: random.Random) -> set[str]:
    outcomes = (o for event in events for o in draw.choice(engines).evaluate([event]))
    return {outcome.alert_id for outcome in outcomes if isinstance(outcome, Finding)}
