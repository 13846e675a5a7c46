"""The log files of a history, in portions that are each worth one function's time.

The list of portions is one array of JSON, as a Distributed Map of Step Functions reads it.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import msgspec

from trailwarden.history.store import FILES, MANIFEST, Store
from trailwarden.scan.state import Named

PORTION = 64 << 20
"""About how many bytes of log files make a portion."""

LEAST = 4 << 20
"""A portion has no less, unless there is no more."""

MOST_FILES = 20_000
"""How many files a portion has at the most: each takes its time, however small it is."""


class Portion(msgspec.Struct, frozen=True):
    """One portion, and where its files stand in the list of all."""

    number: int
    start: int
    length: int
    files: int
    size: int


class File(NamedTuple):
    """A log file, as the manifest has it."""

    name: str
    size: int


def portion_size(size: int, jobs: int) -> int:
    """Return how large portions are to be, so that so many processes end at about the same time."""
    return min(PORTION, max(LEAST, size // (8 * jobs)))


def write(store: Store, files: Iterable[Named], size: int = PORTION) -> int:
    """Keep the manifest of `files`, in their order, and return how many portions it has."""
    with TemporaryDirectory(prefix="trailwarden-") as name:
        listed, portions = Path(name, FILES), Path(name, MANIFEST)
        count, start = 0, 0
        with listed.open("wb") as names, portions.open("wb") as lines:
            lines.write(b"[")
            for some in _packed(files, size):
                text = b"".join(msgspec.json.encode((f.name, f.size)) + b"\n" for f in some)
                portion = Portion(count, start, len(text), len(some), sum(f.size for f in some))
                names.write(text)
                lines.write(b",\n" * bool(count) + msgspec.json.encode(portion))
                count, start = count + 1, start + len(text)
            lines.write(b"]\n")
        store.take(FILES, listed)
        store.take(MANIFEST, portions)
    return count


def portions_of(store: Store) -> list[Portion]:
    """Return the portions of a manifest."""
    return msgspec.json.decode(store.read(MANIFEST), type=list[Portion])


def files_of(store: Store, portion: Portion) -> list[File]:
    """Return the log files of a portion."""
    text = store.read(FILES, portion.start, portion.length)
    return [File(*each) for each in msgspec.json.Decoder(tuple[str, int]).decode_lines(text)]


def _packed(files: Iterable[Named], most: int) -> Iterator[list[Named]]:
    """Yield the files in portions, none of which has more than `most` bytes and two files."""
    some: list[Named] = []
    size = 0
    for file in files:
        if some and (size + file.size > most or len(some) >= MOST_FILES):
            yield some
            some, size = [], 0
        some.append(file)
        size += file.size
    if some:
        yield some
