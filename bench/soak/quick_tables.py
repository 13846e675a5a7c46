"""Has moto find items by their keys, and copy only those that a transaction writes.

moto sorts its whole table for each query, and copies all tables with their streams for each
transaction. For each value that it sends it tries some dozen spellings of each field. Nothing of
the pipeline can help that.
"""

import copy
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any, cast

from moto.core.serialize import JSONSerializer
from moto.dynamodb import models
from moto.dynamodb.models import DynamoDBBackend
from moto.dynamodb.models.dynamo_type import DynamoType
from moto.dynamodb.models.table import Table

_asked = threading.local()
_query, _all_items = Table.query, Table.all_items
_transact = DynamoDBBackend.transact_write_items
_serialize = JSONSerializer._serialize_type_structure

_AS_SENT = frozenset({"BOOL", "N", "NS", "NULL", "S", "SS"})
"""The kinds of values that moto holds as it sends them."""


@contextmanager
def quick_tables() -> Iterator[None]:
    """Have the tables of this process answer in the time that the asked items take."""
    table, backend, module, serializer = cast(
        "Any", (Table, DynamoDBBackend, models, JSONSerializer)
    )
    table.query, table.all_items = _query_by_key, _asked_for
    backend.transact_write_items = _transact_with_few_copies
    module.copy = SimpleNamespace(copy=copy.copy, deepcopy=_copied)
    serializer._serialize_type_structure = _serialize_quickly
    try:
        yield
    finally:
        table.query, table.all_items = _query, _all_items
        backend.transact_write_items, module.copy = _transact, copy
        serializer._serialize_type_structure = _serialize


def _query_by_key(table: Table, hash_key: DynamoType | None, *given: Any, **named: Any) -> Any:
    is_of_index = "pending" in (named.get("index_name"), *given)
    _asked.key = None if is_of_index else hash_key
    _asked.waiting = is_of_index
    try:
        return _query(table, hash_key, *given, **named)
    finally:
        _asked.key, _asked.waiting = None, False


def _asked_for(table: Table) -> list[Any]:
    key = getattr(_asked, "key", None)
    if key is not None:
        return [*table.items.get(key, {}).values()]
    items = [item for below in list(table.items.values()) for item in list(below.values())]
    if getattr(_asked, "waiting", False):
        return [item for item in items if "pending_shard" in item.attrs]
    return sorted(items, key=lambda item: (item.hash_key.value, item.range_key.value))


def _serialize_quickly(
    serializer: JSONSerializer, serialized: Any, value: Any, shape: Any, key: str
) -> None:
    """Send a value as it is, where moto would make the same of it."""
    if shape.name == "AttributeValue" and value.__class__ is dict and value.keys() <= _AS_SENT:
        serialized[key] = value
    else:
        _serialize(serializer, serialized, value, shape, key)


def _copied(value: Any) -> Any:
    """Return a table as it is, and a copy of all else: a transaction undoes its writes."""
    return value if isinstance(value, Table) else copy.deepcopy(value)


def _transact_with_few_copies(backend: Any, transact_items: list[dict[str, Any]]) -> None:
    """Write a transaction, and put back the items that it changed where it is cancelled."""
    places = [_place(backend, one) for one in transact_items]
    before = [(place, copy.deepcopy(_item(*place))) for place in places]
    streamed = [(table.stream_shard.items, len(table.stream_shard.items)) for table, *_ in places]
    try:
        _transact(backend, transact_items)
    except BaseException:
        for (table, pk, sk), item in before:
            table.items[pk].pop(sk, None)
            if item is not None:
                table.items[pk][sk] = item
        for records, many in streamed:
            del records[many:]
        raise


def _place(backend: Any, one: dict[str, Any]) -> tuple[Any, DynamoType, DynamoType]:
    [written] = one.values()
    key = written.get("Key") or written["Item"]
    return backend.tables[written["TableName"]], DynamoType(key["pk"]), DynamoType(key["sk"])


def _item(table: Any, pk: DynamoType, sk: DynamoType) -> Any:
    return table.items.get(pk, {}).get(sk)
