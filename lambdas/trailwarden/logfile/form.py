"""Tells the form of a file by its beginning, and reads those that are no JSON.

Each form takes the file's content piece by piece, as the reader of JSON does, in bounded memory.
"""

import io
import re
from collections.abc import Callable, Iterable, Iterator
from tempfile import SpooledTemporaryFile
from typing import BinaryIO, Protocol, cast

from trailwarden.logfile import ours, parquet
from trailwarden.logfile.inflate import DamagedFileError
from trailwarden.logfile.outcome import Defect, Outcome
from trailwarden.logfile.packed import unpacked
from trailwarden.logfile.table import Table, delimiter_of

ROOM = 32 << 10
"""From how many bytes on the form is told, where a file has as many."""

IN_MEMORY = 64 << 20
"""Up to this many bytes a file inside of a file is held in memory, then on disk."""

MAX_FILE = 4 << 30
"""How large a file inside of a file may be."""

MAX_LINE = 16 << 20
"""How long a line of base64 may be: Kinesis and Firehose take messages of up to 10 MiB."""

MAX_INSIDE = 2
"""How many compressed files, one in another, are opened."""

_GZIP, _PARQUET = b"\x1f\x8b\x08", b"PAR1"
_TAR, _TAR_AT = b"ustar", 257
"""What a tar archive has, and where: POSIX.1-1988 and all later ones."""

_PACKED_LINE = re.compile(rb"\s*(?:H4sI|eyJ|ewo|W3s)[A-Za-z0-9+/]{16}")
"""How base64 of gzip begins, and that of JSON."""

_WIDTHS = (64, 76)
"""After how many characters programs wrap base64."""
_STAMP = rb"\d{4}-\d\d-\d\dT[\d:.]{8,20}(?:Z|[+-]\d\d:\d\d) (?:\S{1,512} )?"
_STAMPED = re.compile(rb"\s*" + _STAMP + rb"(?=\{)")
_STAMPS = re.compile(rb"(?<=\n)" + _STAMP + rb"(?=\{)")
_STAMP_ROOM = 600

Read = Callable[[BinaryIO], Iterator[Outcome]]
"""Read the content of a file that lies inside of another."""


class Form(Protocol):
    """Takes the content of one file."""

    def take(self, chunk: bytes) -> Iterator[Outcome]:
        """Yield the records that `chunk` completes."""

    def finish(self, *, cut_off: bool) -> Iterator[Outcome]:
        """Yield the records that are left; `cut_off` says that the content broke off."""


def form_of(start: bytes, json: Form, read: Read, *, inside: int) -> Form:
    """Return what reads a file that begins with `start`: `json` unless it is something else."""
    if start.lstrip()[:1] in (b"{", b"["):
        return json
    if start.startswith((_GZIP, _PARQUET)):
        return _Inside(read, inside)
    return _other_form(start, json, read)


def _other_form(start: bytes, json: Form, read: Read) -> Form:
    """Return what reads a file that begins neither as JSON nor as a file inside of a file."""
    if start[_TAR_AT:].startswith(_TAR):
        return _Tar(json)
    if ours.is_text(start):
        return ours.Passed(json)
    if _PACKED_LINE.match(start):
        return _PackedLines(read)
    if _STAMPED.match(start):
        return _Stamped(json)
    return Table(delimiter) if (delimiter := delimiter_of(start)) else json


def begun(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Yield `chunks` in pieces of some size: the first tells the form, and tiny ones cost time."""
    held, size = list[bytes](), 0
    try:
        for chunk in chunks:
            if not held and len(chunk) >= ROOM:
                yield chunk
                continue
            held.append(chunk)
            size += len(chunk)
            if size >= ROOM:
                yield b"".join(held)
                held, size = [], 0
    except DamagedFileError:
        yield b"".join(held)
        raise
    if size:
        yield b"".join(held)


class _Inside:
    """A file inside of a gzip file, or one of a form that needs reading in any order."""

    def __init__(self, read: Read, inside: int) -> None:
        self._read, self._inside = read, inside
        self._file = SpooledTemporaryFile(IN_MEMORY)  # noqa: SIM115 - `finish` closes it
        self._size = 0

    def take(self, chunk: bytes) -> Iterator[Outcome]:
        before = self._size
        self._size += len(chunk)
        self._file.write(chunk[: max(0, MAX_FILE - before)])
        if before <= MAX_FILE < self._size:
            yield Defect(
                f"holds a file of more than {MAX_FILE >> 30} GiB, which is read up to there"
            )

    def finish(self, *, cut_off: bool) -> Iterator[Outcome]:
        with self._file as spooled:
            file = cast("BinaryIO", spooled)
            file.seek(0)
            start = file.read(len(_PARQUET))
            file.seek(0)
            if start == _PARQUET:
                if not cut_off:
                    yield from parquet.read(file)
            elif self._inside >= MAX_INSIDE:
                yield Defect("is compressed again and again, as no log file is")
            else:
                yield from self._read(file)


class _Tar:
    """An archive of files. Only records that are not compressed again can be read in it."""

    def __init__(self, json: Form) -> None:
        self._json = json

    def take(self, chunk: bytes) -> Iterator[Outcome]:
        yield from _without_defects(self._json.take(chunk))

    def finish(self, *, cut_off: bool) -> Iterator[Outcome]:
        yield from _without_defects(self._json.finish(cut_off=cut_off))
        yield Defect("is a tar archive: unpack it, and scan the files in it")


def _without_defects(found: Iterable[Outcome]) -> Iterator[Outcome]:
    return (one for one in found if not isinstance(one, Defect))


class _PackedLines:
    """Messages of a subscription of CloudWatch Logs: a line each, of base64 of gzip.

    Base64 that is wrapped goes on in the next line, up to one that is shorter.
    """

    def __init__(self, read: Read) -> None:
        self._read, self._pending, self._is_lost = read, b"", False
        self._wrapped = bytearray()
        self._width = 0

    def take(self, chunk: bytes) -> Iterator[Outcome]:
        *lines, self._pending = (self._pending + chunk).split(b"\n")
        for line in map(bytes.strip, lines):
            if len(line) in _WIDTHS and (self._width in (0, len(line))):
                self._width = len(line)
                self._wrapped += line
                if len(self._wrapped) > MAX_LINE:
                    yield Defect(f"wrapped base64 is longer than {MAX_LINE >> 20} MiB")
                    self._wrapped.clear()
                continue
            yield from self._open(self._taken() + line)
        if len(self._pending) > MAX_LINE:
            if not self._is_lost:
                yield Defect(f"a line is longer than {MAX_LINE >> 20} MiB")
            self._pending, self._is_lost = b"", True

    def finish(self, *, cut_off: bool) -> Iterator[Outcome]:
        if not cut_off:
            yield from self._open(self._taken() + self._pending)

    def _taken(self) -> bytes:
        """Return the lines that were wrapped, joined."""
        taken = bytes(self._wrapped)
        self._wrapped.clear()
        self._width = 0
        return taken

    def _open(self, line: bytes) -> Iterator[Outcome]:
        if self._is_lost or not line.strip():
            self._is_lost = False
            return
        try:
            content = unpacked(line.strip().decode("ascii", "replace"))
        except DamagedFileError as error:
            yield Defect(f"a line {error}")
            return
        if content is None:
            yield Defect("a line is not base64")
            return
        yield from self._read(io.BytesIO(content))


class _Stamped:
    """Lines that begin with a time, as CloudWatch Logs exports them to S3 and shows them."""

    def __init__(self, json: Form) -> None:
        self._json, self._pending = json, b"\n"

    def take(self, chunk: bytes) -> Iterator[Outcome]:
        data = self._pending + chunk
        line = data.rfind(b"\n", max(0, len(data) - _STAMP_ROOM))
        data, self._pending = (data[:line], data[line:]) if line > 0 else (data, b"")
        yield from self._json.take(_STAMPS.sub(b"", data))

    def finish(self, *, cut_off: bool) -> Iterator[Outcome]:
        yield from self._json.take(_STAMPS.sub(b"", self._pending))
        yield from self._json.finish(cut_off=cut_off)
