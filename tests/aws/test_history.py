"""One contract for both histories: what is remembered does not depend on order, repeats or time."""

import random
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

import pytest

from tests.aws.world import Clock, World
from trailwarden.aws.batches import chunks
from trailwarden.aws.clock import expiry
from trailwarden.aws.counting import LATENESS
from trailwarden.aws.history import DynamoHistory, pack, unpack
from trailwarden.aws.journal import PAGE, REFERRED
from trailwarden.contract.table import digest
from trailwarden.detection.correlation import EventCount
from trailwarden.detection.grouping import by_actor
from trailwarden.detection.history import Asked, Group, History, MemoryHistory
from trailwarden.detection.observation import Observation, in_order

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
NOON = datetime(2025, 6, 2, 12, tzinfo=UTC)
KEY = "rule/group"
START_OF_TIME = datetime(1, 1, 1, tzinfo=UTC)
END_OF_TIME = datetime(9999, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC)

Make = Callable[[], History]


@pytest.fixture(params=["memory", "dynamodb"])
def make(request: pytest.FixtureRequest, world: World, clock: Clock) -> Make:
    clock.advance(days=1)  # what is observed has happened
    """Make a history that remembers what the last one did, where it outlives its process."""
    memory = MemoryHistory()
    return (lambda: memory) if request.param == "memory" else lambda: DynamoHistory(world.table)


def seen(minute: float, origin: str = "", label: str = "") -> Observation:
    time = NOON + timedelta(minutes=minute)
    return Observation(time, origin or f"event-{minute}", label, group="group")


def observed(history: History, *new: Observation, span: timedelta = HOUR) -> Sequence[Observation]:
    """Return all that a timespan links to `new`."""
    return added_up(history, KEY, *new, span=span)


def added_up(
    history: History, key: str, *new: Observation, span: timedelta = HOUR, at_least: int = 1
) -> Sequence[Observation]:
    rule, _, group = key.partition("/")
    correlation = EventCount(at_least=at_least, timespan=span, group_by=by_actor)
    [chosen] = history.add_up([Group(rule, group, correlation, new)])
    return chosen


def test_remembers_what_came_before(make: Make) -> None:
    observed(make(), seen(0))
    assert observed(make(), seen(10)) == [seen(0), seen(10)]


def test_returns_what_came_later_to_a_late_one(make: Make) -> None:
    observed(make(), seen(30), seen(90), seen(91))
    assert observed(make(), seen(30.5)) == [seen(30), seen(30.5), seen(90)]


def test_both_ends_of_the_timespan_count(make: Make) -> None:
    observed(make(), seen(-60.001), seen(-60), seen(60), seen(60.001))
    assert observed(make(), seen(0)) == [seen(-60), seen(0), seen(60)]


def test_a_batch_reaches_from_its_first_to_its_last(make: Make) -> None:
    observed(make(), seen(-50), seen(150))
    assert observed(make(), seen(100), seen(0)) == [seen(-50), seen(0), seen(100), seen(150)]


def test_repetition_adds_nothing(make: Make) -> None:
    for _ in range(3):
        found = observed(make(), seen(0), seen(1), seen(0))
    assert found == [seen(0), seen(1)]


def test_two_copies_of_one_event_are_one(make: Make) -> None:
    observed(make(), seen(5, "shared"))
    assert observed(make(), seen(4, "shared")) == [seen(4, "shared")]


def test_order_makes_no_difference(make: Make) -> None:
    story = [seen(minute) for minute in range(0, 120, 8)]
    shuffled = random.Random(3).sample(story, len(story))
    for one in shuffled:
        observed(make(), one)
    assert observed(make(), seen(60)) == [*in_order([*story, seen(60)])]


def test_groups_do_not_see_each_other(make: Make) -> None:
    for key in ("rule/a", "other/a"):
        added_up(make(), key, seen(0)._replace(group="a"))
    other = seen(2)._replace(group="b")
    assert added_up(make(), "rule/b", other) == [other]


@pytest.mark.parametrize("time", [START_OF_TIME, END_OF_TIME])
def test_the_ends_of_time_are_times(make: Make, time: datetime) -> None:
    last = Observation(time, "x")
    observed(make(), last)
    assert observed(make(), last) == [last]
    assert observed(make(), last, span=4000 * DAY) == [last]


def test_texts_of_any_kind_come_back(make: Make) -> None:
    odd = Observation(NOON, "\x00\u202e#\x1f", "\U0001f600" * 40, group="\n", user_agent="#" * 900)
    observed(make(), odd)
    assert observed(make(), odd) == [odd]


def test_of_very_many_enough_come_back(make: Make) -> None:
    texts = {"user_agent": "x" * 1000, "actor": "y" * 1000}
    wide = [seen(n / 100, f"{n}")._replace(**texts) for n in range(700)]  # type: ignore[arg-type]
    added_up(make(), KEY, *wide, at_least=500)
    last = seen(9, "last")
    assert last in added_up(make(), KEY, last, at_least=500)
    assert added_up(make(), KEY, seen(99), at_least=500) == []


def of_days(history: History, *new: Observation, span: timedelta = 30 * DAY) -> list[Observation]:
    return [*history.observe(KEY, new, span, daily=True)]


def on(day: int, label: str, *, minute: int = 0) -> Observation:
    return seen(day * 24 * 60 + minute, f"{label}{day}-{minute}", label)


def firsts(found: Sequence[Observation]) -> list[Observation]:
    """Return the first of each label and day: more a store need not have."""
    days = {(o.label, o.time.date()): o for o in reversed(in_order(found))}
    return sorted(days.values())


def test_daily_the_first_of_a_label_and_day_is_remembered(make: Make) -> None:
    of_days(make(), on(0, "a"), on(0, "a", minute=5), on(1, "a"), on(1, "b", minute=3))
    found = of_days(make(), on(2, "c"))
    assert firsts(found) == [on(0, "a"), on(1, "a"), on(1, "b", minute=3), on(2, "c")]


def test_daily_an_earlier_one_takes_the_place_of_a_later(make: Make) -> None:
    of_days(make(), on(0, "a", minute=9))
    of_days(make(), on(0, "a", minute=4))
    assert firsts(of_days(make(), on(1, "b"))) == [on(0, "a", minute=4), on(1, "b")]


def test_daily_of_one_second_the_first_by_its_origin_is_remembered(make: Make) -> None:
    """CloudTrail's clock has whole seconds, so a scan and a table need one order in them."""
    for number in (3, 7, 0, 5, 1):
        of_days(make(), seen(0, f"origin-{number}", "a"))
    assert firsts(of_days(make(), on(1, "b"))) == [seen(0, "origin-0", "a"), on(1, "b")]


def test_a_past_is_told_where_nothing_of_it_is_new(make: Make) -> None:
    """A sum of the afternoon is compared with days before, though the morning showed as much."""
    history = make()
    of_days(history, on(0, "a"), on(7, "a"))
    asked = Asked(KEY, [on(7, "a", minute=5)], 30 * DAY, daily=True, is_past=True)
    [found] = history.observe_all([asked])
    assert firsts(found) == [on(0, "a"), on(7, "a")]


def test_daily_what_is_too_old_is_forgotten(make: Make) -> None:
    of_days(make(), on(0, "a"))
    assert of_days(make(), on(31, "b")) == [on(31, "b")]


def test_daily_what_is_new_is_told_again_to_whoever_asks_again(make: Make) -> None:
    """The alert of it may not have been written."""
    history = make()
    of_days(history, on(0, "a"))
    for _ in range(3):
        assert on(9, "b") in of_days(history, on(9, "b"))
        assert on(9, "b") in of_days(make(), on(9, "b"))


def test_daily_what_was_known_before_is_told_again_to_whoever_asks_again(make: Make) -> None:
    """Some correlations tell of known labels, too, and the alert may not have been written."""
    history = make()
    for day in (0, 1):
        of_days(history, on(day, "a"))
    for _ in range(2):
        assert on(1, "a") in of_days(history, on(1, "a"))


# What only a table can get wrong.


@pytest.fixture
def history(world: World) -> DynamoHistory:
    return DynamoHistory(world.table)


@pytest.mark.fault(
    "clock",
    "An item has expired, and DynamoDB has not deleted it",
    "it counts as before",
)
def test_expired_items_that_are_still_there_count(history: DynamoHistory, clock: Clock) -> None:
    observed(history, seen(0))
    clock.advance(days=365)
    assert observed(history, seen(10)) == [seen(0), seen(10)]


def test_items_expire_by_the_clock_and_after_their_timespan(
    history: DynamoHistory, world: World, clock: Clock
) -> None:
    observed(history, seen(0))
    [item] = world.table.scan()["Items"]
    assert item["expires"] == int((clock.now() + PAGE + REFERRED + LATENESS).timestamp())


def test_what_was_usual_before_costs_no_call(
    history: DynamoHistory, world: World, clock: Clock
) -> None:
    of_days(history, on(0, "a"))
    of_days(history, on(1, "a"))
    world.table.delete_item(Key={k: world.table.scan()["Items"][0][k] for k in ("pk", "sk")})
    items = world.table.scan()["Count"]
    assert of_days(history, on(1, "a", minute=5)) == []
    assert world.table.scan()["Count"] == items
    assert clock.paused == 0


def test_a_label_costs_no_further_call_on_its_day(history: DynamoHistory, world: World) -> None:
    """The one that was written may come again, for its alert may not have been written."""
    of_days(history, on(0, "a", minute=3))
    written = world.table.scan()["Items"]
    for item in written:
        world.table.delete_item(Key={name: item[name] for name in ("pk", "sk")})
    assert of_days(history, on(0, "a", minute=5)) == []
    assert world.table.scan()["Items"] == []
    assert of_days(history, on(0, "a", minute=3)) == [on(0, "a", minute=3)]
    assert of_days(history, on(0, "a", minute=1)) == [on(0, "a", minute=1)]


@pytest.mark.parametrize("before", [0, 1, 70])
def test_many_keys_are_written_together_and_the_earliest_of_a_day_stays(
    world: World, before: int
) -> None:
    """What others wrote does not keep back the rest."""
    early = [Asked(f"key {n}", [on(0, "a")], 30 * DAY, daily=True) for n in range(before)]
    late = [Asked(f"key {n}", [on(0, "a", minute=4)], 30 * DAY, daily=True) for n in range(120)]
    list(DynamoHistory(world.table).observe_all(early))
    found = [*DynamoHistory(world.table).observe_all(late)]
    first, second = [on(0, "a")], [on(0, "a", minute=4)]
    assert found == [first] * before + [second] * (120 - before)


def test_the_memory_of_what_is_usual_is_bounded(
    history: DynamoHistory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("trailwarden.aws.history.MEMO_SIZE", 2)
    for day in range(6):
        of_days(history, on(day, "a"))
    assert len(history._known) <= 3


def test_keys_do_not_grow_with_what_an_attacker_writes() -> None:
    assert len(digest("x" * 100_000)) == 32
    assert digest("a", "b") != digest("ab")
    assert digest("\ud800")


def test_an_observation_survives_the_table() -> None:
    odd = Observation(END_OF_TIME, "o", "l\x00", severity=5)
    assert unpack(pack(odd)) == odd


def test_chunks_hold_everything_once() -> None:
    assert list(chunks(range(5), 2)) == [[0, 1], [2, 3], [4]]
    assert list(chunks([], 2)) == []


def test_expiry_is_in_seconds(clock: Clock) -> None:
    assert expiry(HOUR) == int(clock.now().timestamp()) + 3600
