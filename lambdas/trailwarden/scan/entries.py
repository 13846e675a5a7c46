"""Writes entries of any kind to a file one after the other, compressed, and reads them back.

A file is a sequence of blocks: the length of a block, and many entries that were compressed
together. Entries are much alike, so a block takes a sixth of their room. Files may be joined end to
end.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

from isal import isal_zlib

from trailwarden.scan.errors import no_room

BLOCK = 128 << 10
"""About how many bytes of entries are compressed together: more saves little."""

_LEVEL = 1
"""How much isal tries: more takes longer, and saves little."""

_LENGTH = 4


class EntryFile:
    """A file that entries are added to."""

    def __init__(self, path: Path, block: int = BLOCK) -> None:
        """Append to the file at `path`, which need not be there, so many bytes at a time."""
        self._path, self._block = path, block
        self._buffer = bytearray()
        self._kept: bytearray | None = None

    def add(self, entry: bytes) -> None:
        """Add an entry."""
        data = len(entry).to_bytes(_LENGTH, "big") + entry
        self._buffer += data
        if self._kept is not None:
            self._kept += data
        if len(self._buffer) >= self._block:
            self.flush()

    def keep(self) -> None:
        """Keep all entries that are added from now on, besides writing them."""
        self._kept = bytearray()

    def kept(self) -> bytes:
        """Return the entries that were added since, as a file holds them; nothing for none."""
        return _block(self._kept) if self._kept else b""

    def flush(self) -> None:
        """Write the entries that are still in memory."""
        if self._buffer:
            append(self._path, _block(self._buffer))
            self._buffer.clear()


def append(path: Path, data: bytes) -> None:
    """Add what another file kept, or holds. Raises ScanError where there is no room."""
    try:
        with path.open("ab") as file:
            file.write(data)
    except OSError as error:
        raise no_room(path, error.strerror or str(error)) from error


def entries_of(paths: Iterable[Path]) -> Iterator[bytes]:
    """Yield the entries of some files, one file after the other."""
    for path in paths:
        with path.open("rb") as file:
            yield from entries_in(file)


def entries_in(stream: BinaryIO) -> Iterator[bytes]:
    """Yield the entries of one file, or of several that were joined."""
    for data in blocks_in(stream):
        block = isal_zlib.decompress(data)
        at = 0
        while at < len(block):
            start = at + _LENGTH
            at = start + int.from_bytes(block[at:start], "big")
            yield block[start:at]


def blocks_in(stream: BinaryIO) -> Iterator[bytes]:
    """Yield the blocks of one file, or of several that were joined, as they are written."""
    while length := stream.read(_LENGTH):
        yield stream.read(int.from_bytes(length, "big"))


def framed(block: bytes) -> bytes:
    """Return a block as a file holds it."""
    return len(block).to_bytes(_LENGTH, "big") + block


def _block(entries: bytearray) -> bytes:
    return framed(isal_zlib.compress(entries, _LEVEL))
