"""Cuts a stream of JSON into the texts of its records, without parsing them.

Only brackets outside of strings are looked at. So one broken record does not cost those beside it,
and depth costs nothing. Hardly more than one record is held at a time.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto

import msgspec

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

_FIELD = re.compile(_STRING + rb"\s*+:\s*+(?=\S)", re.DOTALL)
"""The name of a field, up to its value."""

_AGAIN = re.compile(
    rb'(?:"(?P<key>Records|Events|records|events|results|hits|logEvents|QueryResultRows)"'
    rb"\s*+:\s*+\[|" + _STRING + rb'\s*+:\s*+\[(?=\s*+\{\s*+"eventVersion"\s*+:))',
    re.DOTALL,
)
"""The beginning of a further list of records, in an object that holds one already."""

_RECORD_INSIDE = re.compile(rb'\{\s*+"eventVersion"\s*+:')
_fields = msgspec.json.Decoder(dict[str, msgspec.Raw])

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


_BINARY = re.compile(rb"[\x00-\x08\x0e-\x1d]")
_COMMA_AT_END = "a comma stands before the end of the object"

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


_UNENDED = {
    _Place.LIST: "its list of records",
    _Place.TAIL: "the object that holds its list of records",
}


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
        self._list_key = b"Records" if is_wrapped else b""
        self._separators, self._is_first, self._looked_at = b"", True, -1
        self._ended_list, self._is_document = False, in_list
        self.values = int(in_list)
        """How many values and lists of records were found."""

    @property
    def is_between_records(self) -> bool:
        """Whether what comes next is a record where it began, and nothing of one is held yet."""
        return self._place is self._start and self._position >= len(self._buffer)

    @property
    def unended(self) -> str:
        """What does not end, where the stream must not end here; else nothing."""
        return _UNENDED.get(self._place, "")

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
            return self._pause()
        if self._place is _Place.TAIL:
            return self._behind_list(first)
        if wrong := self._wrongly_separated(first):
            return Damage(wrong, self._base + self._position)
        opening = self._list_bracket(first)
        if opening == 0:
            return self._value() if first in b"{[" else self._no_object()
        self._position = opening or self._position
        return None if opening else _More.MORE

    def _pause(self) -> Damage | _More:
        """Wait for more bytes, and say at the end of the stream that a comma stands there."""
        commas, lines = self._separators.count(b","), b"\n" in self._separators
        if self._last and commas and self._place is _Place.TOP and self.values:
            self._separators = b""
            return Damage("a comma stands outside of any list", self._base + self._position)
        self._separators = b"," * min(commas, 2) + b"\n" * lines
        return _More.MORE

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
            self._list_key = wrapper[0].rsplit(b'"', 2)[1] if wrapper else b""
            self.values += 1
            return wrapper.end() if wrapper else start + 1
        room = len(self._buffer) - start
        return None if first == b"{" and room < _WRAPPER_ROOM and not self._last else 0

    def _behind_list(self, first: bytes) -> Text | Damage | _More | None:
        """Pass a field of the object that holds the list, or the bracket that ends the object."""
        start, commas = self._position, self._separators.count(b",")
        if first == b"}":
            self._depth -= 1
            self._place = self._place if self._depth else _Place.TOP
            self._position, self._separators = start + 1, b""
            return Damage(_COMMA_AT_END, self._base + start) if commas else None
        if first == b'"' and commas != 1 and self._looked_at != self._base + start:
            self._looked_at = self._base + start
            wrong = "too many between two fields" if commas else "missing between two fields"
            return Damage(f"a comma is {wrong}", self._base + start)
        again = _AGAIN.match(self._buffer, start)
        return self._begin_list_again(again) if again else self._field(first)

    def _begin_list_again(self, found: re.Match[bytes]) -> Damage | None:
        """Go into a further list of records, with a word where its name is the name of the last."""
        start, key, last = self._position, found["key"], self._list_key
        self._place, self._position, self._list_key = _Place.LIST, found.end(), key or b""
        self._separators, self._is_first = b"", True
        if not key or key != last:
            return None
        return Damage(
            f"an object has two lists {key.decode()!r}; both are read", self._base + start
        )

    def _field(self, first: bytes) -> Text | Damage | _More | None:
        """Pass a field behind the list. Its value is read where it holds records."""
        start = self._position
        begin, end = self._field_span() if first == b'"' else (start, None)
        if end is None and first == b'"' and not self._last:
            if len(self._buffer) - start <= MAX_RECORD:
                return _More.MORE
            return self._lose(f"a field is longer than {MAX_RECORD >> 20} MiB", begin + 1)
        try:
            _fields.decode(b"{%b}" % self._buffer[start : end or start])
        except msgspec.MsgspecError:
            end = None
        if end is None:
            self._rescanned += len(self._buffer) - start
            shown, following = _shown(self._buffer[start:]), start + (first != b"{")
            return self._lose(f"{shown}, behind the list of records, is not JSON", following)
        self._position, self._separators = end, b""
        if not _RECORD_INSIDE.search(self._buffer, begin, end):
            return None
        return Text(self._buffer[begin:end], self._base + begin)

    def _field_span(self) -> tuple[int, int | None]:
        """Return where the value of the field at the position begins and ends; None if beyond."""
        start = self._position
        name = _FIELD.match(self._buffer, start)
        if name is None:
            return start, None
        if self._buffer[name.end() : name.end() + 1] in b"{[":
            return name.end(), self._end_of_value(name.end())
        scalar = _SCALAR.match(self._buffer, name.end())
        is_whole = scalar and (self._last or scalar.end() < len(self._buffer))
        return name.end(), scalar.end() if scalar and is_whole else None

    def _value(self) -> Text | Damage | _More:
        start, end = self._position, self._end_of_value(self._position)
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

    def _end_of_value(self, place: int) -> int | None:
        """Return where the value that begins at `place` ends; None if beyond."""
        buffer, match, depth = self._buffer, _BRACKET.match, 0
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
        text = self._buffer[start : start + _SHOWN]
        binary = " but binary data" if _BINARY.search(text) else ""
        return self._lose(f"{_shown(text)} is not JSON{binary}", start + 1)

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
    return ascii(text[:_SHOWN].decode("latin-1"))
