"""What a scan needs of log files, wherever they lie."""

import os
from collections.abc import Collection, Iterable, Iterator
from typing import BinaryIO, Protocol
from zlib import compress, decompress

import msgspec

from trailwarden.logfile.folder import LocalFile

_BLOCK = 1 << 10
"""How many files of this machine are packed together."""


class Source(Protocol):
    """A log file, wherever it lies."""

    @property
    def name(self) -> str:
        """What people call it."""

    @property
    def size(self) -> int:
        """How many bytes it has, as it lies there."""

    def open(self) -> BinaryIO:
        """Open it to read its bytes, from anywhere in it. Raises OSError."""


class Sources(Collection[Source]):
    """The log files of a scan: those of this machine, then others; each kind as it was found.

    There may be a million of them. So the names of those of this machine are packed: they are much
    alike.
    """

    def __init__(self, sources: Iterable[Source] = ()) -> None:
        self._packed: list[bytes] = []
        self._last: list[tuple[bytes, int]] = []
        self._others: list[Source] = []
        self._here = 0
        for source in sources:
            self.add(source)

    def add(self, source: Source) -> None:
        """Add a log file."""
        if not isinstance(source, LocalFile):
            self._others.append(source)
            return
        self._here += 1
        self._last.append((os.fsencode(source.path), source.size))
        if len(self._last) >= _BLOCK:
            self._packed.append(compress(msgspec.msgpack.encode(self._last), 1))
            self._last.clear()

    def __iter__(self) -> Iterator[Source]:
        for block in self._packed:
            yield from map(_local, _decoder.decode(decompress(block)))
        yield from map(_local, [*self._last])
        yield from self._others

    def __len__(self) -> int:
        return self._here + len(self._others)

    def __contains__(self, source: object) -> bool:
        return any(source == each for each in self)


_decoder = msgspec.msgpack.Decoder(list[tuple[bytes, int]])


def _local(packed: tuple[bytes, int]) -> LocalFile:
    return LocalFile(os.fsdecode(packed[0]), packed[1])
