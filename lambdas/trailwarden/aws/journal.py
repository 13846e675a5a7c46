"""Keeps what files show within some hours in few items, and reads only their new entries.

A page is of a shelf, such as an account, and three hours of event time. Each batch of messages adds
at most a few entries to it, with all that it shows of many groups. Entries are in the order of
writing, so an execution environment reads those that it does not know yet. No entry ever changes.
An entry refers to an earlier one of its page where that makes it cheaper to write.
"""

from __future__ import annotations

import hashlib
import logging
import zlib
from collections import OrderedDict, defaultdict
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec
from boto3.dynamodb.conditions import Key
from boto3.dynamodb.types import Binary

from trailwarden.aws.clock import expiry, now
from trailwarden.aws.packing import Place, deflated, refers
from trailwarden.contract.table import digest

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from mypy_boto3_dynamodb.service_resource import Table

PAGE = timedelta(hours=3)
"""How much event time a page is of: what adds up within an hour is in one or two."""

REFERRED = PAGE
"""How old an entry may be that a new one refers to."""

KEPT = timedelta(days=2) + PAGE + REFERRED
"""How long an entry is kept, for observations that come late, and for others that refer to it."""

OVERLAP = timedelta(minutes=3)
"""How much is read again: clocks differ, and a write takes its time."""

SOON = timedelta(minutes=1)
"""A page that was read so long ago need not be read before something is added to it."""

MOST_BYTES = 250_000
"""How long the values of an entry may be, before they are compressed."""

MOST_HELD = 16_000_000
"""How long the values may be that an execution environment holds."""

OTHERS = 8
"""Over how many shelves groups are spread that are of no account."""

UNIT = 1_024
"""Of how many bytes each begun one is paid for that is written."""

_REST = 110
"""How many bytes an entry has besides its values."""

_FIRST = "0"
_ACCOUNT = 12
log = logging.getLogger(__name__)
_decoder = msgspec.json.Decoder(dict[str, list[msgspec.Raw]])

Values = dict[str, list[msgspec.Raw]]
"""Values of an entry as JSON, by their keys."""


class Page(NamedTuple):
    """What entries are of: a shelf, and which three hours of event time."""

    shelf: str
    number: int

    @property
    def pk(self) -> str:
        """The partition of its entries."""
        return f"HISTORY#{digest('page of 3 h', self.shelf, str(self.number))}"


class _Read:
    """The entries of a page that are known, and how new they are."""

    def __init__(self) -> None:
        self.values: defaultdict[str, list[msgspec.Raw]] = defaultdict(list)
        self.place = Place()
        self.at: datetime | None = None
        self.size = 0
        self._entries: set[str] = set()
        self._waiting: dict[str, bytes] = {}
        """Entries that refer to one which is not known yet."""

    def learn(self, items: Iterable[Mapping[str, Any]]) -> int:
        """Learn entries; return by how much that makes the page larger."""
        new = {str(item["sk"]): item.get("seen") for item in items}
        some = {sk: seen for sk, seen in new.items() if sk not in self._entries} | self._waiting
        self._entries |= new.keys()
        self._waiting = {}
        before = self.size
        for sk, seen in sorted(some.items(), key=_wholes_first):
            self._learn(sk, seen)
        return self.size - before

    def _learn(self, entry: str, seen: Any) -> None:
        try:
            value = bytes(seen)
            if not self.place.has(value):
                self._waiting[entry] = value
                return
            text = self.place.inflated(value, since=entry)
            found = _decoder.decode(text)
        except (TypeError, ValueError, zlib.error, msgspec.MsgspecError):
            log.warning("an entry was passed over: no function wrote it", extra={"entry": entry})
            return
        for key, values in found.items():
            self.values[key] += values
        self.size += len(text)


class Journal:
    """The pages of all functions together."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self._pages: OrderedDict[Page, _Read] = OrderedDict()
        self._size = 0

    def known(self, page: Page, key: str) -> Sequence[msgspec.Raw]:
        """Return what this execution environment knows of a key, as JSON."""
        read = self._pages.get(page)
        return read.values.get(key, ()) if read else ()

    def is_stale(self, page: Page) -> bool:
        """Say whether others may have written entries that are not known."""
        read = self._pages.get(page)
        return read is None or read.at is None or now() - read.at > SOON

    def add(self, page: Page, values: Mapping[str, Sequence[Any]]) -> None:
        """Add values to a page, by their keys: few of them in one call."""
        for entry in _entries(values):
            text = self._packed(page, entry)
            while True:
                moment = now()
                item: dict[str, Any] = {
                    "pk": page.pk,
                    "sk": f"{_written(moment)}#{hashlib.sha256(text).hexdigest()[:12]}",
                    "seen": Binary(text),
                    "expires": expiry(KEPT),
                }
                self._table.put_item(Item=item)
                if now() - moment < OVERLAP / 3:
                    break  # else others may have read beyond it

    def _packed(self, page: Page, entry: Values) -> bytes:
        """Return an entry as it is written: whole, or cheaper as it refers to one of its page."""
        whole, read = deflated(entry), self._pages.get(page)
        like = read.place.best(_written(now() - REFERRED)) if read else b""
        short = deflated(entry, like) if like and _units(whole) > 1 else whole
        return short if _units(short) < _units(whole) else whole

    def read(self, pages: Collection[Page], *, consistent: bool = True) -> None:
        """Learn the entries that were added to pages since they were read last."""
        for page in sorted(pages):
            read = self._pages.setdefault(page, _Read())
            self._pages.move_to_end(page)
            moment = now()
            since = _written(read.at - OVERLAP) if read.at else _FIRST
            self._size += read.learn(self._query(page.pk, since, consistent=consistent))
            read.at = moment

    def forget(self) -> None:
        """Forget the pages that were not read for longest, where there is too much."""
        while self._size > MOST_HELD:
            self._size -= self._pages.popitem(last=False)[1].size

    def _query(self, pk: str, since: str, *, consistent: bool) -> Iterator[Mapping[str, Any]]:
        start: dict[str, Any] = {}
        while True:
            page = self._table.query(
                KeyConditionExpression=Key("pk").eq(pk) & Key("sk").gte(since),
                ConsistentRead=consistent,
                **start,
            )
            yield from page["Items"]
            if "LastEvaluatedKey" not in page:
                return
            start = {"ExclusiveStartKey": page["LastEvaluatedKey"]}


def shelf_of(group: str) -> str:
    """Return the shelf of a group: its account's, where the group is one of an account."""
    account, slash, _ = group.partition("/")
    if slash and len(account) == _ACCOUNT and account.isascii() and account.isdigit():
        return account
    return str(zlib.crc32(group.encode("utf-8", "surrogatepass")) % OTHERS)


def _entries(values: Mapping[str, Sequence[Any]]) -> Iterator[Values]:
    """Yield the values in entries that fit into an item."""
    size, entry = 0, defaultdict[str, list[msgspec.Raw]](list)
    for key, some in values.items():
        for value in some:
            text = msgspec.json.encode(value)
            if size + len(text) > MOST_BYTES:
                yield dict(entry)
                size, entry = 0, defaultdict(list)
            entry[key].append(msgspec.Raw(text))
            size += len(key) + len(text)
    if entry:
        yield dict(entry)


def _wholes_first(entry: tuple[str, Any]) -> tuple[bool, str]:
    sk, seen = entry
    value = getattr(seen, "value", seen)
    return isinstance(value, bytes) and refers(value), sk


def _units(value: bytes) -> int:
    return -(-(len(value) + _REST) // UNIT)


def _written(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds")
