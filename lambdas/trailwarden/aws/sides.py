"""Remembers of which side a group was seen, as long as it is one: then nothing of it adds up.

Some correlations compare the sides of a group, such as the places of a session. Nearly every group
has one. Many of these are told by one call, so the observations of few groups have to be read.
"""

from __future__ import annotations

from collections import defaultdict
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from botocore.exceptions import ClientError

from trailwarden.aws.batches import AT_ONCE, chunks, read_all
from trailwarden.aws.clock import expiry, now
from trailwarden.aws.failures import is_invalid
from trailwarden.aws.slots import EPOCH
from trailwarden.contract.table import digest

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence
    from datetime import datetime

    from mypy_boto3_dynamodb.service_resource import Table

    from trailwarden.detection.history import Asked
    from trailwarden.detection.observation import Observation

LENGTH = timedelta(days=32)
"""Of how much time one item is."""

KEPT = timedelta(days=2)
"""How much longer than its time and the timespan an item is kept, for what comes late."""

MOST = 2
"""How many sides an item has: with two, the observations have to be read anyway."""

MOST_READ = 6
"""Of how many stretches a group is looked up: one that is in more is read anyway."""

ONE_BY_ONE = 10
"""Up to so many sides are written one by one; more of them together, at twice the price."""

_SIDE = 16


class Stretch(NamedTuple):
    """What an item is of: a key, and a stretch of time."""

    key: str
    number: int

    @property
    def place(self) -> dict[str, str]:
        """The key of the item."""
        return {"pk": f"HISTORY#{digest('sides', self.key)}", "sk": f"{self.number:+05d}"}


class Sides:
    """The sides of all groups, as all functions saw them."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def one_sided(self, new: Sequence[tuple[Asked, Collection[Observation]]]) -> set[str]:
        """Remember the sides of new observations; return the keys that showed no other before.

        The observations have to be in the table by then: of two that work at once, one sees both.
        """
        around = [_around(asked, seen) for asked, seen in new]
        known = self._read({each for some in around if len(some) <= MOST_READ for each in some})
        updates: list[dict[str, Any]] = []
        found: set[str] = set()
        for (asked, seen), near in zip(new, around, strict=True):
            fresh: defaultdict[Stretch, set[str]] = defaultdict(set)
            sides = set[str]().union(*(known[each] for each in near))
            for one in seen:
                stretch, side = Stretch(asked.key, _number(one.time)), _side(asked, one)
                sides.add(side)
                if side not in known[stretch]:
                    fresh[stretch].add(side)
            updates += [
                self._update(stretch, {*sorted(some)[:MOST]}, asked.timespan)
                for stretch, some in fresh.items()
                if len(known[stretch]) < MOST
            ]
            if not fresh and len(sides) == 1:
                found.add(asked.key)
        self._add_all(updates)
        return found

    def _read(self, stretches: Collection[Stretch]) -> defaultdict[Stretch, set[str]]:
        by_key = {(s.place["pk"], s.place["sk"]): s for s in sorted(stretches)}
        known: defaultdict[Stretch, set[str]] = defaultdict(set)
        for item in read_all(self._table, [stretch.place for stretch in by_key.values()]):
            known[by_key[str(item["pk"]), str(item["sk"])]] = _texts(item.get("sides"))
        return known

    def _add_all(self, updates: Sequence[dict[str, Any]]) -> None:
        """Add sides: few one by one, and many together, at twice the price."""
        client = self._table.meta.client
        for some in chunks(updates, AT_ONCE if len(updates) > ONE_BY_ONE else 1):
            if len(some) == 1 or not self._add_together(some):
                for one in some:
                    with _passed_over():
                        client.update_item(**one)

    def _add_together(self, updates: Sequence[dict[str, Any]]) -> bool:
        """Add sides in one call; say whether that was done."""
        client = self._table.meta.client
        writes: Any = [{"Update": one} for one in updates]
        try:
            with _passed_over():
                client.transact_write_items(TransactItems=writes)
                return True
        except client.exceptions.TransactionCanceledException:
            pass  # somebody writes one of them at the same time
        return False

    def _update(self, stretch: Stretch, sides: set[str], timespan: timedelta) -> dict[str, Any]:
        return {
            "TableName": self._table.name,
            "Key": stretch.place,
            "UpdateExpression": "ADD sides :sides SET expires = :expires",
            "ExpressionAttributeValues": {
                ":sides": sides,
                ":expires": expiry(LENGTH + timespan + KEPT),
            },
        }


@contextmanager
def _passed_over() -> Iterator[None]:
    """Pass over an item to which nothing can be added, because somebody else wrote it."""
    try:
        yield
    except ClientError as error:
        if not is_invalid(error):
            raise


def _around(asked: Asked, seen: Collection[Observation]) -> set[Stretch]:
    """Return the stretches of all that a timespan links to observations."""
    return {
        Stretch(asked.key, number)
        for one in seen
        for number in range(
            _number(one.time, -asked.timespan),
            min(_number(one.time, asked.timespan), max(_number(now()), _number(one.time))) + 1,
        )
    }


def _number(time: datetime, shift: timedelta = timedelta()) -> int:
    return (time - EPOCH + shift) // LENGTH


def _side(asked: Asked, seen: Observation) -> str:
    return digest(asked.correlation.side(seen) if asked.correlation else "")[:_SIDE]


def _texts(values: Any) -> set[str]:
    return {str(value) for value in values} if isinstance(values, set) else set()
