"""Keeps what a scan has read, so that one that was interrupted goes on where it was.

The file grows by an entry for each log file that is read: what the rules saw in it. An entry that
was cut off counts for nothing. What other rules, another tuning or another time found is not used.
"""

import struct
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO, Protocol
from zlib import crc32

import msgspec

import trailwarden
from trailwarden import catalog
from trailwarden.scan.report import FileReport
from trailwarden.scan.spool import spool_heard, spool_networks, spool_part
from trailwarden.scan.traces import spool_traces

_MAGIC = b"trailwarden scan state 1\n"
_HEAD = struct.Struct(">II")


class StateError(Exception):
    """The file cannot keep the state of a scan; the message says what to do."""


class Named(Protocol):
    """A log file, as far as it can be told from others."""

    @property
    def name(self) -> str:
        """What people call it."""

    @property
    def size(self) -> int:
        """How many bytes it has, as it lies there."""


class _Began(msgspec.Struct, tag=True):
    asked: tuple[str, str]
    since: datetime | None
    until: datetime | None


class _Read(msgspec.Struct, tag=True):
    mark: str
    name: str
    size: int
    events: int
    outside: int
    failures: int
    defects: list[str]
    notes: list[str]
    rule_failures: list[tuple[str, str, int]]
    seen: dict[int, bytes]
    heard: list[tuple[str, str]]
    traces: dict[str, bytes] = {}
    networks: list[str] = []

    @classmethod
    def of(cls, mark: str, report: FileReport) -> "_Read":
        """Return what to keep of a report."""
        return cls(
            mark,
            report.name,
            report.size,
            report.events,
            report.outside,
            report.failures,
            report.defects,
            report.notes,
            [(*rule_and_error, times) for rule_and_error, times in report.rule_failures.items()],
            {**report.seen},
            [*report.heard],
            {**report.traces},
            [*report.networks],
        )

    def report(self) -> FileReport:
        """Return the report, without what rules saw."""
        return FileReport(
            self.name,
            self.size,
            self.events,
            self.defects,
            self.failures,
            self.notes,
            self.outside,
            rule_failures=Counter(
                {(rule, error): times for rule, error, times in self.rule_failures}
            ),
        )


class _Ended(msgspec.Struct, tag=True):
    pass


_Entry = _Began | _Read | _Ended
_encoder = msgspec.msgpack.Encoder()
_decoder: msgspec.msgpack.Decoder[_Entry] = msgspec.msgpack.Decoder(_Entry)


class State:
    """The state of a scan, in a file."""

    def __init__(self, path: Path) -> None:
        """Open it, or begin one. Raises StateError for a file that is none."""
        self._path = path
        try:
            if not path.exists() or not path.stat().st_size:
                path.write_bytes(_MAGIC)
            with path.open("r+b") as file:
                if file.read(len(_MAGIC)) != _MAGIC:
                    raise StateError(f"--state {path}: it is of something else: name another file")
                end = len(_MAGIC) + sum(_HEAD.size + len(data) for data in _whole(file))
                file.truncate(end)
        except OSError as error:
            raise StateError(f"--state {path}: {error.strerror}") from error

    def window(
        self, asked: tuple[str, str], since: datetime | None, until: datetime | None
    ) -> tuple[datetime | None, datetime | None]:
        """Return the time to scan: that of an interrupted scan, if it was asked for in these words.

        So `24h` means the same after an interruption.
        """
        last = None
        for entry in self._entries():
            if not isinstance(entry, _Read):
                last = entry
        if isinstance(last, _Began) and last.asked == asked:
            return last.since, last.until
        self._append(_Began(asked, since, until))
        return since, until

    def restore(self, mark: str, names: Iterable[Named], directory: Path) -> Iterator[FileReport]:
        """Spool the findings in files of these names in `directory`, and report of the files."""
        wanted = {(source.name, source.size) for source in names}
        for entry in self._entries():
            if not isinstance(entry, _Read) or entry.mark != mark:
                continue
            if (entry.name, entry.size) not in wanted:
                continue
            wanted.remove((entry.name, entry.size))
            for part, seen in entry.seen.items():
                spool_part(directory, part, seen)
            spool_heard(directory, entry.heard)
            spool_traces(directory, entry.traces)
            spool_networks(directory, entry.networks)
            yield entry.report()

    def add(self, mark: str, report: FileReport) -> None:
        """Keep the findings in a file; one that could not be had is tried again next time."""
        if not report.is_unread:
            self._append(_Read.of(mark, report))
        report.seen, report.heard, report.traces, report.networks = {}, (), {}, ()

    def finish(self) -> None:
        """Say that all was read."""
        self._append(_Ended())

    def _append(self, entry: _Entry) -> None:
        data = _encoder.encode(entry)
        with self._path.open("ab") as file:
            file.write(_HEAD.pack(len(data), crc32(data)) + data)

    def _entries(self) -> Iterator[_Entry]:
        with self._path.open("rb") as file:
            file.seek(len(_MAGIC))
            for data in _whole(file):
                with suppress(msgspec.MsgspecError):  # of a release that wrote other entries
                    yield _decoder.decode(data)


def _whole(file: BinaryIO) -> Iterator[bytes]:
    """Yield the data of each entry, up to one that was cut off or damaged."""
    while len(head := file.read(_HEAD.size)) == _HEAD.size:
        size, checksum = _HEAD.unpack(head)
        data = file.read(size)
        if len(data) != size or crc32(data) != checksum:
            return
        yield data


def mark_of(request: object, tuning_file: Path | None) -> str:
    """Return what tells scans apart that may find different things in one file."""
    package = Path(trailwarden.__file__).parent
    folders: Sequence[Path] = (package, *filter(None, [catalog.local_folder()]))
    sources = sorted(path for folder in folders for path in folder.rglob("*.py"))
    stats = ((path.name, path.stat().st_mtime_ns, path.stat().st_size) for path in sources)
    tuning = tuning_file or folders[-1] / "tuning.toml"
    text = tuning.read_bytes() if tuning.is_file() else b""
    return sha256(repr((request, *stats)).encode() + text).hexdigest()[:32]
