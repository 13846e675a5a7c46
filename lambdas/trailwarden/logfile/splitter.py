"""Cuts a stream of JSON into the texts of its records, without parsing them.

Only brackets outside of strings are looked at. So one broken record does not cost those beside it,
and depth costs nothing. Hardly more than one record is held at a time.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto

MAX_RECORD = 4 << 20
"""How long a record may be, in bytes. CloudTrail's have at most 256 KB, event data stores' 1 MB."""

MAX_RESCANNED = 64 << 20
"""How many bytes of one stream may be looked at again after damage, before it is given up."""

NEXT_RECORD = re.compile(
    rb'\{\s*"(?:eventVersion|awsRegion|eventID|additionalEventData|addendum|apiVersion)"\s*:'
    rb"|(?<=\n)\{"
)
"""Where a record seems to begin. Inside of a string its quotes would be escaped."""

_BRACKET = re.compile(rb'[^{}\[\]"]*+(?:"(?:[^"\\]++|\\.)*+"[^{}\[\]"]*+)*+([{}\[\]])', re.DOTALL)
_SPACE = re.compile(rb"[\s,\x1e]*+")
_STRING = rb'"(?:[^"\\]++|\\.)*+"'
_PLAIN = (
    rb"(?:" + _STRING + rb'|[^\s,\[\]{}"]++'
    rb"|\[(?:" + _STRING + rb'|[^\[\]{}"]++)*\]'
    rb"|\{(?:" + _STRING + rb'|[^\[\]{}"]++)*\})'
)
# Python up to 3.11.4 fails at a possessive group that holds others. No part of these is ambiguous.
_FIELDS = rb"(?:\s*+" + _STRING + rb"\s*+:\s*+" + _PLAIN + rb"\s*+,)*\s*+"
_WRAPPER = re.compile(
    rb'\{(?!\s*+"(?:eventVersion|awsRegion|eventID|additionalEventData|addendum|apiVersion)")'
    + _FIELDS
    + rb'(?:"hits"\s*+:\s*+(?P<inner>\{)'
    + _FIELDS
    + rb'"hits"|(?P<document>"Records"|"Events")'
    + rb'|"(?:records|events|results|logEvents|QueryResultRows)")\s*+:\s*+\[',
    re.DOTALL,
)
"""The beginning of an object that holds a list of records, behind fields that hold no objects."""

_WRAPPER_ROOM = 2048
_SCALAR = re.compile(rb'"(?:[^"\\]++|\\.)*+"|[^\s,\[\]{}"]++', re.DOTALL)


@dataclass(frozen=True, slots=True)
class Text:
    """The text of one value, and the byte of the stream at which it begins."""

    text: bytes
    at: int


@dataclass(frozen=True, slots=True)
class Damage:
    """The damage in the stream, and its first byte."""

    message: str
    at: int


_SHOWN = 20
"""How many bytes a message shows of a text that is no record."""


class _Place(Enum):
    TOP = auto()
    """Between the values of the stream."""
    LIST = auto()
    """In a list of records."""
    TAIL = auto()
    """Behind the list, in the object that holds it."""
    LOST = auto()
    """Behind damage, looking for the next record."""


class _More(Enum):
    MORE = auto()
    """The bytes so far do not suffice to go on."""


class Splitter:
    """Takes a stream piece by piece and yields the values that are complete."""

    def __init__(self, at: int = 0, *, in_list: bool = False, is_wrapped: bool = True) -> None:
        """Begin at byte `at` of the stream, in its list of records or before everything.

        `is_wrapped` says that an object holds the list.
        """
        self._buffer, self._base, self._position = b"", at, 0
        self._place = self._start = _Place.LIST if in_list else _Place.TOP
        self._wrapped = in_list and is_wrapped
        self._last = False
        self._rescanned = 0
        self._depth = 1
        self._separators, self._is_first, self._looked_at = b"", True, -1
        self._ended_list, self._is_document = False, in_list
        self.values = 0
        """How many values and lists of records were found."""

    @property
    def is_between_records(self) -> bool:
        """Whether what comes next is a record where it began, and nothing of one is held yet."""
        return self._place is self._start and self._position >= len(self._buffer)

    @property
    def is_inside(self) -> bool:
        """Whether the stream must not end here."""
        return self._place in (_Place.LIST, _Place.TAIL)

    def feed(self, data: bytes, *, last: bool = False) -> Iterator[Text | Damage]:
        """Yield the values that `data` completes; with `last`, the rest is damage."""
        self._base += self._position
        self._buffer = self._buffer[self._position :] + data
        self._position, self._last = 0, last
        while (found := self._step()) is not _More.MORE:
            if found is not None:
                yield found

    def _step(self) -> Text | Damage | _More | None:
        """Return what comes next; nothing when it is only a step on the way."""
        if self._place is _Place.LOST:
            return self._recover()
        start = self._position
        self._position = _end(_SPACE.match(self._buffer, start))
        self._separators += self._buffer[start : self._position].translate(None, b" \t\r\f\v")
        first = self._buffer[self._position : self._position + 1]
        if not first:
            self._separators = self._separators[-2:]
            return _More.MORE
        if self._place is _Place.TAIL:
            return self._leave_wrapper()
        if wrong := self._wrongly_separated(first):
            return Damage(wrong, self._base + self._position)
        opening = self._list_bracket(first)
        if opening == 0:
            return self._value() if first in b"{[" else self._no_object()
        self._position = opening or self._position
        return None if opening else _More.MORE

    def _wrongly_separated(self, first: bytes) -> str:
        """Say once why the text between the last value and the one from `first` on is not JSON."""
        if self._looked_at == self._base + self._position:
            return ""
        self._looked_at = self._base + self._position
        between, is_first = self._separators, self._is_first
        self._separators, self._is_first = b"", False
        if self._place is _Place.TOP:
            if b"," in between:
                return "a comma stands outside of any list"
            is_concatenated = self._ended_list and first in b"{[" and b"\n" not in between
            return "another document begins on the line of the last one" if is_concatenated else ""
        commas = between.count(b",")
        if first == b"]":
            return "a comma stands before the end of the list" if commas else ""
        if commas > (not is_first):
            return "there is a comma too many between two records"
        return "" if commas or is_first else "there is no comma between two records"

    def _list_bracket(self, first: bytes) -> int | None:
        """Pass the bracket that opens or ends a list of records; return where it ends, 0 for none.

        None says that it is too early to tell what kind of object begins here.
        """
        start = self._position
        if self._place is _Place.LIST:
            if first != b"]":
                return 0
            self._place = _Place.TAIL if self._wrapped else _Place.TOP
            self._ended_list = self._is_document
            return start + 1
        wrapper = _WRAPPER.match(self._buffer, start)
        if wrapper or first == b"[":
            self._place, self._wrapped = _Place.LIST, wrapper is not None
            self._is_document = wrapper is None or wrapper["document"] is not None
            self._is_first, self._depth = True, 2 if wrapper and wrapper["inner"] else 1
            self.values += 1
            return wrapper.end() if wrapper else start + 1
        room = len(self._buffer) - start
        return None if first == b"{" and room < _WRAPPER_ROOM and not self._last else 0

    def _leave_wrapper(self) -> _More | None:
        """Pass over the bytes behind the list, up to the bracket that ends the wrapper."""
        end = self._end_of_value(depth=self._depth)
        if end is None and not self._last and len(self._buffer) - self._position <= MAX_RECORD:
            return _More.MORE
        self._place, self._separators = _Place.TOP, b""
        self._position = len(self._buffer) if end is None else end
        return None

    def _value(self) -> Text | Damage | _More:
        start, end = self._position, self._end_of_value()
        size = (end or len(self._buffer)) - start
        if size > MAX_RECORD:
            return self._lose(f"a record is longer than {MAX_RECORD >> 20} MiB", end or start + 1)
        if end is not None:
            self._position = end
            self.values += 1
            return Text(self._buffer[start:end], self._base + start)
        if not self._last:
            return _More.MORE
        self._rescanned += size
        return self._lose("a record does not end: the file is cut off or damaged", start + 1)

    def _end_of_value(self, depth: int = 0) -> int | None:
        """Return where the value at the position ends, being `depth` deep in it; None if beyond."""
        buffer, match, place = self._buffer, _BRACKET.match, self._position
        while found := match(buffer, place):
            place = found.end()
            depth += 1 if found[1] in b"{[" else -1
            if depth <= 0:
                return place
        return None

    def _no_object(self) -> Damage | _More:
        """Pass over a value that is no record, with a word: one of a list, else up to an object."""
        start = self._position
        scalar = _SCALAR.match(self._buffer, start)
        if self._place is _Place.LIST and scalar:
            if scalar.end() < len(self._buffer):
                self._position = scalar.end()
                return Damage(f"a record is {_shown(scalar[0])}, no object", self._base + start)
            if not self._last and len(self._buffer) - start <= MAX_RECORD:
                return _More.MORE
        if not self._last and len(self._buffer) - start < _SHOWN:
            return _More.MORE
        return self._lose(f"{_shown(self._buffer[start : start + _SHOWN])} is not JSON", start + 1)

    def _lose(self, message: str, next_start: int) -> Damage:
        damage = Damage(message, self._base + self._position)
        self._place, self._position = _Place.LOST, next_start
        return damage

    def _recover(self) -> _More | None:
        """Go to where the next record seems to begin."""
        found = NEXT_RECORD.search(self._buffer, self._position)
        if found and self._rescanned <= MAX_RESCANNED:
            self._place = _Place.LIST if self._wrapped else _Place.TOP
            self._position, self._separators, self._is_first = found.start(), b"", True
            return None
        self._position = max(self._position, len(self._buffer) - _WRAPPER_ROOM)
        return _More.MORE


def _end(match: re.Match[bytes] | None) -> int:
    return match.end() if match else 0


def _shown(text: bytes) -> str:
    return repr(text[:_SHOWN].decode("ascii", "backslashreplace"))
