"""Reads CloudTrail log files: bytes in, records out, in bounded memory, for any bytes.

Understands the files of buckets and folders: `{"Records": [...]}`, plain or gzip under any name,
JSON Lines, single records, and lists of them. `wrappers` knows what others wrap records in, and
`form` what is no JSON. Digest files hold no records and are passed over with a note.

Nearly all records interest no rule. So of a well-formed file only the few fields that decide are
decoded, by chunks. A record is made whole only when it is wanted. This way is strict. A chunk that
it refuses goes to the standard library's `json`, record by record, with the same answer.
"""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from itertools import chain
from operator import attrgetter
from typing import Any, BinaryIO

import msgspec

from trailwarden.detection.pattern import MISSING
from trailwarden.logfile.form import Form, begun, form_of
from trailwarden.logfile.inflate import DamagedFileError, inflate, utf8
from trailwarden.logfile.outcome import Batch, Defect, Note, Outcome
from trailwarden.logfile.splitter import MAX_RESCANNED, NEXT_RECORD, Damage, Splitter, Text
from trailwarden.logfile.wrappers import sorted_out

__all__ = ["Batch", "Defect", "Note", "Outcome", "Reader"]

CHUNK = 1 << 20
"""About how many bytes are decoded at a time."""

_START = b'{"Records":['
_FIRST_KEY = b'{"eventVersion":'
_BETWEEN = b"}," + _FIRST_KEY

_TRAILING_COMMA = re.compile(r'("(?:[^"\\]++|\\.)*+")|,(?=\s*[}\]])', re.DOTALL)

Wanted = Callable[[Sequence[Any]], Any]
"""Say from the values at some paths of a record whether, or for what, it is wanted."""


class Reader:
    """Reads log files for a reader that wants some of their records."""

    def __init__(self, paths: Sequence[str] = (), wanted: Wanted = lambda _: True) -> None:
        """Yield the records that are `wanted`, to judge by the values at dotted `paths`.

        `wanted` gets `MISSING` for a value that is not there. It is not asked of every record: one
        whose values are not to be had without reading it is yielded as well. Without `paths` every
        record is.
        """
        header: Any = _header_type(("eventID", "eventSource", "eventName", *paths))
        self._headers: msgspec.json.Decoder[list[Any]] = msgspec.json.Decoder(list[header])
        self._values: Callable[[Any], Sequence[Any]] | None = attrgetter(*paths) if paths else None
        self._wanted = wanted

    def read(
        self, stream: BinaryIO, see: Callable[[bytes], object] = len, *, inside: int = 0
    ) -> Iterator[Outcome]:
        """Yield the records of a log file, and its faults, as they are met.

        `stream` has to be seekable; it lies `inside` of so many others. `see` gets each piece of
        the content, decompressed. Raises OSError where reading it does.
        """
        file: Form | None = None
        broken = None
        try:
            for chunk in begun(utf8(_seen(inflate(stream), see))):
                file = file or self._form(chunk, inside)
                yield from file.take(chunk)
        except DamagedFileError as error:
            broken = Defect(str(error))
        file = file or _File(self.batch)
        yield from file.finish(cut_off=broken is not None)
        if broken:
            yield broken

    def _form(self, start: bytes, inside: int) -> Form:
        """Return what reads a file that begins with `start`."""
        read = partial(self.read, inside=inside + 1)
        return form_of(start, _File(self.batch), read, inside=inside)

    def batch(self, body: bytes) -> Iterator[Outcome] | None:
        """Read records that stand side by side in a list; None if they are not strictly JSON."""
        listed = b"[" + body + b"]"
        try:
            if self._values is None:
                return sorted_out(_strict_list.decode(listed))
            headers = self._headers.decode(listed)
            wanted, odd = self._select(headers)
            places = [*wanted, *odd]
            records = _located(body, headers, places)
            if records is None:
                every = _strict_list.decode(listed)
                records = [every[place] for place in places]
        except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
            return None
        known = Batch(len(headers) - len(odd), records[: len(wanted)], list(wanted.values()))
        return chain([known], sorted_out(records[len(wanted) :]))

    def _select(self, headers: Sequence[Any]) -> tuple[Mapping[int, Any], Sequence[int]]:
        """Return the places of wanted records, with the answers for them, and of odd ones.

        Odd are those that are perhaps no records, or that have to be read to be judged.
        """
        values, ask = self._values, self._wanted
        assert values  # noqa: S101 - there are paths
        wanted: dict[int, Any] = {}
        odd: list[int] = []
        for place, header in enumerate(headers):
            if header.eventSource is MISSING and header.eventName is MISSING:
                odd.append(place)
                continue
            try:
                said = ask(values(header))
            except AttributeError:  # an object that is null has no fields
                odd.append(place)
                continue
            if said:
                wanted[place] = said
        return wanted, odd


def _seen(chunks: Iterable[bytes], see: Callable[[bytes], object]) -> Iterator[bytes]:
    for chunk in chunks:
        see(chunk)
        yield chunk


_strict_list = msgspec.json.Decoder(list[Any])
_strict = msgspec.json.Decoder()


class _File:
    """The state of one file while it is read."""

    def __init__(self, batch: Callable[[bytes], Iterator[Outcome] | None]) -> None:
        self._batch = batch
        self._splitter = Splitter()
        self._plain: bool | None = None
        """Whether what comes next is a record of a list, as CloudTrail writes it; None at first."""
        self._pending = b""
        self._at = 0
        self._damaged = 0
        self._rescanned = 0

    def take(self, chunk: bytes) -> Iterator[Outcome]:
        """Yield the records that `chunk` completes."""
        self._pending += chunk
        if self._plain is None and len(self._pending) >= len(_START):
            self._plain = self._pending.startswith(_START)
            if self._plain:
                self._advance(len(_START))
        if self._plain and len(self._pending) >= CHUNK:
            yield from self._take_plain()
        if self._plain is False:
            yield from self._take_any(self._advance(len(self._pending)))

    def finish(self, *, cut_off: bool) -> Iterator[Outcome]:
        """Yield the records that are left, and a word where the list does not end.

        `cut_off` says that the stream broke, so that nobody need be told again.
        """
        if self._plain:
            end = self._pending.rstrip()
            outcomes = self._batch(end[:-2]) if end.endswith(b"]}") else None
            if outcomes is not None:
                yield from outcomes
                return
            self._splitter = Splitter(self._at, in_list=True)
        size = self._at + len(self._pending)
        yield from self._take_any(self._pending, last=True)
        if not cut_off and self._splitter.is_inside:
            yield Defect("is cut off: its list of records does not end")
        if not cut_off and not self._splitter.values and not self._damaged:
            yield Defect("holds nothing but white space" if size else "is empty")

    def _take_plain(self) -> Iterator[Outcome]:
        cut = self._pending.rfind(_BETWEEN) + 1
        if not cut:
            self._begin_splitting()
            return
        at, body = self._at, self._advance(cut)
        outcomes = self._batch(body)
        if outcomes is not None:
            self._advance(1)
            yield from outcomes
            return
        self._splitter = Splitter(at, in_list=True)
        yield from self._take_any(body)
        self._plain = self._splitter.in_list
        if self._plain:
            self._advance(1)

    def _take_any(self, data: bytes, *, last: bool = False) -> Iterator[Outcome]:
        for piece in self._splitter.feed(data, last=last):
            if isinstance(piece, Damage):
                self._damaged += 1
                yield Defect(f"{piece.message} (byte {piece.at:,})")
            else:
                yield from self._open(piece)

    def _open(self, piece: Text) -> Iterator[Outcome]:
        try:
            yield from sorted_out([_strict.decode(piece.text)])
        except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
            yield from self._open_leniently(piece)

    def _open_leniently(self, piece: Text) -> Iterator[Outcome]:
        """Read what only the standard library reads, and say where it deviates from JSON."""
        text = piece.text.decode("utf-8", "replace")
        try:
            value, complaint = _lenient(text, piece.text)
        except (ValueError, RecursionError) as error:
            why = "it is nested too deeply" if isinstance(error, RecursionError) else str(error)
            yield Defect(f"a record cannot be read (byte {piece.at:,}): {why}")
            yield from self._rescue(piece)
            return
        if complaint:
            yield Defect(f"a record is read with care (byte {piece.at:,}): {complaint}")
        yield from sorted_out([value])

    def _rescue(self, piece: Text) -> Iterator[Outcome]:
        """Read records that stand inside of what looked like one broken record."""
        found = NEXT_RECORD.search(piece.text, 1)
        if not found or self._rescanned > MAX_RESCANNED:
            return
        self._rescanned += len(piece.text)
        inner = Splitter(piece.at + found.start(), in_list=True)
        for part in inner.feed(piece.text[found.start() :], last=True):
            if isinstance(part, Text):
                yield from self._open(part)

    def _begin_splitting(self) -> None:
        self._plain = False
        self._splitter = Splitter(self._at, in_list=True)

    def _advance(self, size: int) -> bytes:
        """Return the next `size` bytes, and go on behind them."""
        taken, self._pending = self._pending[:size], self._pending[size:]
        self._at += size
        return taken


def _located(
    body: bytes, headers: Sequence[Any], wanted: Sequence[int]
) -> Sequence[Mapping[str, Any]] | None:
    """Return the `wanted` records, read from where they seem to lie; None if they lie elsewhere."""
    if not wanted:
        return []
    parts = body.split(_BETWEEN)
    if len(parts) != len(headers):
        return None
    last = len(parts) - 1
    records = []
    for number in wanted:
        text = (_FIRST_KEY if number else b"") + parts[number] + (b"}" if number < last else b"")
        try:
            record = _strict.decode(text)
        except (msgspec.MsgspecError, RecursionError):
            return None
        if not _is_headed(record, headers[number]):
            return None
        records.append(record)
    return records


def _is_headed(record: Any, header: Any) -> bool:
    """Say whether `header` is that of `record`."""
    return isinstance(record, Mapping) and all(
        record.get(name, MISSING) == getattr(header, name)
        for name in ("eventID", "eventSource", "eventName")
    )


def _lenient(text: str, raw: bytes) -> tuple[Any, str]:
    """Return the value of a JSON text as the standard library reads it, and its oddity.

    Raises ValueError or RecursionError.
    """
    odd = []
    try:
        raw.decode()
    except UnicodeDecodeError as error:
        odd.append(f"it is not UTF-8 at its byte {error.start:,}; U+FFFD stands there now")
    words = list[str]()
    try:
        value = json.loads(text, parse_constant=words.append)
    except ValueError:
        value, complaint = _mended(text)
        odd.append(complaint)
    if words:
        value = json.loads(text)
        odd.append(f"{words[0]} is no number of JSON")
    return value, "; ".join(odd)


def _mended(text: str) -> tuple[Any, str]:
    """Return the value of a text that is nearly JSON, and what it deviates by."""
    try:
        return json.loads(text, strict=False), "a string holds a raw control character"
    except ValueError:
        without = _TRAILING_COMMA.sub(lambda found: found[1] or "", text)
        if without == text:
            raise
        return json.loads(without, strict=False), "a comma stands before a bracket that closes"


def _header_type(paths: Iterable[str]) -> type[msgspec.Struct]:
    """Return the type of an object with fields at dotted `paths`, each of any type."""
    tree: dict[str, Any] = {}
    for path in paths:
        *above, leaf = path.split(".")
        below = tree
        for key in above:
            below = below.setdefault(key, {})
        below[leaf] = None
    return _struct("Header", tree)


def _struct(name: str, tree: Mapping[str, Any]) -> type[msgspec.Struct]:
    def field(key: str, below: Mapping[str, Any] | None) -> tuple[str, Any, Any]:
        if below is None:
            return key, Any, MISSING
        inner = _struct(key, below)
        return key, inner | None, msgspec.field(default_factory=inner)

    return msgspec.defstruct(name, [field(*item) for item in tree.items()], gc=False)
