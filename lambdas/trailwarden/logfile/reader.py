"""Reads CloudTrail log files: bytes in, records out, in bounded memory, for any bytes.

Understands the files of buckets and folders: `{"Records": [...]}`, plain or gzip under any name,
JSON Lines, single records, and lists of them. `wrappers` knows what others wrap records in, and
`form` knows files that are no JSON. Digest files hold no records and are passed over with a note.

Nearly all records interest no rule. So of a well-formed file only the headers of records are
decoded, by pieces; see `pieces`. Refused records go to the standard library's `json`, one by one,
with the same answer.
"""

import json
import re
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Any, BinaryIO

import msgspec

from trailwarden.logfile.form import Form, begun, form_of
from trailwarden.logfile.inflate import DamagedFileError, inflate, inflated, utf8
from trailwarden.logfile.outcome import Batch, Defect, Note, Outcome
from trailwarden.logfile.pieces import (
    WRAPPED,
    Layout,
    Piece,
    Wanted,
    is_of_lambda,
    read_piece,
    start_of,
)
from trailwarden.logfile.splitter import MAX_RESCANNED, NEXT_RECORD, Damage, Splitter, Text
from trailwarden.logfile.wrappers import sorted_out

__all__ = ["Batch", "Defect", "Note", "Outcome", "Reader"]

PIECE = 64 << 10
"""About how many bytes are decoded at a time: their values fit into a processor's cache."""

MAX_WITHOUT_CUT = 1 << 20
"""After how many bytes without an end of a record, as CloudTrail writes it, one is looked for."""

SMALL = 8 << 10
"""Up to how many bytes, as it is stored, a file is tried as a whole: most files are that small."""

_USUAL = b'{"Records":['

_SINGLE_QUOTED = re.compile(r"\{\s*'\w+'\s*:")
_LONG_NUMBER = re.compile(r"[0-9]{4000}")
_LONG_OR_STRING = re.compile(
    r'("(?:[^"\\]++|\\.)*+")|(?<![0-9.eE+])([0-9]{4000,})(?![0-9.eE])', re.DOTALL
)
"""A string, to pass over, or an integer of more digits than Python reads: 4,300."""

_TRAILING_COMMA = re.compile(r'("(?:[^"\\]++|\\.)*+")|,(?=\s*[}\]])', re.DOTALL)


class Reader:
    """Reads log files for a reader that wants some of their records."""

    def __init__(self, wanted: Wanted | None = None) -> None:
        """Yield the records that are `wanted`, to judge by their headers.

        `wanted` is not asked of every record: one that has to be read to be judged is yielded, too.
        Without `wanted` every record is read, one by one.
        """
        self._wanted = wanted

    def read(
        self, stream: BinaryIO, see: Callable[[bytes], object] = len, *, inside: int = 0
    ) -> Iterator[Outcome]:
        """Yield the records of a log file, and its faults, as they are met.

        `stream` has to be seekable; it lies `inside` of so many others. `see` gets each piece of
        the content, decompressed. Raises OSError where reading it does.
        """
        if piece := self._at_once(stream, see):
            yield from _told(piece)
            return
        file: Form | None = None
        broken = None
        try:
            for chunk in begun(utf8(_seen(inflate(stream), see))):
                file = file or self._form(chunk, inside)
                yield from file.take(chunk)
        except DamagedFileError as error:
            broken = Defect(str(error))
        file = file or _File(self._wanted)
        yield from file.finish(cut_off=broken is not None)
        if broken:
            yield broken

    def _at_once(self, stream: BinaryIO, see: Callable[[bytes], object]) -> Piece | None:
        """Read a small file as CloudTrail writes it; None for another, which is read by pieces."""
        if not self._wanted:
            return None
        data = stream.read(SMALL)
        stream.seek(0)
        content = inflated(data, PIECE) if len(data) < SMALL else None
        if not content or not content.startswith(_USUAL) or is_of_lambda(content):
            return None
        body = WRAPPED.last(content[len(_USUAL) :])
        piece = None if body is None else read_piece(body, WRAPPED, self._wanted)
        if piece:
            see(content)
        return piece

    def _form(self, start: bytes, inside: int) -> Form:
        """Return what reads a file that begins with `start`."""
        read = partial(self.read, inside=inside + 1)
        return form_of(start, _File(self._wanted), read, inside=inside)


def _seen(chunks: Iterable[bytes], see: Callable[[bytes], object]) -> Iterator[bytes]:
    for chunk in chunks:
        see(chunk)
        yield chunk


_strict = msgspec.json.Decoder()


class _File:
    """The state of one file while it is read."""

    def __init__(self, wanted: Wanted | None) -> None:
        self._wanted = wanted
        self._splitter = Splitter()
        self._layout: Layout | None = None
        """How records stand side by side in the file; None where that is not known, or no more."""
        self._is_begun = False
        self._pending = b""
        self._at = 0
        self._damaged = 0
        self._rescanned = 0

    def take(self, chunk: bytes) -> Iterator[Outcome]:
        """Yield the records that `chunk` completes."""
        self._pending += chunk
        if not self._is_begun and len(self._pending) >= PIECE:
            self._begin()
        while self._layout and len(self._pending) >= PIECE:
            size = len(self._pending)
            yield from self._take_piece(self._layout)
            if len(self._pending) == size:
                break
        if self._is_begun and not self._layout:
            yield from self._take_any(self._advance(len(self._pending)))

    def finish(self, *, cut_off: bool) -> Iterator[Outcome]:
        """Yield the records that are left, and a word where the list does not end.

        `cut_off` says that the stream broke, so that nobody need be told again.
        """
        if not self._is_begun:
            self._begin()
        if self._layout:
            body = self._layout.last(self._pending)
            piece = None if body is None else self._piece(body, self._layout)
            if piece is not None:
                yield from _told(piece)
                return
            self._begin_splitting(self._layout)
        size = self._at + len(self._pending)
        yield from self._take_any(self._pending, last=True)
        if not cut_off and (unended := self._splitter.unended):
            yield Defect(f"is cut off: {unended} does not end")
        if not cut_off and not self._splitter.values and not self._damaged:
            yield Defect("holds nothing but white space" if size else "is empty")

    def _begin(self) -> None:
        """Tell the layout of the file by its first bytes."""
        self._is_begun = True
        start = start_of(self._pending) if self._wanted else None
        if start:
            self._layout = start.layout
            self._advance(start.end)

    def _piece(self, body: bytes, layout: Layout) -> Piece | None:
        return read_piece(body, layout, self._wanted) if self._wanted else None

    def _take_piece(self, layout: Layout) -> Iterator[Outcome]:
        cut = layout.cut(self._pending)
        if not cut:
            if len(self._pending) > MAX_WITHOUT_CUT:
                self._begin_splitting(layout)
            return
        end, following = cut
        at, body = self._at, self._advance(end)
        piece = self._piece(body, layout)
        if piece is not None:
            self._advance(following - end)
            yield from _told(piece)
            return
        self._splitter = layout.splitter(at)
        yield from self._take_any(body)
        if self._splitter.is_between_records:
            self._advance(following - end)
        else:
            self._layout = None

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
            if _SINGLE_QUOTED.match(text):
                why = "it has single quotes, as Python prints it: write it with json.dumps()"
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

    def _begin_splitting(self, layout: Layout) -> None:
        self._layout = None
        self._splitter = layout.splitter(self._at)

    def _advance(self, size: int) -> bytes:
        """Return the next `size` bytes, and go on behind them."""
        taken, self._pending = self._pending[:size], self._pending[size:]
        self._at += size
        return taken


def _told(piece: Piece) -> Iterator[Outcome]:
    """Yield the records of a piece: those that are wanted, and those that had to be read."""
    yield Batch(piece.count, piece.records, piece.said)
    yield from sorted_out(piece.odd)


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
    text, long = _with_short_numbers(text)
    odd += [f"a number has {long:,} digits; it is read as infinite"] if long else []
    try:
        value = json.loads(text, parse_constant=words.append)
    except ValueError:
        value, complaint = _mended(text)
        odd.append(complaint)
    if words:
        value = json.loads(text)
        odd.append(f"{words[0]} is no number of JSON")
    return value, "; ".join(odd)


def _with_short_numbers(text: str) -> tuple[str, int]:
    """Return a text without integers that Python refuses, and how many digits the longest has."""
    if not _LONG_NUMBER.search(text):
        return text, 0
    longest = 0

    def short(found: re.Match[str]) -> str:
        nonlocal longest
        longest = max(longest, len(found[2] or ""))
        return found[1] or "1e999"

    return _LONG_OR_STRING.sub(short, text), longest


def _mended(text: str) -> tuple[Any, str]:
    """Return the value of a text that is nearly JSON, and its deviation."""
    try:
        return json.loads(text, strict=False), "a string holds a raw control character"
    except ValueError:
        without = _TRAILING_COMMA.sub(lambda found: found[1] or "", text)
        if without == text:
            raise
        return json.loads(without, strict=False), "a comma stands before a bracket that closes"
