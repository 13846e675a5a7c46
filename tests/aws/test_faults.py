"""Whatever goes wrong, whenever: every match is in the table once, and in a mail or a queue.

`-s` shows the counts.
"""

import itertools
import random
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest

from tests.aws.pipeline import Crash, Faults, Pipeline, throttled
from tests.aws.turns import Turns
from tests.aws.world import (
    CREATED,
    DELETED_TWO,
    PLENTY_OF_TIME,
    SIGNED_IN,
    Clock,
    World,
    a_rule,
    batch,
    created,
    happened,
)
from trailwarden import catalog
from trailwarden.cloudtrail.event import Event
from trailwarden.cloudtrail.samples import assumed_role, console_login, iam_user, record, root
from trailwarden.cloudtrail.values import Record
from trailwarden.detection.engine import Engine
from trailwarden.detection.finding import RuleFailure
from trailwarden.handlers import detect, dispatch

Figure = Callable[[str, int], None]

A_USER = created()
ROOT = console_login(root(), minute=1)
FIRST, SECOND = (record("iam:DeleteUser", iam_user("eve"), minute=minute) for minute in (2, 3))
EVENTS = (A_USER, ROOT, FIRST, SECOND)
RULE_OF = {CREATED.id: 1, SIGNED_IN.id: 1, DELETED_TWO.id: 2}
"""How many events each rule's alert is of."""


def expected(events: Sequence[Record] = EVENTS) -> dict[str, tuple[int, list[str]]]:
    """Return the count and the event ids of each alert, as the pure engine has them."""
    found: dict[str, set[str]] = {}
    for outcome in Engine([CREATED, SIGNED_IN, DELETED_TWO]).evaluate(map(Event, events)):
        assert not isinstance(outcome, RuleFailure)
        found.setdefault(outcome.alert_id, set()).update(o.event_id for o in outcome.observations)
    return {alert_id: (len(ids), sorted(ids)) for alert_id, ids in found.items()}


EXPECTED = expected()


@pytest.fixture(autouse=True)
def _assembled(assembled: Callable[..., None]) -> None:
    """Have the handlers' parts made."""


@pytest.fixture
def faults(world: World) -> Iterator[Faults]:  # noqa: ARG001 - the session is that of the world
    faults = Faults()
    yield faults
    faults.stop()


@pytest.fixture
def pipeline(world: World, clock: Clock, faults: Faults) -> Pipeline:
    return Pipeline(world, clock, faults)


def some(seeds: int) -> list[Any]:
    """Return so many seeds, of which a quick run takes every third."""
    return [
        pytest.param(seed, marks=[pytest.mark.exhaustive] if seed % 3 else [])
        for seed in range(seeds)
    ]


def report(counts: str) -> None:
    print(f"\n{counts}")  # noqa: T201 - for whoever runs this with -s


def messages(world: World) -> list[str]:
    """Return two log files and two events of the fast path: some of it comes over both."""
    files = [world.upload([A_USER, FIRST], "a"), world.upload([ROOT, SECOND], "b")]
    return [files[0], happened(ROOT), files[1], happened(SECOND)]


def again(pipeline: Pipeline) -> None:
    """Begin anew."""
    pipeline.world.reset()
    pipeline.faults.revive()
    pipeline.faults.calls.clear()
    pipeline.__init__(pipeline.world, pipeline.clock, pipeline.faults)  # type: ignore[misc]
    pipeline.clock.advance(hours=1)


def crash_points(pipeline: Pipeline) -> Iterator[tuple[int, str]]:
    """Yield before and after each call of a run without faults."""
    pipeline.run(messages(pipeline.world), batch_size=2)
    assert pipeline.world.told() == EXPECTED
    assert set(pipeline.mails().values()) == {1}
    calls = len(pipeline.faults.calls)
    yield from itertools.product(range(1, calls + 1), ("before", "after"))


def crashed(pipeline: Pipeline, *points: tuple[int, str]) -> Counter[str]:
    """Run with crashes at `points`; return in how many mails each alert is."""
    again(pipeline)
    pipeline.faults.at = set(points)
    pipeline.run(messages(pipeline.world), batch_size=2)
    assert pipeline.world.told() == EXPECTED, points
    assert pipeline.dead_letters == []
    mails = pipeline.mails()
    assert min(mails.values()) >= 1, points
    return mails


@pytest.mark.fault(
    "crash",
    "A function ends before or after any of its calls",
    "no match is lost, and none counts twice",
)
@pytest.mark.parametrize("step", [80, pytest.param(1, marks=pytest.mark.exhaustive)])
@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_crash_at_any_call_loses_nothing_and_counts_nothing_twice(
    pipeline: Pipeline, figure: Figure, moment: str, step: int
) -> None:
    points = [point for point in crash_points(pipeline) if point[1] == moment][::step]
    operations = Counter(pipeline.faults.calls)
    duplicates = Counter[str]()
    for point in points:
        mails = crashed(pipeline, point)
        number, when = point
        call = pipeline.faults.calls[number - 1]
        duplicates[f"{when} {call}"] += sum(mails.values()) - len(mails)
    twice = +duplicates
    report(f"{len(points)} crash points, {moment} each of these calls: {dict(operations)}")
    report(f"{twice.total()} alerts were told twice: {dict(twice)}")
    figure("crashes", len(points))
    figure("repeated in a mail", twice.total())
    assert pipeline.faults.crashes == len(points)
    # Between sending and marking there is no safe place. Everywhere else, once is once.
    between = {"after sns:Publish", "before dynamodb:UpdateItem", "after dynamodb:UpdateItem"}
    assert twice.keys() <= between  # a mail is out, and not all of its alerts are marked


@pytest.mark.fault("crash", "A function ends twice", "no match is lost, and none counts twice")
@pytest.mark.parametrize("number", [5, pytest.param(40, marks=pytest.mark.exhaustive)])
def test_two_crashes_lose_nothing(pipeline: Pipeline, figure: Figure, number: int) -> None:
    points = list(crash_points(pipeline))
    pairs = random.Random(1).sample(list(itertools.combinations(points, 2)), number)
    told = Counter[int]()
    for pair in pairs:
        told.update(crashed(pipeline, *pair).values())
    report(f"{len(pairs)} pairs of crashes; in how many mails an alert is: {dict(told)}")
    figure("pairs of crashes", len(pairs))
    assert max(told) <= 3


@pytest.mark.fault(
    "crash",
    "A function ends whenever a message comes",
    "the message is a dead letter, with an alarm",
)
def test_a_message_that_always_crashes_ends_as_a_dead_letter(
    pipeline: Pipeline, world: World
) -> None:
    first = len(pipeline.faults.calls) + 1
    pipeline.faults.at = {(n, "before") for n in range(first, first + 5)}
    pipeline.run([happened(A_USER)])
    assert pipeline.dead_letters == [happened(A_USER)]
    assert world.alerts() == {}


@pytest.mark.fault("duplicate", "A message is delivered two and seven times", "people hear once")
@pytest.mark.parametrize("times", [2, 7])
def test_what_is_delivered_many_times_is_told_once(
    pipeline: Pipeline, world: World, times: int
) -> None:
    bodies = messages(world) * times
    random.Random(times).shuffle(bodies)
    pipeline.run(bodies, batch_size=3)
    assert world.told() == EXPECTED
    assert set(pipeline.mails().values()) == {1}
    assert len(world.sent("machines")) == len(EXPECTED)


@pytest.mark.fault(
    "order",
    "Files and events come in all orders, over both paths",
    "the alerts are the same, and people hear once",
)
@pytest.mark.parametrize("step", [5, pytest.param(1, marks=pytest.mark.exhaustive)])
def test_every_order_of_both_paths_gives_the_same(
    pipeline: Pipeline, figure: Figure, step: int
) -> None:
    """Files, and the events in them by the fast path, in all orders."""
    orders = list(itertools.permutations(range(4)))[::step]
    told = Counter[int]()
    for order in orders:
        again(pipeline)
        bodies = messages(pipeline.world)
        pipeline.run([bodies[place] for place in order], batch_size=1)
        assert pipeline.world.told() == EXPECTED
        told.update(pipeline.mails().values())
    report(f"{len(orders)} orders; in how many mails an alert is: {dict(told)}")
    figure("orders", len(orders))
    assert set(told) == {1}


@pytest.mark.fault(
    "throttling",
    "DynamoDB and SNS throttle a part of the calls, in bursts",
    "alerts come later, and none is lost",
)
@pytest.mark.parametrize("seed", some(6))
def test_throttling_delays_and_loses_nothing(pipeline: Pipeline, figure: Figure, seed: int) -> None:
    refuses = throttled(seed, 0.08, services=["dynamodb", "sns"])
    refused: list[str] = []

    def counting(service: str, operation: str) -> str:
        code = refuses(service, operation)
        refused.extend([code] if code else [])
        return code

    pipeline.faults.refuses = counting
    pipeline.run(messages(pipeline.world), batch_size=2)
    dead, pipeline.dead_letters = pipeline.dead_letters, []
    pipeline.faults.refuses = lambda *_: ""
    pipeline.run(dead)  # as `trailwarden redrive` does
    figure("refused calls", len(refused))
    assert refused
    assert pipeline.world.told() == EXPECTED
    assert min(pipeline.mails().values()) >= 1


@pytest.mark.fault("throttling", "SNS takes nothing", "alerts wait, and then people hear once")
def test_while_sns_takes_nothing_alerts_wait(pipeline: Pipeline, world: World) -> None:
    pipeline.faults.refuses = throttled(1, 1, services=["sns"])
    pipeline.detect([(body, 0) for body in messages(world)])
    pipeline.dispatch()
    assert {"pending_shard" in item for item in world.alerts().values()} == {True}
    assert pipeline.mails().total() == 0
    pipeline.faults.refuses = lambda *_: ""
    pipeline.sweep()
    assert set(pipeline.mails().values()) == {1}


@pytest.mark.fault(
    "duplicate",
    "Three functions get the same messages at the same time",
    "people hear once",
)
@pytest.mark.parametrize("seed", some(25))
def test_concurrent_duplicates_are_told_once(pipeline: Pipeline, world: World, seed: int) -> None:
    """Three detectors get the same at the same time, then three dispatchers do."""
    bodies = messages(world)
    rng = random.Random(seed)
    shuffled = [rng.sample(bodies, len(bodies)) for _ in range(3)]
    turns = Turns(seed)
    turns.run([lambda b=b: detect.handler(batch(*b), PLENTY_OF_TIME) for b in shuffled])  # type: ignore[misc]
    assert world.told() == EXPECTED
    changes = world.changes()
    turns.run([lambda: dispatch.handler({"Records": changes}, None)] * 3)
    pipeline.dispatch()
    pipeline.sweep()
    assert world.told() == EXPECTED
    assert set(pipeline.mails().values()) == {1}


@pytest.mark.parametrize("seed", some(10))
def test_matches_that_come_while_an_alert_is_sent_are_told_of(
    pipeline: Pipeline, world: World, seed: int
) -> None:
    """Ten users are made while somebody hears of the first: people hear again, at ten."""
    users = [created(minute=minute) for minute in range(10)]
    detect.handler(batch(happened(users[0])), PLENTY_OF_TIME)
    changes = world.changes()
    late = [users[1:5], users[5:]]
    turns = Turns(seed)
    turns.run(
        [
            lambda: dispatch.handler({"Records": changes}, None),
            *(
                lambda some=some: detect.handler(batch(*map(happened, some)), PLENTY_OF_TIME)
                for some in late
            ),
        ]
    )
    pipeline.dispatch()
    pipeline.sweep()
    [stored] = world.stored().values()
    assert (stored.alert.count, stored.told, stored.pending_since) == (10, 10, None)
    [times] = pipeline.mails().values()
    assert times in {1, 2}


@pytest.mark.fault(
    "rule",
    "A rule never ends, so that its invocation does",
    "its message is a dead letter, and the others are told",
)
def test_a_rule_that_never_ends_costs_its_message_alone(
    pipeline: Pipeline, world: World, assembled: Callable[..., None]
) -> None:
    def never_ends(event: Event) -> None:
        if event.user_identity.is_root:
            pipeline.faults.end()

    assembled(CREATED, a_rule("endless", "signin:ConsoleLogin", detect=never_ends))
    pipeline.run([happened(ROOT), happened(A_USER)], batch_size=1)
    assert pipeline.dead_letters == [happened(ROOT)]
    assert {stored.alert.rule.id for stored in world.stored().values()} == {CREATED.id}
    assert set(pipeline.mails().values()) == {1}


@pytest.mark.fault(
    "own events",
    "CloudTrail records each call of the functions, and the pipeline reads the records",
    "they make no alerts, and so no further calls",
)
def test_what_the_functions_call_starts_no_loop(
    pipeline: Pipeline, world: World, assembled: Callable[..., None]
) -> None:
    """All rules look at the calls that the first file brought about, then at those about these."""
    assembled(*catalog.load().rules)
    pipeline.run([world.upload([A_USER, ROOT], "first")])
    told = world.told()
    assert told
    for turn in range(3):
        calls, pipeline.faults.calls = pipeline.faults.calls, []
        role = assumed_role("Trailwarden-DetectFunctionRole")
        records = [record(call, role, minute=n / 100) for n, call in enumerate(calls)]
        pipeline.run([world.upload(records, f"own-{turn}")])
        assert world.told() == told
    assert len(pipeline.faults.calls) <= len(calls)


def test_the_crash_is_none_that_a_handler_can_catch() -> None:
    assert not issubclass(Crash, Exception)
