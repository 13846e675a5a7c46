"""Writes what rules see in blocks of many observations, column by column, and reads it back.

Observations are much alike: within a block, a text stands once, and so does the id of an event. So
a block takes a tenth of their room. It is read without others: files may be joined end to end.
"""

import re
from array import array
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from operator import add, sub
from pathlib import Path
from struct import iter_unpack
from sys import intern
from typing import Any, BinaryIO, NamedTuple, TypeAlias

import msgspec
from isal import isal_zlib

from trailwarden.detection.observation import Observation
from trailwarden.scan.entries import append, blocks_in, framed

BLOCK = 128 << 10
"""About how many bytes of columns are compressed together: more saves little."""

_LEVEL = 1
"""How much isal tries: more takes longer, and saves little."""

_AT_ONCE = 64
"""How many observations are held until they are put into columns."""

_OF_ROW, _OF_TEXT, _OF_WAITING = 40, 8, 1 << 10
"""About how many bytes a row takes, a text besides its characters, and a row that waits."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SECOND = timedelta(seconds=1)

_LENGTH = 36
"""How many characters an id of an event has. An origin may have more after it."""

_ID = "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_is_id, _are_ids = re.compile(_ID).fullmatch, re.compile(f"(?:{_ID},)*").fullmatch

Row: TypeAlias = tuple[Any, ...]
"""A rule id, label and group, and all else of an observation, as a block holds it.

Equal observations are equal rows, and the texts of many rows are held once.
"""

RULE_ID, LABEL, GROUP, ACTOR, ACCOUNT_ID, SUBJECT, LINEAGE = 0, 1, 2, 5, 6, 10, 15
"""Where these stand in a row."""

_TEXTS, _KINDS = 16, "HHHHHHHHHHHHHHHHhhqqqB"
"""How many columns are of texts, and of which type all columns are."""


class _Block(NamedTuple):
    """A block as it is written."""

    rows: int
    texts: bytes
    ids: bytes
    """Those of the usual form, in half of their characters."""
    odd_ids: dict[int, str]
    """The others, by their places."""
    columns: bytes


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(_Block)
_texts_decoder = msgspec.msgpack.Decoder(list[str])


class _Numbers(dict[str, int]):
    """Texts with their numbers, in the order in which they came first."""

    def __init__(self) -> None:
        super().__init__()
        self.size = 0

    def __missing__(self, text: str) -> int:
        """Give the next number to a new text."""
        number = self[text] = len(self)
        self.size += len(text) + _OF_TEXT
        return number


class Rows:
    """The observations of a block that is not full yet."""

    def __init__(self, most: int = BLOCK) -> None:
        """Begin a block of about so many bytes."""
        self._most, self._waiting = most, list[Any]()
        self._waits = _FIELDS * max(1, min(_AT_ONCE, most // _OF_WAITING))
        self._begin()

    def _begin(self) -> None:
        self._texts, self._ids = _Numbers(), _Numbers()
        self._columns: list[list[int]] = [[] for _ in _KINDS]

    def add(self, rule_id: str, seen: Observation) -> bool:
        """Add what a rule saw; say whether the block is full."""
        waiting = self._waiting
        waiting.append(rule_id)
        waiting += seen
        if len(waiting) < self._waits:
            return False
        self._divide()
        size = self._texts.size + self._ids.size // 2 + _OF_ROW * len(self._columns[0])
        return size >= self._most

    def _divide(self) -> None:
        """Put the observations that wait into columns."""
        rule_ids, times, origins, labels, groups, event_ids, *of_event = (
            self._waiting[n::_FIELDS] for n in range(_FIELDS)
        )
        self._waiting.clear()
        (*others, severities, callers, vias, titles, sessions, hunting, lineages) = of_event
        parts = [origin[_LENGTH:] for origin in origins]
        number, number_of_id = self._texts.__getitem__, self._ids.__getitem__
        texts = (rule_ids, labels, groups, parts, *others)
        texts += (callers, vias, titles, sessions, lineages)
        ids = [number_of_id(origin[:_LENGTH]) for origin in origins]
        microseconds = [time.microsecond for time in times]
        columns: tuple[Iterable[int], ...] = (
            *(map(number, column) for column in texts),
            ids,
            map(sub, map(number_of_id, event_ids), ids),
            _seconds(times, is_whole=not any(microseconds)),
            microseconds,
            severities,
            hunting,
        )
        for column, more in zip(self._columns, columns, strict=True):
            column.extend(more)

    def take(self) -> bytes:
        """Return the block, compressed, and begin another one; nothing where it is empty."""
        if self._waiting:
            self._divide()
        if not (rows := len(self._columns[0])):
            return b""
        for n in _SUMMED:
            self._columns[n] = _differences(self._columns[n])
        planes = b"".join(map(_planes, _KINDS, self._columns))
        texts = _encoder.encode([*self._texts])
        block = _Block(rows, _zipped(texts), *_packed([*self._ids]), _zipped(planes))
        self._begin()
        return _encoder.encode(block)


_FIELDS = 1 + len(Observation._fields)

_SUMMED = (_TEXTS, _TEXTS + 2)
"""The columns that hold the differences to the row before: of ids and of seconds."""


class RowFile:
    """A file that observations are added to."""

    def __init__(self, path: Path, block: int = BLOCK) -> None:
        """Append to the file at `path`, which need not be there, so many bytes at a time."""
        self._path, self._block = path, block
        self._rows = Rows(block)
        self._keeping: Rows | None = None
        self._kept = b""

    def add(self, rule_id: str, seen: Observation) -> None:
        """Add what a rule saw."""
        if self._rows.add(rule_id, seen):
            self.flush()
        if self._keeping and self._keeping.add(rule_id, seen):
            self._kept += _framed(self._keeping)

    def keep(self) -> None:
        """Keep all that is added from now on, besides writing it."""
        self._keeping, self._kept = Rows(self._block), b""

    def kept(self) -> bytes:
        """Return all that was added since, as a file holds it; nothing for none."""
        return self._kept + _framed(self._keeping) if self._keeping else b""

    def flush(self) -> None:
        """Write all that is still in memory. Raises ScanError where there is no room."""
        if data := _framed(self._rows):
            append(self._path, data)


def rows_of(paths: Iterable[Path]) -> Iterator[Row]:
    """Yield what some files hold, one file after the other."""
    for path in paths:
        with path.open("rb") as file:
            yield from rows_in(file)


def rows_in(stream: BinaryIO) -> Iterator[Row]:
    """Yield what one file holds, or several that were joined."""
    for data in blocks_in(stream):
        yield from _rows(_decoder.decode(data))


def observation_of(row: Row) -> Observation:
    """Return the observation that a row tells."""
    _, label, group, part, *texts, base, event_id, second, microsecond, severity, hunting = row
    *others, caller, via, title, session, lineage = texts
    origin = _spelled(base)
    values: tuple[Any, ...] = (
        origin if event_id == base else _spelled(event_id),
        *others,
        severity,
        *(caller, via, title, session),
        bool(hunting),
        lineage,
    )
    time = _EPOCH + timedelta(0, second, microsecond)
    return Observation(time, origin + part if part else origin, label, group, *values)


def _rows(block: _Block) -> Iterator[Row]:
    texts = [*map(intern, _texts_decoder.decode(isal_zlib.decompress(block.texts)))]
    columns = [*_columns(block.rows, isal_zlib.decompress(block.columns))]
    steps, *others = columns[_TEXTS:]
    ids = [*accumulate(steps)]
    id_of = [*_unpacked(block.ids, block.odd_ids)].__getitem__
    return zip(
        *(map(texts.__getitem__, column) for column in columns[:_TEXTS]),
        map(id_of, ids),
        map(id_of, map(add, others[0], ids)),
        accumulate(others[1]),
        *others[2:],
        strict=True,
    )


def _packed(ids: Sequence[str]) -> tuple[bytes, dict[int, str]]:
    """Return ids in few bytes, and by their places those that have another form."""
    text = ",".join((*ids, ""))
    if _are_ids(text):
        return _hex(text), {}
    odd = {place: one for place, one in enumerate(ids) if not _is_id(one)}
    return _hex(",".join(one for one in ids if _is_id(one))), odd


def _hex(ids: str) -> bytes:
    return bytes.fromhex(ids.replace("-", "").replace(",", ""))


def _unpacked(ids: bytes, odd: dict[int, str]) -> Iterator[bytes | str]:
    usual = (packed for (packed,) in iter_unpack("16s", ids))
    if not odd:
        yield from usual
        return
    for place in range(len(ids) // 16 + len(odd)):
        yield odd[place] if place in odd else next(usual)


def _spelled(packed: bytes | str) -> str:
    if isinstance(packed, str):
        return packed
    text = packed.hex()
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def _seconds(times: Sequence[datetime], *, is_whole: bool) -> Iterable[int]:
    if is_whole:  # then a float is exact, and far faster
        return map(int, map(datetime.timestamp, times))
    return ((time - _EPOCH) // _SECOND for time in times)


def _differences(numbers: Sequence[int]) -> list[int]:
    return [numbers[0], *map(sub, numbers[1:], numbers)]


def _planes(kind: str, column: Iterable[int]) -> bytes:
    """Return the lowest bytes of all numbers, then the next ones: most of these are zero."""
    numbers = array(kind, column)
    data, width = numbers.tobytes(), numbers.itemsize
    return b"".join(data[n::width] for n in range(width))


def _columns(count: int, data: bytes) -> Iterator["array[int]"]:
    at = 0
    for kind in _KINDS:
        column: array[int] = array(kind)
        width = column.itemsize
        numbers = bytearray(count * width)
        for n in range(width):
            numbers[n::width] = data[at : at + count]
            at += count
        column.frombytes(numbers)
        yield column


def _zipped(data: bytes) -> bytes:
    return isal_zlib.compress(data, _LEVEL)


def _framed(rows: Rows) -> bytes:
    block = rows.take()
    return framed(block) if block else b""
