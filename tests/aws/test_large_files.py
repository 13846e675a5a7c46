"""A legal file of the greatest size takes bounded work, whatever is in it."""

from collections.abc import Callable
from itertools import islice
from pathlib import Path

import pytest
from boto3.dynamodb.types import TypeSerializer

from tests.aws.large import RECORDS, Work, content
from tests.aws.largest_file import done_with, work
from tests.aws.test_flood import ACTIONS, MOST_CALLS, from_queue, sent
from tests.aws.world import PLENTY_OF_TIME, World, happened
from tests.cost.meter import Meter, size
from trailwarden import catalog
from trailwarden.aws.detector import MOST_PARTS
from trailwarden.cloudtrail.samples import denied, iam_user, record
from trailwarden.cloudtrail.values import Record
from trailwarden.handlers import detect
from trailwarden.rules.trailwarden.log_file_flooded import RULE as FLOODED
from trailwarden.scenario import benign

__all__ = ["sent", "work"]

MANY = 8_000
"""Of more records no more is held: what grows with them is processor time alone."""

MOST_SECONDS = 60
MOST_MEGABYTES = 400
OF_THE_RUNTIME = 120
"""What the functions take before they do anything."""

DASHBOARD = list(islice(benign.day(3_000), 3_000))
SOME = {"each of another actor is refused": 2_900, "each another alert": 700}
"""How many actors do it, each many times."""

STOPPED = record("cloudtrail:StopLogging", iam_user("eve"), requestParameters={"name": "main"})
KINDS = {
    "one actor is refused": [denied(action, iam_user("eve")) for action in ACTIONS],
    "each of another actor is refused": [denied(action, iam_user("u<n>")) for action in ACTIONS],
    "harmless": DASHBOARD,
    "each another alert": [
        record("iam:CreateUser", iam_user("m<n>"), requestParameters={"userName": "x<n>"}),
        record("cloudtrail:StopLogging", iam_user("m<n>"), requestParameters={"name": "t<n>"}),
    ],
}


@pytest.mark.parametrize(
    "kind",
    [
        "one actor is refused",
        "harmless",
        pytest.param("each of another actor is refused", marks=pytest.mark.exhaustive),
        pytest.param("each another alert", marks=pytest.mark.exhaustive),
    ],
)
def test_a_file_takes_few_calls_whatever_is_in_it(
    world: World, work: Work, sent: list[str], kind: str
) -> None:
    message = world.upload([], content=content(KINDS[kind], count=MANY))
    with work.measured():
        assert detect.handler(from_queue(message), PLENTY_OF_TIME) == {"batchItemFailures": []}
    assert work.of_dynamodb <= MOST_CALLS
    assert work.megabytes <= MOST_MEGABYTES - OF_THE_RUNTIME
    rules = {str(item["rule_id"]) for item in world.alerts().values()}
    assert (FLOODED.id in rules) == kind.startswith("each")
    assert len(sent) == (MOST_PARTS - 1 if FLOODED.id in rules else 0)
    if sent:
        with work.measured():
            detect.handler(from_queue(sent[0]), PLENTY_OF_TIME)
        assert work.of_dynamodb <= MOST_CALLS


@pytest.mark.exhaustive
@pytest.mark.alone
@pytest.mark.parametrize(
    ("kind", "different"), [*((kind, RECORDS) for kind in KINDS), *SOME.items()]
)
def test_the_largest_file_takes_bounded_work_whatever_is_in_it(
    tmp_path: Path, kind: str, different: int
) -> None:
    for done in done_with(content(KINDS[kind], different=different), tmp_path):
        assert done.calls <= MOST_CALLS
        assert done.seconds <= MOST_SECONDS
        assert done.megabytes <= MOST_MEGABYTES - OF_THE_RUNTIME


@pytest.mark.parametrize("count", [MANY, pytest.param(RECORDS, marks=pytest.mark.exhaustive)])
def test_the_largest_file_takes_little_memory_and_its_alert_is_small(
    world: World, work: Work, count: int
) -> None:
    message = world.upload([], content=content([STOPPED], count=count))
    with work.measured():
        assert detect.handler(from_queue(message), PLENTY_OF_TIME) == {"batchItemFailures": []}
    assert work.of_dynamodb <= MOST_CALLS
    assert work.modelled_seconds(RECORDS / count) <= MOST_SECONDS
    assert work.megabytes <= MOST_MEGABYTES - OF_THE_RUNTIME
    [item] = world.alerts().values()
    assert size({name: TypeSerializer().serialize(value) for name, value in item.items()}) < 100_000


@pytest.mark.exhaustive
@pytest.mark.parametrize("many", [MANY, pytest.param(50_000, marks=pytest.mark.exhaustive)])
def test_a_further_event_reads_as_much_after_many_as_after_1_000(
    world: World, work: Work, assembled: Callable[..., None], many: int
) -> None:
    reads = []
    for known in (1_000, many):
        world.reset()
        assembled(*catalog.load().rules)
        refused = KINDS["one actor is refused"]
        detect.handler(
            from_queue(world.upload([], content=content(refused, count=known))), PLENTY_OF_TIME
        )
        with Meter(world.backend).running() as meter, work.measured():
            detect.handler(from_queue(happened(_later(refused[0]))), PLENTY_OF_TIME)
        reads.append(meter.counts["half reads"])
        assert work.of_dynamodb <= 15
    assert reads[1] <= reads[0]


def _later(one: Record) -> Record:
    return {**one, "eventTime": "2025-06-02T12:05:01Z"}
