"""Counts the matches of an alert by marks: a repeated match has the same mark, and adds nothing.

The first marks are in the alert's item. The others are apart from it in small items, so that a
further match costs one unit however much the alert has grown. A mark has a seal of its own.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from typing import TYPE_CHECKING, Any

from boto3.dynamodb.conditions import Key
from boto3.dynamodb.types import Binary

from trailwarden.aws.clock import KEPT, expiry
from trailwarden.contract.table import MARKS

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from mypy_boto3_dynamodb.service_resource import Table

    from trailwarden.aws.seal import Seal

MOST_MATCHES = 2000
"""How many matches are counted: beyond the last time that people hear of it."""

BUCKETS = 32
"""Over how many items the marks are spread: each stays below one unit."""

ONE_BY_ONE = 4
"""Up to so many of the items are written one by one; more of them together."""

_HALF = 6
"""How many bytes tell a match, and how many are the seal of that."""


def mark_of(seal: Seal, alert_id: str, event: str) -> bytes:
    """Return the mark of an event in the count of an alert."""
    return _sealed(seal, alert_id, hashlib.sha256(event.encode("utf-8", "replace")).digest())


def is_sound(mark: object, seal: Seal, alert_id: str) -> bool:
    """Say whether a function made a mark for this alert."""
    value = _raw(mark)
    if len(value) != 2 * _HALF:
        return False
    name, told = value[:_HALF], value[_HALF:].hex()
    return seal.holds_start(told, 2 * _HALF, "mark", alert_id, name.hex())


class Marks:
    """The marks of one table that are apart from their alerts."""

    def __init__(self, table: Table, seal: Seal) -> None:
        self._table, self._seal = table, seal

    def add(self, alert_id: str, marks: Iterable[bytes]) -> None:
        """Add marks, which may be done again."""
        buckets: defaultdict[int, set[Binary]] = defaultdict(set)
        for mark in marks:
            buckets[mark[0] % BUCKETS].add(Binary(mark))
        updates = [_update(alert_id, number, some) for number, some in sorted(buckets.items())]
        client, name = self._table.meta.client, self._table.name
        if len(updates) > ONE_BY_ONE:
            together: Any = [{"Update": {"TableName": name, **update}} for update in updates]
            try:
                client.transact_write_items(TransactItems=together)
            except client.exceptions.TransactionCanceledException:
                pass  # somebody else adds to one of them, too
            else:
                return
        for update in updates:
            self._table.update_item(**update)

    def of(self, alert_id: str) -> set[bytes]:
        """Return the marks of an alert that are apart from it; foreign ones count for nothing."""
        found: set[bytes] = set()
        start: dict[str, Any] = {}
        while True:
            page = self._table.query(
                KeyConditionExpression=Key("pk").eq(f"{MARKS}{alert_id}"),
                ConsistentRead=True,
                **start,
            )
            for item in page["Items"]:
                found |= self._sound(item.get("marks"), alert_id)
            if "LastEvaluatedKey" not in page:
                return found
            start = {"ExclusiveStartKey": page["LastEvaluatedKey"]}

    def _sound(self, marks: object, alert_id: str) -> set[bytes]:
        some: Collection[object] = marks if isinstance(marks, (set, frozenset)) else ()
        return {_raw(mark) for mark in some if is_sound(mark, self._seal, alert_id)}


def _raw(mark: Any) -> bytes:
    is_binary = isinstance(mark, (Binary, bytes, bytearray))
    return bytes(mark) if is_binary else b""


def _sealed(seal: Seal, alert_id: str, name: bytes) -> bytes:
    return name[:_HALF] + bytes.fromhex(seal.of("mark", alert_id, name[:_HALF].hex()))[:_HALF]


def _update(alert_id: str, bucket: int, marks: set[Binary]) -> Mapping[str, Any]:
    return {
        "Key": {"pk": f"{MARKS}{alert_id}", "sk": f"{bucket:02}"},
        "UpdateExpression": "ADD marks :marks SET expires = :expires",
        "ExpressionAttributeValues": {":marks": marks, ":expires": expiry(KEPT)},
    }
