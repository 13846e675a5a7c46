"""Bytes of a log file, decompressed and in UTF-8, as a stream in bounded memory.

Gzip is told by its first bytes, under any name. RFC 1952 allows several members: all of them are
read. Damage raises DamagedFileError after everything before it was yielded.
"""

import codecs
import json
import zlib
from collections.abc import Iterable, Iterator
from typing import BinaryIO

from isal import igzip_lib, isal_zlib

INPUT_SIZE = 64 << 10
"""How many bytes are read at a time."""

OUTPUT_SIZE = 64 << 10
"""How many decompressed bytes are yielded at a time, at the most: they fit into a cache."""

BOMB_SIZE = 64 << 20
"""From here on a stream may not have expanded more than `BOMB_RATIO` times."""

BOMB_RATIO = 200
"""CloudTrail's own files expand 7 times, and at most 50; gzip can expand 1,032 times."""

_GZIP = b"\x1f\x8b"
_COMPRESSED = {
    b"BZh": "bzip2",
    b"\x28\xb5\x2f\xfd": "zstd",
    b"\xfd7zXZ": "xz",
    b"\x04\x22\x4d\x18": "lz4",
    b"\x1f\x9d": "compress",
    b"LZIP": "lzip",
    b"\xff\x06\x00\x00sN": "snappy",
}
_ARCHIVES = {b"PK\x03\x04": "zip", b"PK\x05\x06": "zip", b"7z\xbc\xaf": "7z", b"Rar!": "rar"}
_ENDS, _BEGINS = (b"}", b"]"), (b"{", b"[")
_STEP = 4 << 10


class DamagedFileError(Exception):
    """The file cannot be read from here on; the message names the damage and its place."""


def inflate(stream: BinaryIO) -> Iterator[bytes]:
    """Yield the content of `stream`, which has to be seekable, decompressed where it is gzip.

    Raises DamagedFileError where the rest cannot be read, and OSError where `stream` does.
    """
    start = stream.read(8)
    stream.seek(0)
    if start.startswith(_GZIP):
        return _members(stream)
    for magic, name in _COMPRESSED.items():
        if start.startswith(magic):
            raise DamagedFileError(f"is compressed with {name}: decompress it, or use gzip")
    for magic, name in _ARCHIVES.items():
        if start.startswith(magic):
            raise DamagedFileError(f"is a {name} archive: unpack it, and scan the files in it")
    return iter(lambda: stream.read(OUTPUT_SIZE), b"")


def inflated(data: bytes, longest: int) -> bytes | None:
    """Return the content of a whole gzip file of one member; None where it is anything else.

    Nor is there one of more than `longest` bytes.
    """
    if not data.startswith(_GZIP):
        return None
    inflater = isal_zlib.decompressobj(31)
    try:
        content: bytes = inflater.decompress(data, longest)
    except igzip_lib.IsalError:  # type: ignore[misc]  # its stubs make it an object
        return None
    return content if inflater.eof and not inflater.unused_data else None


def utf8(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Yield `chunks` without a byte order mark, and from UTF-16 or UTF-32 as UTF-8."""
    chunks = iter(chunks)
    first = next(chunks, b"")
    encoding = json.detect_encoding(first[:4])
    if encoding == "utf-8":
        yield first
        yield from chunks
    elif encoding == "utf-8-sig":
        yield first.removeprefix(codecs.BOM_UTF8)
        yield from chunks
    else:
        decoder = codecs.getincrementaldecoder(encoding)("replace")
        yield decoder.decode(first).encode()
        for chunk in chunks:
            yield decoder.decode(chunk).encode()
        yield decoder.decode(b"", final=True).encode()


def _members(stream: BinaryIO) -> Iterator[bytes]:
    """Yield the content of every gzip member, each document of one on a line of its own."""
    at, produced, last, last_byte = 0, 0, b"", b""
    while True:
        member = _Member(stream, at)
        for chunk in member.inflate():
            if last in _ENDS and chunk[:1] in _BEGINS:
                yield b"\n"
            last = b"" if chunk else last
            produced += len(chunk)
            if produced > BOMB_SIZE and produced > BOMB_RATIO * stream.tell():
                raise DamagedFileError(
                    f"expands more than {BOMB_RATIO} times, as no log file does; "
                    f"stopped after {produced:,} bytes"
                )
            yield chunk
            last_byte = chunk[-1:] or last_byte
        at, last = member.end, last_byte
        stream.seek(at)
        following = stream.read(2)
        if following != _GZIP:
            break
    trailing = following + stream.read(INPUT_SIZE)
    if trailing.strip(b"\0"):
        raise DamagedFileError(f"has bytes that are not gzip after its end, from byte {at:,} on")


class _Member:
    """One gzip member, from its first byte."""

    def __init__(self, stream: BinaryIO, start: int) -> None:
        self._stream, self._start = stream, start
        self.end = start
        """Where the next member, or anything else, begins; known when all is inflated."""

    def inflate(self) -> Iterator[bytes]:
        inflater = isal_zlib.decompressobj(31)
        produced = 0
        self._stream.seek(self._start)
        while not inflater.eof:
            data = inflater.unconsumed_tail or self._stream.read(INPUT_SIZE)
            if not data:
                at = self._stream.tell()
                raise DamagedFileError(f"is cut off: its gzip data ends early, at byte {at:,}")
            try:
                chunk = inflater.decompress(data, OUTPUT_SIZE)
            except igzip_lib.IsalError:  # type: ignore[misc]  # its stubs make it an object
                yield from self._rescue(produced)
                return
            produced += len(chunk)
            yield chunk
        self.end = self._stream.tell() - len(inflater.unused_data)

    def _rescue(self, produced: int) -> Iterator[bytes]:
        """Yield the rest up to the damage, to the last byte, and raise at it."""
        inflater = zlib.decompressobj(31)
        self._stream.seek(self._start)
        step, at = _STEP, self._start
        while not inflater.eof:
            before = inflater.copy() if step > 1 else inflater
            data = self._stream.read(step)
            try:
                chunk = inflater.decompress(data)
            except zlib.error as error:
                if step == 1:
                    raise DamagedFileError(f"is corrupt near byte {at:,}: {error}") from error
                inflater, step = before, 1
                self._stream.seek(at)
                continue
            if not data:
                raise DamagedFileError(f"is cut off: its gzip data ends early, at byte {at:,}")
            at += len(data)
            known = min(produced, len(chunk))
            produced -= known
            yield chunk[known:]
        self.end = self._stream.tell() - len(inflater.unused_data)
