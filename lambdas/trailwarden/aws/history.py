"""Remembers observations in the table, for all functions together."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

import msgspec
from boto3.dynamodb.conditions import Key
from boto3.dynamodb.types import Binary

from trailwarden.aws.batches import AT_ONCE, chunks
from trailwarden.aws.clock import expiry
from trailwarden.aws.counting import LATENESS, Counted, Counting
from trailwarden.aws.journal import Journal
from trailwarden.aws.lineage import Lineage, Notes
from trailwarden.aws.nearby import Nearby
from trailwarden.aws.packing import deflated, inflated
from trailwarden.aws.sides import Sides
from trailwarden.contract.table import digest
from trailwarden.detection.history import Asked, Group
from trailwarden.detection.observation import Observation, in_order

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from mypy_boto3_dynamodb.service_resource import Table

    from trailwarden.detection.correlation import Correlation
    from trailwarden.detection.history import Found
    from trailwarden.detection.kinship import Descent


MEMO_SIZE = 50_000

ONE_BY_ONE = 16
"""Up to so many labels are written one by one; more of them together, at twice the price."""

Item = dict[str, Any]

_New: TypeAlias = "tuple[Asked, Mapping[str, Observation]]"
"""A key with its new observations, and those that have to be written, by their sort keys."""

_ID = 64
"""How much of an origin tells which of one second is first: an id and its part have less."""

_NEVER = "9999-12-31T24"
"""Later than any time, as text."""


class _Known(NamedTuple):
    """The first of a label on a day, as far as an execution environment knows."""

    place: str
    is_old: bool = False
    """Whether the label was known on an earlier day."""

    def may_be_news(self, place: str) -> bool:
        """Say whether one has to be judged: the first itself always, for its alert may be due."""
        return place == self.place or (place < self.place and not self.is_old)


_UNKNOWN = _Known(_NEVER)
_decoder = msgspec.json.Decoder(Observation)
_packed_decoder = msgspec.json.Decoder(tuple[Observation])


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
        self._known: dict[tuple[str, str], _Known] = {}
        """From when on a label is nothing new on a day."""
        self._journal = Journal(table)
        self._counting = Counting(table, self._journal)
        self._sides = Sides(table)
        self._lineage = Lineage(self._counting, self._of_key)
        self._descents: Sequence[Descent] = ()
        self._new_days: set[str] = set()
        """The keys of which something new was just remembered, of a label and day."""

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
        [seen] = self.observe_all([Asked(key, observations, timespan, daily)])
        return seen

    def observe_all(self, asked: Sequence[Asked]) -> Iterator[Sequence[Observation]]:
        """Remember new observations of each key, many in one call; yield those linked to them."""
        known, _ = self.recall(asked, [])
        return known

    def recall(
        self,
        asked: Sequence[Asked],
        groups: Sequence[Group],
        descents: Sequence[Descent] = (),
    ) -> tuple[Found, Found]:
        """Remember what a batch shows, together; return its links, and the groups that add up.

        The first ones of a day are written before the notes that lead to them: of two that work at
        once, who reads the notes of the other finds these, too.
        """
        near = {
            one.key: Nearby(self._counting, one, one.correlation)
            for one in asked
            if one.correlation and one.correlation.near
        }
        new = [(one, self._new(one)) for one in asked]
        self._new_days = {one.key for one, seen in new if seen and one.daily}
        self._put_all([item for one, seen in new for item in items(one, seen)])
        following = [group for group in groups if group.correlation.follows_lineage]
        following += [_group(one) for one, seen in new if one.follows_lineage and seen]
        self._descents = descents
        others: list[Counted] = [each for each in near.values() if each.new]
        if following or descents:
            others.append(Notes(self._counting, following, descents))
        chosen = self._counting.add_up(groups, others)
        return self._linked(new, near), chosen

    def over_lineage(
        self,
        counting: Mapping[str, Correlation],
        new: Sequence[Group],
    ) -> Iterator[tuple[str, Sequence[Observation]]]:
        """Yield each rule with what adds up for it over several actors of one lineage."""
        fresh = [
            group for group in new if self._counting.keeps(group) or _key(group) in self._new_days
        ]
        return self._lineage.add_up(counting, fresh, self._descents)

    def _linked(self, new: Sequence[_New], near: Mapping[str, Nearby]) -> Found:
        sided = [(one, seen.values()) for one, seen in new if seen and _has_sides(one)]
        quiet = self._sides.one_sided(sided)
        for one, seen in new:
            nearby = near.get(one.key)
            if not one.daily:
                yield self._around(one)
            elif one.is_past or (seen and one.key not in quiet) or (nearby and nearby.adds_up()):
                yield in_order([*self._days(one, seen), *(nearby.found() if nearby else ())])
            else:
                self._remember(_pk(one.key), seen, [])
                yield []

    def _of_key(self, key: str) -> Iterator[Observation]:
        """Yield all observations of a key of first ones of a day."""
        return self._query(Key("pk").eq(_pk(key)))

    def _new(self, asked: Asked) -> Mapping[str, Observation]:
        """Return what has to be written, by its sort key.

        With `daily` that is the first of each label, severity and day, unless it is known to be
        nothing new. A known one itself is written again: its alert may not have been written.
        """
        keyed, pk = by_sort_key(asked), _pk(asked.key)
        if not asked.daily:
            return keyed
        return {
            sk: seen
            for sk, seen in keyed.items()
            if self._known.get((pk, sk), _UNKNOWN).may_be_news(_place(seen))
        }

    def _around(self, asked: Asked) -> Sequence[Observation]:
        first, last = min(asked.new).time, max(asked.new).time
        start, end = _moment(first, -asked.timespan), _moment(last, asked.timespan)
        between = Key("sk").between(start, f"{end}#~")
        return in_order([*self._query(Key("pk").eq(_pk(asked.key)) & between), *asked.new])

    def _days(self, asked: Asked, new: Mapping[str, Observation]) -> Sequence[Observation]:
        first = min(asked.new).time.date()
        stored = in_order(self._query(Key("pk").eq(_pk(asked.key))))
        seen_before = [seen for seen in stored if first - seen.time.date() <= asked.timespan]
        self._remember(_pk(asked.key), new, seen_before)
        return seen_before

    def _remember(
        self, pk: str, days: Mapping[str, Observation], seen_before: Sequence[Observation]
    ) -> None:
        """Remember labels that are in the table: later on the day they are nothing new.

        Nor are they earlier on the day, where they were known on an earlier one.
        """
        if len(self._known) > MEMO_SIZE:
            self._known.clear()
        first_days: dict[tuple[str, int], date] = {}
        for seen in seen_before:
            first_days.setdefault((seen.label, seen.severity), seen.time.date())
        for sk, seen in days.items():
            is_old = first_days.get((seen.label, seen.severity), date.max) < seen.time.date()
            self._known[pk, sk] = _Known(_place(seen), is_old)

    def _put_all(self, items: Sequence[Item]) -> None:
        """Put items: few one by one, and many together, at twice the price."""
        left = items
        if len(items) > ONE_BY_ONE:
            left = [item for some in chunks(items, AT_ONCE) for item in self._put_together(some)]
        for item in left:
            self._put(item)

    def _put_together(self, items: Sequence[Item]) -> Sequence[Item]:
        """Put items in one call; return those that it could not put, as others were written."""
        cancelled = self._table.meta.client.exceptions.TransactionCanceledException
        for _ in range(2):  # again without those that are there
            puts: Any = [{"Put": {"TableName": self._table.name, **request(i)}} for i in items]
            try:
                self._table.meta.client.transact_write_items(TransactItems=puts)
            except cancelled as error:
                reasons: Any = error.response.get("CancellationReasons", [{}] * len(items))
                pairs = zip(items, reasons, strict=True)
                items = [i for i, why in pairs if why.get("Code") != "ConditionalCheckFailed"]
            else:
                return []
            if not items:
                break
        return items

    def _put(self, item: Item) -> None:
        try:
            self._table.put_item(**request(item))
        except self._table.meta.client.exceptions.ConditionalCheckFailedException:
            return  # an earlier one of that day is there

    def _query(self, condition: Any) -> Iterator[Observation]:
        """Yield what the table holds, expired or not: its clock is not that of the events."""
        start: dict[str, Any] = {}
        while True:
            page = self._table.query(KeyConditionExpression=condition, ConsistentRead=True, **start)
            yield from (_seen(item) for item in page["Items"])
            if "LastEvaluatedKey" not in page:
                return
            start = {"ExclusiveStartKey": page["LastEvaluatedKey"]}


def by_sort_key(asked: Asked) -> Mapping[str, Observation]:
    """Return new observations by their sort keys: with `daily`, the first of a label and day."""
    if not asked.daily:
        return {_by_time(seen): seen for seen in in_order(asked.new)}
    summary = asked.correlation.summary if asked.correlation else _label
    return {_by_day(seen, summary(seen)): seen for seen in reversed(in_order(asked.new))}


def items(asked: Asked, new: Mapping[str, Observation]) -> Iterator[Item]:
    """Yield the items of new observations; of a day the earliest stays, in any order of writing."""
    for sk, seen in new.items():
        yield {
            "pk": _pk(asked.key),
            "sk": sk,
            "seen": Binary(deflated([seen])),
            **({"seen_at": _place(seen)} if asked.daily else {}),
            "expires": expiry(asked.timespan + LATENESS),
        }


def request(item: Item) -> dict[str, Any]:
    """Return how an item is put: an earlier one of its label and day stays."""
    if "seen_at" not in item:
        return {"Item": item}
    return {
        "Item": item,
        "ConditionExpression": "attribute_not_exists(pk) OR seen_at > :at",
        "ExpressionAttributeValues": {":at": item["seen_at"]},
    }


def _seen(item: Mapping[str, Any]) -> Observation:
    """Return the observation of an item; earlier versions wrote it as text."""
    seen = item["seen"]
    if isinstance(seen, str):
        return unpack(seen)
    [found] = _packed_decoder.decode(inflated(bytes(seen)))
    return found


def _has_sides(asked: Asked) -> bool:
    return bool(asked.daily and asked.correlation and asked.correlation.has_sides)


def _pk(key: str) -> str:
    return f"HISTORY#{digest(key)}"


def _key(group: Group) -> str:
    return f"{group.rule_id}/{group.group}"


def _group(asked: Asked) -> Group:
    """Return new observations of a key as those of a group, as which they have a note."""
    assert asked.correlation  # noqa: S101 - it follows lineage
    return Group("", asked.new[0].group, asked.correlation, asked.new)


def _by_time(seen: Observation) -> str:
    return f"{_moment(seen.time)}#{digest(seen.origin)}"


def _place(seen: Observation) -> str:
    """Return a text that sorts like observations do: of one second, too, the first one stays."""
    return f"{_moment(seen.time)}#{seen.origin[:_ID]}"


def _by_day(seen: Observation, label: str) -> str:
    key = digest(label, str(seen.severity)) if seen.severity else digest(label)
    return f"{key}#{seen.time:%Y-%m-%d}"


def _label(seen: Observation) -> str:
    return seen.label


def _moment(time: datetime, shift: timedelta = timedelta()) -> str:
    """Return a time as text that sorts like times do; the ends of time do not overflow."""
    try:
        return (time + shift).isoformat(timespec="microseconds")
    except OverflowError:
        return "0001-01-01" if shift < timedelta() else "9999-12-31T24"
