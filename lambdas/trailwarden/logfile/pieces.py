"""Cuts well-formed log files into pieces of many records, and reads the headers of a piece.

A cut is a guess: where a record seems to begin. The parser proves it, as no list of records is
strictly JSON that was cut anywhere else. So text that looks like structure can cost time, never a
record.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol

import msgspec

from trailwarden.cloudtrail.header import Header, LazyRecord, decoded
from trailwarden.cloudtrail.values import MISSING, Record
from trailwarden.logfile.splitter import Splitter

Wanted = Callable[[Header], Any]
"""Say from a record's header whether, or for what, the record is wanted."""

_KEYS = rb'"(?:eventVersion|awsRegion|eventID|additionalEventData|addendum|apiVersion)"\s*:'
_USUAL = b'},{"eventVersion":'
_BETWEEN = re.compile(rb"\}\s*,\s*(?=\{\s*" + _KEYS + rb")")
_LINE = b"\n{"
_REACH = 16 << 10
"""How far back the end of a record is looked for, where records begin otherwise than usual."""

_WRAPPED = re.compile(rb'\s*\{\s*"Records"\s*:\s*\[\s*')
_LIST = re.compile(rb"\s*\[\s*(?=\{\s*" + _KEYS + rb")")
_LINES = re.compile(rb"\s*(?=\{\s*" + _KEYS + rb")")
_OF_LAMBDA = re.compile(
    rb'(?:\s*\{\s*"Records"\s*:)?[\s\[]*\{\s*(?:"(?:kinesis|messageId|EventSource|EventVersion)"'
    rb'|"eventVersion"\s*:\s*"[\d.]*"\s*,\s*"eventSource"\s*:\s*"aws:)'
)
"""The beginning of an event as Lambda gets it from a queue or a stream, which wraps records."""

_END_OF_WRAPPED, _END_OF_LIST = re.compile(rb"\]\s*\}\s*\Z"), re.compile(rb"\]\s*\Z")

_STRIDE, _RUN = 4_096, 200
"""The standard library refuses an integer of more than 4,300 digits. One has 200 at a stride."""

_headers = msgspec.json.Decoder(list[Header])
_texts = msgspec.json.Decoder(list[msgspec.Raw])
_line_headers = msgspec.json.Decoder(Header)
_line_texts = msgspec.json.Decoder(msgspec.Raw)


class Layout(Protocol):
    """How records stand side by side in a file."""

    def cut(self, data: bytes) -> tuple[int, int] | None:
        """Return where a record seems to end, and where the next one begins."""

    def last(self, data: bytes) -> bytes | None:
        """Return the records at the end of a file; None where it does not end as it should."""

    def headers(self, body: bytes) -> Sequence[Header]:
        """Return the headers of records that stand side by side. Raises what the parser does."""

    def texts(self, body: bytes) -> Sequence[bytes | msgspec.Raw]:
        """Return the texts of the same records."""

    def splitter(self, at: int) -> Splitter:
        """Return a splitter that reads the rest from byte `at` on, of any form."""


@dataclass(frozen=True)
class Listed:
    """The layout of a list of records: of CloudTrail, with sorted keys, or indented."""

    is_wrapped: bool

    def cut(self, data: bytes) -> tuple[int, int] | None:
        """Return where a record seems to end, and where the next one begins."""
        usual = data.rfind(_USUAL)
        if usual >= 0:
            return usual + 1, usual + 2
        start = max(0, len(data) - _REACH)
        found = [found.span() for found in _BETWEEN.finditer(data, start)]
        return (found[-1][0] + 1, found[-1][1]) if found else None

    def last(self, data: bytes) -> bytes | None:
        """Return the records at the end of a file; None where it does not end as it should."""
        end = (_END_OF_WRAPPED if self.is_wrapped else _END_OF_LIST).search(data, _near_end(data))
        return data[: end.start()] if end else None

    def headers(self, body: bytes) -> Sequence[Header]:
        """Return the headers of records that stand side by side. Raises what the parser does."""
        return _headers.decode(b"[%b]" % body)

    def texts(self, body: bytes) -> Sequence[bytes | msgspec.Raw]:
        """Return the texts of the same records."""
        return _texts.decode(b"[%b]" % body)

    def splitter(self, at: int) -> Splitter:
        """Return a splitter that reads the rest from byte `at` on, of any form."""
        return Splitter(at, in_list=True, is_wrapped=self.is_wrapped)


class Lines:
    """The layout of JSON Lines, or of objects one after the other."""

    def cut(self, data: bytes) -> tuple[int, int] | None:
        """Return where a record seems to end, and where the next one begins."""
        end = data.rfind(_LINE)
        return (end + 1, end + 1) if end >= 0 else None

    def last(self, data: bytes) -> bytes | None:
        """Return the records at the end of a file."""
        return data

    def headers(self, body: bytes) -> Sequence[Header]:
        """Return the headers of records that stand side by side. Raises what the parser does."""
        return _line_headers.decode_lines(body)

    def texts(self, body: bytes) -> Sequence[bytes | msgspec.Raw]:
        """Return the texts of the same records."""
        return _line_texts.decode_lines(body)

    def splitter(self, at: int) -> Splitter:
        """Return a splitter that reads the rest from byte `at` on, of any form."""
        return Splitter(at)


WRAPPED = Listed(is_wrapped=True)
"""The layout of CloudTrail's own files."""


class Start(NamedTuple):
    """The layout of a file, and where its first record begins."""

    layout: Layout
    end: int


_LAYOUTS: Sequence[tuple[re.Pattern[bytes], Layout]] = (
    (_WRAPPED, WRAPPED),
    (_LIST, Listed(is_wrapped=False)),
    (_LINES, Lines()),
)


def is_of_lambda(data: bytes) -> bool:
    """Say whether a file begins like an event that Lambda gets, whose records are wrapped."""
    return _OF_LAMBDA.match(data) is not None


def start_of(data: bytes) -> Start | None:
    """Tell the layout of a file by its first bytes; None for one that is read value by value."""
    if is_of_lambda(data):
        return None
    for pattern, layout in _LAYOUTS:
        if found := pattern.match(data):
            return Start(layout, found.end())
    return None


@dataclass
class Piece:
    """Records that were read together."""

    count: int = 0
    """How many records there are, besides the odd ones."""
    records: list[Record] = field(default_factory=list)
    """Those that are wanted."""
    said: list[Any] = field(default_factory=list)
    """For what each of them is wanted."""
    odd: list[Any] = field(default_factory=list)
    """Values that are perhaps no records, or that have to be read to be judged."""


def read_piece(body: bytes, layout: Layout, wanted: Wanted) -> Piece | None:
    """Read records that stand side by side; None if they are not strictly JSON."""
    try:
        if not body.isascii():
            body.decode()  # the parser does not look into what it skips
        if _has_endless_number(body):
            return None
        return _selected(layout.headers(body), _Texts(body, layout), wanted)
    except (msgspec.MsgspecError, RecursionError, ValueError):
        return None


class _Texts:
    """The texts of a piece's records, looked for when the first one is asked for."""

    def __init__(self, body: bytes, layout: Layout) -> None:
        self._body, self._form = body, layout
        self._texts: Sequence[bytes | msgspec.Raw] | None = None

    def at(self, place: int) -> Callable[[], bytes]:
        """Return what returns the text of a record."""
        return lambda: self._at(place)

    def _at(self, place: int) -> bytes:
        if self._texts is None:
            self._texts = self._form.texts(self._body)
        return bytes(self._texts[place])


def _selected(headers: Sequence[Header], texts: _Texts, wanted: Wanted) -> Piece:
    piece = Piece()
    for place, header in enumerate(headers):
        if header.event_source is MISSING and header.event_name is MISSING:
            piece.odd.append(decoded(texts.at(place)()))
            continue
        piece.count += 1
        said = wanted(header)
        if said:
            record = LazyRecord(header, texts.at(place))
            has_id = isinstance(header.event_id, str) and header.event_id
            # The id of an event without one is a hash of the whole record.
            piece.records.append(record if has_id else record.whole())
            piece.said.append(said)
    return piece


def _has_endless_number(body: bytes) -> bool:
    """Say whether an integer may have so many digits that the standard library refuses it."""
    return any(body[at : at + _RUN].isdigit() for at in range(0, len(body), _STRIDE))


def _near_end(data: bytes) -> int:
    return max(0, len(data) - _REACH)
