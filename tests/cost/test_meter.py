from collections import Counter
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.dynamodb.models import dynamodb_backends

from tests.aws.world import REGION, TABLE, World
from tests.cost.meter import Meter, size

KEY = {"pk": "ALERT#1", "sk": "A"}


@pytest.fixture
def meter(world: World) -> Iterator[Meter]:
    assert world.table.name == TABLE
    meter = Meter(dynamodb_backends[DEFAULT_ACCOUNT_ID][REGION].tables[TABLE])
    with meter.running():
        yield meter


@pytest.fixture
def table(meter: Meter) -> Any:
    assert not meter.counts
    return boto3.resource("dynamodb").Table(TABLE)


def units(meter: Meter) -> Counter[str]:
    counts = meter.taken()
    return Counter({name: counts[name] for name in ("writes", "half reads")})


def test_a_write_costs_a_unit_for_each_kilobyte_begun(meter: Meter, table: Any) -> None:
    table.put_item(Item={**KEY, "text": "x" * 900})
    assert units(meter)["writes"] == 1
    table.put_item(Item={**KEY, "text": "x" * 1100})
    assert units(meter)["writes"] == 2


def test_what_is_replaced_counts_where_it_is_larger(meter: Meter, table: Any) -> None:
    table.put_item(Item={**KEY, "text": "x" * 3000})
    meter.taken()
    table.put_item(Item=KEY)
    assert units(meter)["writes"] == 3


def test_a_write_that_its_condition_refuses_costs_as_much(meter: Meter, table: Any) -> None:
    table.put_item(Item={**KEY, "text": "x" * 1100})
    meter.taken()
    with pytest.raises(Exception, match="ConditionalCheckFailed"):
        table.put_item(Item=KEY, ConditionExpression="attribute_not_exists(pk)")
    assert units(meter)["writes"] == 2


def test_the_index_is_written_too(meter: Meter, table: Any) -> None:
    pending = {"pending_shard": "1", "pending_since": "2025"}
    table.put_item(Item={**KEY, **pending})
    assert units(meter)["writes"] == 2
    table.update_item(Key=KEY, UpdateExpression="REMOVE pending_shard, pending_since")
    assert units(meter)["writes"] == 2
    table.update_item(Key=KEY, UpdateExpression="SET a = :a", ExpressionAttributeValues={":a": "1"})
    assert units(meter)["writes"] == 1


def test_a_read_costs_half_where_it_may_be_old(meter: Meter, table: Any) -> None:
    table.get_item(Key=KEY)
    assert units(meter)["half reads"] == 1
    table.get_item(Key=KEY, ConsistentRead=True)
    assert units(meter)["half reads"] == 2


def test_a_query_costs_what_it_returns_together(meter: Meter, table: Any) -> None:
    for number in range(3):
        table.put_item(Item={"pk": "H", "sk": str(number), "text": "x" * 2000})
    meter.taken()
    table.query(
        KeyConditionExpression="pk = :pk",
        ExpressionAttributeValues={":pk": "H"},
        ConsistentRead=True,
    )
    assert units(meter)["half reads"] == 2 * 2


def test_the_size_of_an_item_is_that_of_names_and_values() -> None:
    assert size({"pk": {"S": "é"}, "n": {"N": "123"}, "set": {"SS": ["a", "bc"]}}) == 4 + 4 + 6
    assert size({"m": {"M": {"k": {"L": [{"BOOL": True}]}}}}) == 1 + (3 + 1) + 1 + (3 + 1 + 1)
