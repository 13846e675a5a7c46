"""Remembers observations in the table, for all functions together."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import msgspec
from boto3.dynamodb.conditions import Key

from trailwarden.aws.clock import expiry
from trailwarden.aws.counting import LATENESS, Counting
from trailwarden.contract.table import digest
from trailwarden.detection.correlation import Observation, in_order

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from mypy_boto3_dynamodb.service_resource import Table

    from trailwarden.detection.history import Group


MEMO_SIZE = 50_000

_decoder = msgspec.json.Decoder(Observation)


def pack(seen: Observation) -> str:
    """Return an observation as text."""
    return msgspec.json.encode(seen).decode()


def unpack(text: str) -> Observation:
    """Return the observation that `text` holds."""
    return _decoder.decode(text)


class DynamoHistory:
    """A history that all functions share.

    Each item is derived from the observation alone: writing it again changes nothing.
    """

    def __init__(self, table: Table) -> None:
        self._table = table
        self._known: set[tuple[str, str]] = set()
        self._counting = Counting(table)

    @property
    def left_out(self) -> int:
        """How many groups were counted without the table, for there were too many."""
        return self._counting.left_out

    def add_up(self, groups: Sequence[Group]) -> Iterator[Sequence[Observation]]:
        """Remember new observations of each group; yield those that add up with earlier ones."""
        return self._counting.add_up(groups)

    def observe(
        self, key: str, observations: Sequence[Observation], timespan: timedelta, *, daily: bool
    ) -> Sequence[Observation]:
        """Remember `observations` and return all of `key` that a timespan links to them."""
        pk = f"HISTORY#{digest(key)}"
        if daily:
            return self._observe_days(pk, observations, timespan)
        for seen in in_order(observations):
            self._table.put_item(Item=self._item(pk, _by_time(seen), seen, timespan))
        first, last = min(observations).time, max(observations).time
        between = Key("sk").between(_moment(first, -timespan), f"{_moment(last, timespan)}#~")
        return in_order([*self._query(Key("pk").eq(pk) & between), *observations])

    def _observe_days(
        self, pk: str, observations: Sequence[Observation], timespan: timedelta
    ) -> Sequence[Observation]:
        """Remember the first observation of each label, severity and day."""
        days = {_by_day(seen): seen for seen in reversed(in_order(observations))}
        unknown = {sk: seen for sk, seen in days.items() if (pk, sk) not in self._known}
        if not unknown:
            return []
        for sk, seen in unknown.items():
            self._put_earliest(self._item(pk, sk, seen, timespan))
        first = min(observations).time.date()
        stored = in_order(self._query(Key("pk").eq(pk)))
        seen_before = [seen for seen in stored if first - seen.time.date() <= timespan]
        self._remember(pk, unknown, seen_before)
        return seen_before

    def _remember(
        self, pk: str, days: Mapping[str, Observation], seen_before: Sequence[Observation]
    ) -> None:
        """Remember labels that were known on an earlier day, and so are nothing new on theirs.

        It asks for new labels again: their alert may not have been written.
        """
        if len(self._known) > MEMO_SIZE:
            self._known.clear()
        first_days: dict[tuple[str, int], date] = {}
        for seen in seen_before:
            first_days.setdefault((seen.label, seen.severity), seen.time.date())
        for sk, seen in days.items():
            if first_days.get((seen.label, seen.severity), date.max) < seen.time.date():
                self._known.add((pk, sk))

    def _put_earliest(self, item: dict[str, Any]) -> None:
        try:
            self._table.put_item(
                Item=item,
                ConditionExpression="attribute_not_exists(pk) OR seen_at > :at",
                ExpressionAttributeValues={":at": item["seen_at"]},
            )
        except self._table.meta.client.exceptions.ConditionalCheckFailedException:
            return  # an earlier one of that day is there

    def _item(self, pk: str, sk: str, seen: Observation, timespan: timedelta) -> dict[str, Any]:
        return {
            "pk": pk,
            "sk": sk,
            "seen": pack(seen),
            "seen_at": _by_time(seen),
            "expires": expiry(timespan + LATENESS),
        }

    def _query(self, condition: Any) -> Iterator[Observation]:
        """Yield what the table holds, expired or not: its clock is not that of the events."""
        start: dict[str, Any] = {}
        while True:
            page = self._table.query(KeyConditionExpression=condition, ConsistentRead=True, **start)
            yield from (unpack(str(item["seen"])) for item in page["Items"])
            if "LastEvaluatedKey" not in page:
                return
            start = {"ExclusiveStartKey": page["LastEvaluatedKey"]}


def _by_time(seen: Observation) -> str:
    return f"{_moment(seen.time)}#{digest(seen.origin)}"


def _by_day(seen: Observation) -> str:
    label = digest(seen.label, str(seen.severity)) if seen.severity else digest(seen.label)
    return f"{label}#{seen.time:%Y-%m-%d}"


def _moment(time: datetime, shift: timedelta = timedelta()) -> str:
    """Return a time as text that sorts like times do; the ends of time do not overflow."""
    try:
        return (time + shift).isoformat(timespec="microseconds")
    except OverflowError:
        return "0001-01-01" if shift < timedelta() else "9999-12-31T24"
