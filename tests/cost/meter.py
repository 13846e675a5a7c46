"""Counts what calls of AWS are charged for, as the handlers make them."""

import json
from base64 import b64decode
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from math import ceil
from typing import Any, TypeAlias

import boto3
from moto.dynamodb.models.dynamo_type import DynamoType
from moto.dynamodb.models.table import Table

from trailwarden.contract.table import EVALUATED

Item: TypeAlias = Mapping[str, Mapping[str, Any]]
"""An item of DynamoDB as it goes over the wire."""

WRITE_UNIT, READ_UNIT = 1024, 4096
PUBLISH_UNIT = 64 * 1024
INDEX_KEY = "pending_shard"
"""What an item has that is in the index, which has all of its attributes."""


class Meter:
    """Counts request units of one table, and requests of everything else.

    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/on-demand-capacity-mode.html
    """

    def __init__(self, table: Table) -> None:
        self.counts: Counter[str] = Counter()
        self._table = table
        self._asked: Mapping[str, Any] = {}
        self._before: list[Item] = []

    @contextmanager
    def running(self) -> Iterator["Meter"]:
        """Count the calls of the clients that are made from now on."""
        events: Any = boto3.DEFAULT_SESSION.events  # type: ignore[union-attr]
        events.register_first("before-call", self._note)
        events.register_first("after-call", self._count)
        try:
            yield self
        finally:
            events.unregister("before-call", self._note)
            events.unregister("after-call", self._count)

    def taken(self) -> Counter[str]:
        """Return what was counted since this was asked last."""
        counts, self.counts = self.counts, Counter()
        return counts

    def _note(self, model: Any, params: Mapping[str, Any], **_: Any) -> None:
        service, name = model.service_model.service_name, model.name
        self.counts[f"{service}:{name}"] += 1
        if service == "dynamodb":
            self._asked = json.loads(params["body"])
            if name in _WRITES:
                self._before = [self._item(key) for key in _keys(name, self._asked)]
        if service == "sns" and name == "Publish":
            size = len(str(params["body"].get("Message", "")).encode())
            self.counts["publishes"] += max(1, ceil(size / PUBLISH_UNIT))

    def _count(self, model: Any, http_response: Any, **_: Any) -> None:
        if model.service_model.service_name != "dynamodb":
            return
        answer = json.loads(http_response.content)  # what is parsed is of Python's types by now
        if model.name in _WRITES:
            factor = 2 if model.name == "TransactWriteItems" else 1
            keys = _keys(model.name, self._asked)
            pairs = zip(self._before, map(self._item, keys), strict=True)
            of_files = all(key["pk"]["S"].startswith(EVALUATED) for key in keys)
            kind = "file writes" if of_files else "writes"
            self.counts[kind] += factor * sum(_written(old, new) for old, new in pairs)
        else:
            self.counts["half reads"] += _read(model.name, self._asked, answer)

    def _item(self, key: Item) -> Item:
        stored = self._table.items.get(DynamoType(dict(key["pk"])), {})
        found: Any = stored.get(DynamoType(dict(key["sk"])))
        return found.to_json()["Attributes"] if found else {}


_WRITES = ("BatchWriteItem", "DeleteItem", "PutItem", "TransactWriteItems", "UpdateItem")


def _keys(name: str, asked: Mapping[str, Any]) -> list[Item]:
    """Return the keys of the items that a request writes."""
    if name == "BatchWriteItem":
        requests = (r for some in asked["RequestItems"].values() for r in some)
        return [_key(next(iter(request.values()))) for request in requests]
    if name == "TransactWriteItems":
        return [_key(next(iter(request.values()))) for request in asked["TransactItems"]]
    return [_key(asked)]


def _key(asked: Mapping[str, Any]) -> Item:
    whole = asked.get("Key") or asked["Item"]
    return {name: whole[name] for name in ("pk", "sk")}


def _written(old: Item, new: Item) -> int:
    """Return the units of a write, or of one that its condition refused."""
    units = _units(max(size(old), size(new)), WRITE_UNIT)
    was, is_ = INDEX_KEY in old, INDEX_KEY in new
    if old == new or not (was or is_):
        return units
    moved = was and is_ and old[INDEX_KEY] != new[INDEX_KEY]
    return units + _units(size(new if is_ else old), WRITE_UNIT) * (2 if moved else 1)


def _read(name: str, asked: Mapping[str, Any], answer: Mapping[str, Any]) -> int:
    """Return the halves of units of a read: one that is eventually consistent costs half."""
    if name == "GetItem":
        units = _units(size(answer.get("Item", {})), READ_UNIT)
    elif name == "BatchGetItem":
        found = [item for some in answer["Responses"].values() for item in some]
        missing = sum(len(one["Keys"]) for one in asked["RequestItems"].values()) - len(found)
        consistent = all(one.get("ConsistentRead") for one in asked["RequestItems"].values())
        return (sum(_units(size(item), READ_UNIT) for item in found) + missing) * (1 + consistent)
    elif name in ("Query", "Scan"):
        units = _units(sum(map(size, answer["Items"])), READ_UNIT)
    else:
        raise AssertionError(f"say what {name} costs")
    return units * (2 if asked.get("ConsistentRead") else 1)


def _units(size: int, unit: int) -> int:
    return max(1, ceil(size / unit))


def size(item: Item) -> int:
    """Return the bytes of an item, as DynamoDB counts them.

    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
    """
    return sum(len(name.encode()) + _size(value) for name, value in item.items())


def _size(value: Mapping[str, Any]) -> int:
    [(kind, content)] = value.items()
    return _SIZES[kind](content)


_SIZES: Mapping[str, Callable[[Any], int]] = {
    "S": lambda text: len(text.encode("utf-8", "surrogatepass")),
    "N": lambda number: len(number) // 2 + 2,
    "B": lambda data: len(data if isinstance(data, bytes) else b64decode(data)),
    "BOOL": lambda _: 1,
    "NULL": lambda _: 1,
    "SS": lambda texts: sum(_size({"S": text}) for text in texts),
    "NS": lambda numbers: sum(_size({"N": number}) for number in numbers),
    "BS": lambda datas: sum(_size({"B": data}) for data in datas),
    "L": lambda values: 3 + sum(1 + _size(value) for value in values),
    "M": lambda values: 3 + len(values) + size(values),
}
