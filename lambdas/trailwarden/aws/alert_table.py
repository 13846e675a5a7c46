"""The table's alerts, read with their seals, and the one way to change an item of theirs."""

from __future__ import annotations

from base64 import b64decode
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import msgspec
from boto3.dynamodb.conditions import Attr, Key
from boto3.dynamodb.types import TypeDeserializer
from botocore.exceptions import ClientError

from trailwarden.aws import alert_item
from trailwarden.aws.batches import read_all
from trailwarden.aws.checked import SHARDS
from trailwarden.aws.clock import now
from trailwarden.aws.failures import is_invalid
from trailwarden.aws.marks import Marks
from trailwarden.aws.seal import UNKEYED, Seal
from trailwarden.contract.table import ALERT

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Set

    from mypy_boto3_dynamodb.service_resource import Table

    from trailwarden.aws.alert_item import Stored
    from trailwarden.detection.alert import Alert
    from trailwarden.detection.rule import Rule

UNREADABLE = (ArithmeticError, KeyError, TypeError, ValueError, msgspec.MsgspecError)
"""What reading an item raises that no function wrote."""

_CUT_TO = 80
_deserializer = TypeDeserializer()


class AlertTable:
    """Reads the alerts of one table."""

    def __init__(self, table: Table, rules: Iterable[Rule], seal: Seal = UNKEYED) -> None:
        self._table, self._seal, self._marks = table, seal, Marks(table, seal)
        self._rules = {rule.id: rule for rule in rules}
        self.unreadable: dict[str, str] = {}
        """The keys of items that somebody else wrote or changed, and what."""
        self._refused = table.meta.client.exceptions.ConditionalCheckFailedException

    def get(self, alert_id: str) -> Stored | None:
        """Return an alert; None if there is none."""
        item = self._item(alert_id)
        return next(map(self._counted, self._read(item)), None) if item else None

    def _item(self, alert_id: str) -> Mapping[str, Any] | None:
        answer = self._table.get_item(Key=alert_item.key(alert_id), ConsistentRead=True)
        return answer.get("Item")

    def get_all(self, alert_ids: Iterable[str]) -> Iterator[Stored]:
        """Yield those alerts that there are, in no order; raises TimeoutError if that takes long.

        An item that cannot be read is passed over, and named in `unreadable`.
        """
        keys = map(alert_item.key, dict.fromkeys(alert_ids))
        for item in read_all(self._table, keys):
            yield from map(self._counted, self._read(item))

    def _counted(self, stored: Stored) -> Stored:
        """Return an alert with all of its matches, where some of them may be apart."""
        if stored.counted < alert_item.MOST_SAMPLES:
            return stored
        return with_marks(stored, self._marks.of(stored.alert.alert_id, known=stored.marks))

    def _read(self, item: Mapping[str, Any]) -> Iterator[Stored]:
        """Yield an item as an alert, if it is one; report what somebody else changed of it."""
        try:
            found = alert_item.stored(item, self._rules, self._seal)
        except UNREADABLE as error:
            self._report(str(item.get("pk", "")), repr(error))
            return
        if found.changed:
            self._report(str(item["pk"]), f"somebody changed {found.changed}")
        yield found

    def _report(self, key: str, why: str) -> None:
        self.unreadable[key[:_CUT_TO]] = why[:_CUT_TO]

    def is_due(self, image: Mapping[str, Any]) -> bool:
        """Say whether people are still to hear of an alert, by its item as a stream has it."""
        item = plain(image)
        return any(stored.is_due for stored in self._read(item)) or str(item["pk"]) in (
            self.unreadable
        )

    def find(self, prefix: str = "") -> Iterator[Stored]:
        """Yield every alert whose id begins with `prefix`, in no order. It reads all the table."""
        start: dict[str, Any] = {}
        while True:
            page = self._table.scan(
                FilterExpression=Attr("pk").begins_with(f"{ALERT}{prefix}"), **start
            )
            for item in page["Items"]:
                yield from self._read(item)
            if "LastEvaluatedKey" not in page:
                return
            start = {"ExclusiveStartKey": page["LastEvaluatedKey"]}

    def pending(self) -> Iterator[Stored]:
        """Yield the alerts that people have yet to hear of, and that are not being sent."""
        moment = now()
        for shard in range(SHARDS):
            for item in self._query_pending(str(shard)):
                found = self._read(item)
                yield from (stored for stored in found if stored.is_free(moment))

    def _query_pending(self, shard: str) -> Iterator[Mapping[str, Any]]:
        start: dict[str, Any] = {}
        while True:
            page = self._table.query(
                IndexName="pending",
                KeyConditionExpression=Key("pending_shard").eq(shard),
                **start,
            )
            yield from page["Items"]
            if "LastEvaluatedKey" not in page:
                return
            start = {"ExclusiveStartKey": page["LastEvaluatedKey"]}

    def _update(self, alert: Alert, change: str, values: Mapping[str, Any], condition: Any) -> bool:
        """Change an alert if `condition` holds; say whether it does."""
        return self._change(alert.alert_id, change, values, condition)

    def _change(
        self, alert_id: str, change: str, values: Mapping[str, Any], condition: Any
    ) -> bool:
        """Change the item of an alert if `condition` holds; say whether it does.

        Several threads may do so at once: the client takes that, the table's resource does not.
        """
        try:
            self._table.meta.client.update_item(
                TableName=self._table.name,
                Key=alert_item.key(alert_id),
                UpdateExpression=change,
                ExpressionAttributeValues={**values},
                ConditionExpression=condition,
            )
        except self._refused:
            return False
        except ClientError as error:
            if not is_invalid(error):
                raise
            self._report(f"{ALERT}{alert_id}", "nothing can be changed in it")
            return False
        return True


def with_marks(stored: Stored, marks: Iterable[bytes]) -> Stored:
    """Return an alert with all marks of its matches."""
    every = frozenset(marks)
    count = max(len(every), stored.counted)
    return replace(stored, marks=every, alert=replace(stored.alert, matches=count))


def plain(image: Mapping[str, Any]) -> dict[str, Any]:
    """Return an item as a stream has it, with Python's values."""
    return {name: _value(value) for name, value in image.items()}


def set_of(values: object) -> Set[Any]:
    """Return a set of values, where they are one."""
    return values if isinstance(values, (set, frozenset)) else frozenset()


def _value(told: Any) -> Any:
    """Return a value of a stream's image; Lambda hands bytes over as text in Base64."""
    if "BS" in told:
        return {b64decode(one) if isinstance(one, str) else one for one in told["BS"]}
    return _deserializer.deserialize(told)


def numbers(values: Any) -> Set[int]:
    """Return a set of numbers, as DynamoDB's own answer or boto3's has it."""
    some = values.get("NS", ()) if isinstance(values, dict) else values
    return {int(value) for value in some} if isinstance(some, (list, set)) else set()


def has_seal(item: Mapping[str, Any], seal: str) -> bool:
    """Say whether an item bears a seal, as DynamoDB's own answer or boto3's has it."""
    return item.get("seal") in (seal, {"S": seal})
