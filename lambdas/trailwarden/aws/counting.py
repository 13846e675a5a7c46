"""Keeps the observations of correlations in the table, in few items and few calls.

What adds up within an hour is in the pages of `journal`: a file adds one entry for all its groups.
For longer timespans an item holds the values of a group and a slot of time. A value holds what a
file shows of rules with alike timespans. It may be told as a change of another one in the item.
Adding one again changes nothing. An item that is full has one beside it for each rule that has
more: so what fills it hides no other rule. See `detection/thinning.py` for the observations that
are left out, and for the price of that.
"""

from __future__ import annotations

from collections import OrderedDict, defaultdict
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

from boto3.dynamodb.types import Binary
from botocore.exceptions import ClientError

from trailwarden.aws.batches import chunks, read_all
from trailwarden.aws.clock import expiry
from trailwarden.aws.count import Count, paces_of
from trailwarden.aws.failures import is_invalid
from trailwarden.aws.journal import Journal, Page
from trailwarden.aws.packing import Place, deflated
from trailwarden.aws.slots import (
    Packed,
    Slot,
    unpacked,
    unpacked_each,
    values_in,
    values_of,
)
from trailwarden.detection.observation import Observation, in_order
from trailwarden.detection.thinning import Kept

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from mypy_boto3_dynamodb.service_resource import Table

    from trailwarden.detection.history import Group

LATENESS = timedelta(days=2)
"""How much longer than its timespan an observation is kept, for those that come late."""

MOST_PAGES = 40
"""To how many pages of the journal something is added for one batch of groups."""

ONE_BY_ONE = 40
"""Up to so many items are written one by one; more of them together, at twice the price."""

TOGETHER = 100
"""How many items one transaction writes."""

FULL = 250_000
"""From how many bytes on there may be items beside an item: it may have refused a value."""

ALONE = 30_000
"""From how many bytes on a value is written by itself: a transaction takes 4 MB."""

MOST_ITEMS = 3_000
"""How many items are written for one batch of groups."""

REMEMBERED = 20_000
"""How many observations of the table an execution environment remembers."""

_Value: TypeAlias = "tuple[Slot, Sequence[Packed], bytes]"
"""An addition to an item: observations, and how it has them."""


class Counted(Protocol):
    """What has observations to remember."""

    rule_id: str
    new: list[Observation]
    is_of_journal: bool
    is_written: bool
    is_left_out: bool

    def has_more(self) -> bool:
        """Say whether something has to be written, as far as is known."""

    def wanted(self) -> Iterator[tuple[Slot, Packed]]:
        """Yield what has to be written, and where."""

    def begun(self) -> Iterable[Slot]:
        """Return the slots that may hold something."""


class Counting:
    """The observations of all functions together."""

    def __init__(self, table: Table, journal: Journal) -> None:
        self._table, self._journal = table, journal
        self._slots: OrderedDict[Slot, list[Packed]] = OrderedDict()
        self._like: dict[Slot, bytes] = {}
        """The value of an item that new ones had best refer to."""
        self._full: set[Slot] = set()
        self._held: defaultdict[tuple[str, str], dict[str, Observation]] = defaultdict(dict)
        self._kept: set[tuple[str, str]] = set()
        self._read_now: set[Page] = set()
        """The pages that were read since something was written."""
        self.left_out = 0
        """How many groups were counted without what the table knows: there were too many."""

    def add_up(
        self, groups: Sequence[Group], others: Sequence[Counted] = ()
    ) -> Iterator[Sequence[Observation]]:
        """Remember new observations of each group; yield those that add up with earlier ones.

        The observations of `others` are written and read with them, before this returns.
        """
        by_group = [paces_of(self, group) for group in groups]
        counts: list[Counted] = [*others, *(count for paces in by_group for count in paces)]
        self._forget()
        self._catch_up(counts)
        new = self._wanted(counts)
        self.left_out += sum(count.is_left_out for count in counts)
        self._write(new)
        self._kept = {(c.rule_id, c.group) for some in by_group for c in some if c.is_kept}
        self._read([c for c in counts if c.is_written], new)
        return (in_order(seen for c in paces for seen in c.chosen()) for paces in by_group)

    def keeps(self, group: Group) -> bool:
        """Say whether the table keeps new observations of a group: else others stand for them."""
        return (group.rule_id, group.group) in self._kept

    def read_pages(self, slots: Iterable[Slot]) -> None:
        """Learn what others wrote to pages, unless that was done since the last writing."""
        pages = {slot.page for slot in slots} - self._read_now
        self._journal.read(pages)
        self._read_now |= pages

    def remembered(self, groups: Sequence[Group]) -> Iterator[tuple[Count, list[Kept]]]:
        """Yield each pace of each rule with all kept observations of its groups; write nothing."""
        by_pace: defaultdict[str, list[Count]] = defaultdict(list)
        for group in groups:
            for count in paces_of(self, group):
                by_pace[count.rule_id].append(count)
        self._read([count for counts in by_pace.values() for count in counts], ())
        for counts in by_pace.values():
            yield counts[0], [one for count in counts for one in count.all_kept()]

    def known(self, slots: Iterable[Slot]) -> Iterator[Packed]:
        """Yield what this execution environment knows of some slots."""
        for slot in slots:
            if slot.shelf:
                yield from unpacked_each(self._journal.known(slot.page, slot.pk))
            else:
                yield from self._slots.get(slot, ())

    def beside(self, count: Counted) -> list[Slot]:
        """Return the items of a rule that may be there beside full ones."""
        if not self._full:
            return []
        return [slot.of_rule(count.rule_id) for slot in count.begun() if slot in self._full]

    def _catch_up(self, counts: Sequence[Counted]) -> None:
        """Learn what others wrote of late, where something would be written: it may be the same."""
        slots = {slot for c in counts if c.is_of_journal and c.has_more() for slot in c.begun()}
        stale = sorted({slot.page for slot in slots if self._journal.is_stale(slot.page)})
        self._journal.read(stale[:MOST_PAGES], consistent=False)

    def _wanted(self, counts: Sequence[Counted]) -> Mapping[Slot, Sequence[Packed]]:
        """Return what has to be written, as far as there is room for it."""
        new: defaultdict[Slot, list[Packed]] = defaultdict(list)
        pages: set[Page] = set()
        for count in sorted(counts, key=lambda count: -len(count.new)):  # those that may add up
            for slot, packed in count.wanted():
                has_page = not slot.shelf or slot.page in pages or len(pages) < MOST_PAGES
                if slot in new or (len(new) < MOST_ITEMS and has_page):
                    new[slot].append(packed)
                    pages |= {slot.page} if slot.shelf else set()
                else:
                    count.is_left_out = True
        return new

    def held(self, pk: str, rule_id: str) -> dict[str, Observation]:
        """Return the observations that were not written, because others stand for them."""
        return self._held[pk, rule_id]

    def _write(self, new: Mapping[Slot, Sequence[Packed]]) -> None:
        self._read_now.clear()
        pages: defaultdict[Page, dict[str, Sequence[Packed]]] = defaultdict(dict)
        for slot in new:
            if slot.shelf:
                pages[slot.page][slot.pk] = new[slot]
        for page, by_key in pages.items():
            self._journal.add(page, by_key)
        slots = [slot for slot in new if not slot.shelf]
        like = self._like if len(slots) <= ONE_BY_ONE else {}
        values = [
            (slot, *each) for slot in slots for each in values_of(new[slot], like.get(slot, b""))
        ]
        is_much = len(values) > ONE_BY_ONE
        together = [one for one in values if is_much and len(one[2]) < ALONE]
        for some in chunks(together, TOGETHER):
            self._add_together(some)
        for one in values if not together else (one for one in values if len(one[2]) >= ALONE):
            self._add(*one)
        if together:
            self._read_items({slot for slot, *_ in values})

    def _add(self, slot: Slot, some: Sequence[Packed], value: bytes) -> None:
        """Add a value to an item; to those beside it, where it is full."""
        try:
            answer = self._table.update_item(**_update(slot, value), ReturnValues="ALL_NEW")
        except ClientError as error:
            if not is_invalid(error):
                raise
            self._read_items({slot})
            if not slot.part:
                self._add_beside(slot, some)
            return
        if not self._learn(slot, answer["Attributes"]).has(value):
            self._add(slot, some, deflated(some))  # what it refers to is gone

    def _add_beside(self, slot: Slot, some: Sequence[Packed]) -> None:
        """Add to the items of each rule; what one of them holds is enough, where it is full."""
        by_rule: defaultdict[str, list[Packed]] = defaultdict(list)
        for packed in some:
            by_rule[packed.rule_id].append(packed)
        for rule_id, mine in by_rule.items():
            self._add(slot.of_rule(rule_id), mine, deflated(mine))

    def _add_together(self, values: Sequence[_Value]) -> None:
        name, client = self._table.name, self._table.meta.client
        updates = [{"Update": {"TableName": name, **_update(s, v)}} for s, _, v in values]
        try:
            client.transact_write_items(TransactItems=updates)  # type: ignore[arg-type]
        except client.exceptions.TransactionCanceledException:
            for each in values:
                self._add(*each)

    def _read(self, written: Sequence[Counted], new: Collection[Slot]) -> None:
        """Learn what others wrote. DynamoDB already answered with the items that are `new`."""
        slots = {slot for count in written for slot in count.begun()}
        self.read_pages(slot for slot in slots if slot.shelf)
        self._read_items({slot for slot in slots if not slot.shelf and slot not in new})
        self._read_items({each for count in written for each in self.beside(count)})

    def _read_items(self, slots: Iterable[Slot]) -> None:
        by_key = {(slot.pk, slot.key["sk"]): slot for slot in sorted(slots)}
        items = read_all(self._table, [slot.key for slot in by_key.values()])
        found = {(str(item["pk"]), str(item["sk"])): item for item in items}
        for key, slot in by_key.items():
            self._learn(slot, found.get(key, {}))

    def _learn(self, slot: Slot, item: Mapping[str, Any]) -> Place:
        """Learn what an item holds; return its values that others may refer to."""
        values, place = values_in(item), Place()
        self._slots[slot] = list(unpacked(values, place))
        self._slots.move_to_end(slot)
        self._like[slot] = place.best()
        is_full = sum(map(len, values)) >= FULL or ("seen" in item and not values)
        (self._full.add if is_full else self._full.discard)(slot)
        return place

    def _forget(self) -> None:
        """Forget the oldest lessons, where there are too many."""
        self._journal.forget()
        size = sum(map(len, self._slots.values()))
        while size > REMEMBERED:
            slot, some = self._slots.popitem(last=False)
            del self._like[slot]
            self._full.discard(slot)
            size -= len(some)
        if sum(map(len, self._held.values())) > REMEMBERED:
            self._held.clear()


def _update(slot: Slot, value: bytes) -> dict[str, Any]:
    return {
        "Key": slot.key,
        "UpdateExpression": "ADD seen :seen SET expires = :expires",
        "ExpressionAttributeValues": {
            ":seen": {Binary(value)},
            ":expires": expiry(slot.length + LATENESS),
        },
    }
