"""What adds up, whatever others put into the table or write into their requests."""

import random
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from boto3.dynamodb.types import Binary
from botocore.exceptions import ClientError

from tests.aws.world import World
from trailwarden.aws.history import DynamoHistory
from trailwarden.aws.packing import deflated, inflated
from trailwarden.detection.correlation import ValueCount
from trailwarden.detection.grouping import by_actor
from trailwarden.detection.history import Group
from trailwarden.detection.observation import Observation
from trailwarden.detection.thinning import Thinned

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
START = datetime(2025, 6, 2, 1, tzinfo=UTC)
GROUP = "111122223333/arn:aws:iam::111122223333:role/stolen"
RANDOM = random.Random(5)
SESSIONS = 25


@pytest.fixture(autouse=True)
def refusing(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have moto refuse an update that makes an item too large, rather than refuse and make it."""
    update: Any = world.table.update_item

    def undone(**request: Any) -> Any:
        before = world.table.get_item(Key=request["Key"]).get("Item")
        try:
            return update(**request)
        except ClientError:
            world.table.delete_item(Key=request["Key"])
            if before:
                world.table.put_item(Item=before)
            raise

    monkeypatch.setattr(world.table, "update_item", undone)


def pair(timespan: timedelta) -> ValueCount:
    return ValueCount(at_least=2, timespan=timespan, group_by=by_actor)


def seen(minute: float, label: str, **texts: Any) -> Observation:
    time = START + timedelta(minutes=minute)
    return Observation(time, f"event-{minute}-{label}", label, GROUP)._replace(**texts)


def noise(minute: float) -> list[Observation]:
    """Return what a rule sees of many sessions, each with a name that nothing makes shorter."""
    return [
        seen(minute, f"{session}-{n}", session=f"{session}", user_agent=RANDOM.randbytes(500).hex())
        for session in range(SESSIONS)
        for n in range(30)
    ]


def added_up(world: World, timespan: timedelta, *new: Observation, beside: int = 0) -> list[str]:
    """Return the labels that add up, as an execution environment sees it that is new."""
    some = [Group("rule", GROUP, pair(timespan), new)]
    if beside:
        loud = ValueCount(at_least=31, timespan=timespan, group_by=by_actor)
        some.append(Group("loud", GROUP, loud, noise(beside)))
    chosen, *_ = DynamoHistory(world.table).add_up(some)
    return [one.label for one in chosen]


@pytest.mark.parametrize("timespan", [HOUR, DAY], ids=["hour", "day"])
def test_no_rule_is_hidden_by_what_fills_the_item_of_another(
    world: World, timespan: timedelta
) -> None:
    added_up(world, timespan, seen(0, "first"), beside=1)
    assert added_up(world, timespan, seen(9, "second")) == ["first", "second"]


@pytest.mark.parametrize("timespan", [HOUR, DAY], ids=["hour", "day"])
def test_no_rule_is_hidden_by_an_item_that_was_full_before(
    world: World, timespan: timedelta
) -> None:
    for minute in range(1, 4):
        added_up(world, timespan, seen(0, "first"), beside=minute)
    added_up(world, timespan, seen(5, "third"))
    found = added_up(world, timespan, seen(9, "second"), beside=6)
    assert found == ["first", "third", "second"]


@pytest.mark.parametrize("timespan", [HOUR, DAY], ids=["hour", "day"])
@pytest.mark.parametrize("value", [b"none", deflated([1]), deflated([["rule", [], 0]])])
def test_what_no_function_wrote_hides_nothing(
    world: World, timespan: timedelta, value: bytes
) -> None:
    added_up(world, timespan, seen(0, "first"))
    items: list[Any] = world.table.scan()["Items"]
    [item] = items
    if timespan == DAY:
        item["seen"] = {*item["seen"], Binary(value)}
    else:
        key = inflated(bytes(item["seen"])).split(b'"')[1].decode()
        item |= {"sk": str(item["sk"]) + "0", "seen": Binary(deflated({key: ["none", [1]]}))}
    world.table.put_item(Item=item)
    assert added_up(world, timespan, seen(9, "second")) == ["first", "second"]


@pytest.mark.parametrize("foreign", ["text", 7, {"text"}, ["list"], None], ids=type)
def test_an_item_that_somebody_else_wrote_hides_nothing(world: World, foreign: object) -> None:
    added_up(world, DAY, seen(0, "before"))
    [item] = world.table.scan()["Items"]
    world.table.put_item(Item={**item, "seen": foreign})  # type: ignore[dict-item]
    added_up(world, DAY, seen(3, "first"))
    assert added_up(world, DAY, seen(9, "second")) == ["first", "second"]


def test_a_day_is_written_as_what_is_different(world: World) -> None:
    """Ten labels of an ordinary group take one unit."""
    history = DynamoHistory(world.table)
    asked = ValueCount(at_least=30, timespan=DAY, group_by=by_actor)
    shown = [
        seen(minute, f"ec2:Describe{minute}", actor=GROUP, user_agent=RANDOM.randbytes(20).hex())
        for minute in range(10)
    ]
    agent = shown[0].user_agent
    for one in shown:
        list(history.add_up([Group("rule", GROUP, asked, [one._replace(user_agent=agent)])]))
    [item] = world.table.scan()["Items"]
    values: Any = item["seen"]
    assert len(values) == 10
    assert sum(len(bytes(value)) for value in values) < 850


def test_what_is_different_is_written_whole_where_the_rest_is_gone(world: World) -> None:
    history = DynamoHistory(world.table)

    def told(*new: Observation) -> list[str]:
        [chosen] = history.add_up([Group("rule", GROUP, pair(DAY), new)])
        return [one.label for one in chosen]

    told(seen(0, "first"))
    [item] = world.table.scan()["Items"]
    world.table.delete_item(Key={name: item[name] for name in ("pk", "sk")})
    told(seen(3, "third"))
    assert added_up(world, DAY, seen(9, "second")) == ["third", "second"]


@pytest.mark.exhaustive
def test_a_transaction_is_no_larger_than_dynamodb_takes(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    history = DynamoHistory(world.table)
    client = history._table.meta.client
    sizes: list[int] = []
    write: Any = client.transact_write_items

    def limited(**request: Any) -> Any:
        values = (
            bytes(value)
            for one in request["TransactItems"]
            for value in one["Update"]["ExpressionAttributeValues"][":seen"]
        )
        sizes.append(sum(map(len, values)))
        if sizes[-1] > 4_000_000:
            raise ClientError({"Error": {"Code": "ValidationException"}}, "TransactWriteItems")
        return write(**request)

    monkeypatch.setattr(client, "transact_write_items", limited)
    loud = ValueCount(at_least=1000, timespan=DAY, group_by=by_actor)
    groups = [
        Group(
            "loud", f"{GROUP}{n}", loud, [o._replace(group=f"{GROUP}{n}") for o in noise(1)[:200]]
        )
        for n in range(41)
    ]
    assert all(not chosen for chosen in history.add_up(groups))
    assert history.left_out == 0


def test_many_sessions_cost_no_more_than_they_are() -> None:
    """An intruder chooses names of sessions, and each session is a hand of its own."""
    asked = 0

    class Label(str):
        __slots__ = ()

        def __hash__(self) -> int:
            nonlocal asked
            asked += 1
            return str.__hash__(self)

    def cost(number: int) -> int:
        nonlocal asked
        asked, labels = 0, [Label(f"label {n}") for n in range(3)]
        kept = Thinned(ValueCount(at_least=31, timespan=DAY, group_by=by_actor))
        for n in range(number):
            one = seen(n / 100, labels[n % 3], session=f"session {n}")
            assert len(kept.labels_near(one.time, 31)) == min(n, 3)
            kept.add(one)
        return asked

    assert cost(400) < 5 * cost(100)
