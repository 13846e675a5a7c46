"""Keeps observations on disk, so that a scan's memory does not grow with its input.

A rule's observations of one group lie together in one of a few parts. The parts are read back one
after the other.
"""

import os
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, date, datetime
from functools import lru_cache
from hashlib import blake2b
from itertools import chain
from pathlib import Path
from sys import intern
from tempfile import TemporaryDirectory
from typing import Any
from zlib import crc32

import msgspec

from trailwarden.cloudtrail.event import Event
from trailwarden.detection.correlation import Observation
from trailwarden.detection.engine import Sighting
from trailwarden.detection.match import Match
from trailwarden.detection.rule import Rule
from trailwarden.scan.entries import BLOCK, EntryFile, append, entries_of

PARTS = 32
"""Into how many parts the observations of all rules are divided."""

MOST_HELD = 16 << 20
"""How many bytes of entries are added up at a time: more are divided on disk before."""

_DEEPEST = 4
"""How often entries are divided again. A group that is too large even then is held as one."""

MOST_FIRST = 50_000
"""Of how many labels a process remembers the first of the day, so as not to write others."""

_BUFFERED, _LEAST_BLOCK = 4 << 20, 8 << 10
"""About how many bytes of all parts are held until they are written, and the least of one part."""

_NEVER = datetime.max.replace(tzinfo=UTC), ""


class _Entry(msgspec.Struct, array_like=True):
    rule_id: str
    observation: Observation


class _Beginning(msgspec.Struct, array_like=True, gc=False):
    """The beginning of an observation, up to what tells whether it may add up."""

    time: msgspec.Raw
    origin: msgspec.Raw
    label: str
    group: str


class _Label(msgspec.Struct, array_like=True, gc=False):
    rule_id: str
    observation: _Beginning


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(_Entry)
_label_decoder = msgspec.msgpack.Decoder(_Label)

MayHold = Callable[[str, Sequence[str]], bool]
"""Say whether a rule may find anything in observations of one group, by their labels."""


class Spool:
    """Where one process writes what its rules see."""

    def __init__(self, directory: Path, parts: int = PARTS) -> None:
        self._directory = directory
        block = min(BLOCK, max(_LEAST_BLOCK, _BUFFERED // parts))
        self._files = [EntryFile(directory / f"{n}-{os.getpid()}", block) for n in range(parts)]
        self._first: dict[tuple[str, tuple[str, str, int, date]], tuple[datetime, str]] = {}

    def add(self, sighting: Sighting) -> None:
        """Remember what a rule saw."""
        rule_id, seen = sighting.rule.id, sighting.observation
        part = _place_of(rule_id, seen.group) % len(self._files)
        self._files[part].add(_encoder.encode((rule_id, seen)))

    def keep(self) -> None:
        """Keep all data that is added from now on, besides writing it."""
        for file in self._files:
            file.keep()

    def kept(self) -> dict[int, bytes]:
        """Return the data that was added since, by part."""
        return {part: data for part, file in enumerate(self._files) if (data := file.kept())}

    def is_known(self, rule: Rule, event: Event, match: Match, group: str) -> bool:
        """Say whether a rule that needs the first of a label and day has earlier ones already."""
        seen = event.event_time, event.origin
        of_group = rule.id, group, int(match.severity or 0), seen[0].date()
        are_known = True
        if len(self._first) > MOST_FIRST:
            self._first.clear()  # the worst of it is that one is written twice
        for label in match.labels:
            key = label, of_group
            if self._first.get(key, _NEVER) > seen:
                self._first[key] = seen
                are_known = False
        return are_known

    def hear(self, noted: Iterable[tuple[str, str]]) -> None:
        """Write on which days accounts were heard."""
        append(self._directory / f"heard-{os.getpid()}", _lines(noted))

    def show(self, networks: Iterable[str]) -> None:
        """Write which networks are own ones."""
        spool_networks(self._directory, networks, str(os.getpid()))

    def flush(self) -> None:
        """Write the observations that are still in memory."""
        for file in self._files:
            file.flush()


def spool_part(directory: Path, part: int, data: bytes) -> None:
    """Write what a spool kept as one part of another."""
    append(directory / f"{part}-kept", data)


def spool_heard(directory: Path, noted: Iterable[tuple[str, str]]) -> None:
    """Write on which days accounts were heard, as another spool had it."""
    append(directory / "heard-kept", _lines(noted))


def spool_networks(directory: Path, networks: Iterable[str], by: str = "kept") -> None:
    """Write which networks are own ones."""
    if data := b"".join(msgspec.json.encode(each) + b"\n" for each in sorted(networks)):
        append(directory / f"networks-{by}", data)


def _lines(noted: Iterable[tuple[str, str]]) -> bytes:
    return b"".join(msgspec.json.encode(each) + b"\n" for each in noted)


def portions(
    texts: Iterable[bytes], most: int = MOST_HELD, level: int = 0
) -> Iterator[Iterable[bytes]]:
    """Yield entries in portions of at most so many bytes; all of one rule and group are in one.

    Use a portion before the next one is asked for. Entries that are too many are divided in a
    temporary folder. Raises ScanError where there is no room.
    """
    rest = iter(texts)
    held, size = dict[bytes, None](), 0
    for text in rest:
        size += len(text) if text not in held else 0
        held[text] = None
        if size > most and level < _DEEPEST:
            break
    else:
        yield held
        return
    with TemporaryDirectory(prefix="trailwarden-") as name:
        paths = [Path(name, "divided", str(part)) for part in range(PARTS)]
        paths[0].parent.mkdir()
        files = [EntryFile(path, max(_LEAST_BLOCK, _BUFFERED // PARTS)) for path in paths]
        for text in chain(held, rest):
            entry = _label_decoder.decode(text)
            files[_place_below(level, entry.rule_id, entry.observation.group)].add(text)
        held.clear()
        for path, file in zip(paths, files, strict=True):
            file.flush()
            if path.exists():
                yield from portions(entries_of([path]), most, level + 1)
                path.unlink()


def spooled(texts: Iterable[bytes], may_hold: MayHold) -> Iterator[tuple[str, Observation]]:
    """Yield what all processes remembered in one part, of groups in which a rule may find anything.

    `texts` are the entries of that part. What comes are rule ids and observations. Repeats of one
    are dropped, for files may be copies.
    """
    groups: defaultdict[tuple[str, str], dict[bytes, str]] = defaultdict(dict)
    for text in texts:
        entry = _label_decoder.decode(text)
        groups[entry.rule_id, entry.observation.group][text] = entry.observation.label
    for (rule_id, _), labels in groups.items():
        if may_hold(rule_id, [*labels.values()]):
            yield from ((rule_id, shared(_decoder.decode(t).observation)) for t in labels)


def texts_of(directory: Path, part: int) -> Iterator[bytes]:
    """Yield each entry of one part, as it is written."""
    yield from entries_of(sorted(directory.glob(f"{part}-*")))


def spooled_heard(directory: Path) -> Iterator[tuple[str, str]]:
    """Yield which accounts all processes heard, with the days."""
    for path in sorted(directory.glob("heard-*")):
        with path.open("rb") as file:
            yield from (msgspec.json.decode(line, type=tuple[str, str]) for line in file)


def spooled_networks(directory: Path) -> set[str]:
    """Return the networks that all processes were shown as own ones."""
    return {
        msgspec.json.decode(line, type=str)
        for path in sorted(directory.glob("networks-*"))
        for line in path.read_bytes().splitlines()
    }


@lru_cache(1 << 14)
def _place_of(rule_id: str, group: str) -> int:
    return crc32(f"{rule_id}/{group}".encode())


@lru_cache(1 << 14)
def _place_below(level: int, rule_id: str, group: str) -> int:
    """Return a place that says nothing of the place above."""
    digest = blake2b(f"{level}/{rule_id}/{group}".encode(), digest_size=4).digest()
    return int.from_bytes(digest, "big") % PARTS


def shared(seen: Observation) -> Observation:
    """Return `seen` with texts that many observations have in common held once."""
    (
        time,
        origin,
        label,
        group,
        event_id,
        *texts,
        severity,
        caller,
        via,
        title,
        session,
        hunting,
        lineage,
    ) = seen
    values: tuple[Any, ...] = (
        origin if origin == event_id else event_id,
        *map(intern, texts),
        severity,
        *map(intern, (caller, via, title, session)),
        hunting,
        lineage,
    )
    return Observation(time, origin, intern(label), intern(group), *values)
