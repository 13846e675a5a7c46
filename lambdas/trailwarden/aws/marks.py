"""Counts the matches of an alert by marks: a repeated match has the same mark, and adds nothing.

The first marks are in the alert's item. The others are apart from it, in small items. So a further
match costs one unit, even when the alert has grown large. A mark has a seal of its own.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from boto3.dynamodb.conditions import Key
from boto3.dynamodb.types import Binary
from botocore.exceptions import ClientError

from trailwarden.aws.clock import KEPT, expiry
from trailwarden.aws.failures import is_invalid
from trailwarden.contract.table import MARKS, digest

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence, Set

    from mypy_boto3_dynamodb.service_resource import Table

    from trailwarden.aws.seal import Seal

MOST_MATCHES = 2000
"""How many matches are counted: beyond the last time that people hear of it."""

BUCKETS = 32
"""Over how many items the marks are spread: each stays below one unit."""

ONE_BY_ONE = 4
"""Up to so many marks are written one by one; more of them into an item of their own."""

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

    def add(
        self, alert_id: str, marks: Iterable[bytes], *, known: Set[bytes] = frozenset()
    ) -> Set[bytes]:
        """Add marks, which may be done again; return them with the `known` and some of others.

        Of who adds many, the last one learns all. Few tell of those in the same items.
        """
        some = sorted(marks)
        if len(some) > ONE_BY_ONE:
            self._put(alert_id, some)
            return self.of(alert_id, known=known | {*some})
        found = {*known, *some}
        for mark in some:
            item = self._add(alert_id, mark)
            found |= self._sound(item.get("marks"), alert_id, known)
        return found

    def _add(self, alert_id: str, mark: bytes) -> Mapping[str, Any]:
        """Add a mark to an item; one to which nothing can be added is made anew."""
        update = _update(alert_id, mark[0] % BUCKETS, {Binary(mark)})
        try:
            return self._table.update_item(**update, ReturnValues="ALL_NEW")["Attributes"]
        except ClientError as error:
            if not is_invalid(error):
                raise
        item = self._table.get_item(Key=update["Key"], ConsistentRead=True).get("Item", {})
        sound = self._sound(item.get("marks"), alert_id, frozenset())
        anew = {**update["Key"], "marks": {Binary(m) for m in sound | {mark}}}
        self._table.put_item(Item={**anew, "expires": expiry(KEPT)})
        return anew

    def _put(self, alert_id: str, marks: Sequence[bytes]) -> None:
        """Write many marks into an item of their own: the same ones make the same item."""
        item: dict[str, Any] = {
            "pk": f"{MARKS}{alert_id}",
            "sk": f"many {digest(b''.join(marks).hex())}",
            "marks": {Binary(mark) for mark in marks},
            "expires": expiry(KEPT),
        }
        self._table.put_item(Item=item)

    def of(self, alert_id: str, *, known: Set[bytes] = frozenset()) -> Set[bytes]:
        """Return the marks of an alert that are apart from it, with the `known`.

        Foreign ones count for nothing.
        """
        found = {*known}
        start: dict[str, Any] = {}
        while True:
            page = self._table.query(
                KeyConditionExpression=Key("pk").eq(f"{MARKS}{alert_id}"),
                ConsistentRead=True,
                **start,
            )
            for item in page["Items"]:
                found |= self._sound(item.get("marks"), alert_id, known)
            if "LastEvaluatedKey" not in page:
                return found
            start = {"ExclusiveStartKey": page["LastEvaluatedKey"]}

    def _sound(self, marks: object, alert_id: str, known: Set[bytes]) -> set[bytes]:
        some: Collection[object] = marks if isinstance(marks, (set, frozenset)) else ()
        new = {_raw(mark) for mark in some} - known
        return {mark for mark in new if is_sound(mark, self._seal, alert_id)}


def _raw(mark: object) -> bytes:
    value: Any = getattr(mark, "value", mark)
    return bytes(value) if isinstance(value, (bytes, bytearray)) else b""


def _sealed(seal: Seal, alert_id: str, name: bytes) -> bytes:
    return name[:_HALF] + bytes.fromhex(seal.of("mark", alert_id, name[:_HALF].hex()))[:_HALF]


def _update(alert_id: str, bucket: int, marks: set[Binary]) -> Mapping[str, Any]:
    return {
        "Key": {"pk": f"{MARKS}{alert_id}", "sk": f"{bucket:02}"},
        "UpdateExpression": "ADD marks :marks SET expires = :expires",
        "ExpressionAttributeValues": {":marks": marks, ":expires": expiry(KEPT)},
    }
