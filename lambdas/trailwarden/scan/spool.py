"""Keeps observations on disk, so that a scan's memory does not grow with its input.

A rule's observations of one group lie together in one of a few parts. The parts are read back one
after the other.
"""

import os
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from hashlib import blake2b
from itertools import chain
from pathlib import Path
from tempfile import TemporaryDirectory
from zlib import crc32

import msgspec

from trailwarden.cloudtrail.event import Event
from trailwarden.cloudtrail.networks import networks_in
from trailwarden.detection.engine import Sighting
from trailwarden.detection.match import Match
from trailwarden.detection.observation import Observation
from trailwarden.detection.rule import Rule
from trailwarden.scan.entries import append
from trailwarden.scan.rows import (
    BLOCK,
    GROUP,
    LABEL,
    LINEAGE,
    RULE_ID,
    SUBJECT,
    Row,
    RowFile,
    observation_of,
    rows_of,
)

PARTS = 32
"""Into how many parts the observations of all rules are divided."""

MOST_HELD = 8 << 20
"""About how many bytes of rows are added up at a time: more are divided on disk before."""

_OF_ROW = 400
"""About how many bytes a row takes in memory, besides the texts that no other row has."""

_DEEPEST = 4
"""How often rows are divided again. A group that is too large even then is held as one."""

MOST_FIRST = 50_000
"""Of how many labels a process remembers the first of the day, so as not to write others."""

_BUFFERED, _LEAST_BLOCK = 4 << 20, 8 << 10
"""About how many bytes of all parts are held until they are written, and the least of one part."""

MOST_NAMED = 500
"""How many networks a process notes that observations name."""

_NEVER = datetime.max.replace(tzinfo=UTC), ""


MayCount = Callable[[str, Sequence[Row]], bool]
"""Say whether a rule may count the observations of one group, as their rows tell them."""


KeyOf = Callable[[Row], str]
"""Return what rows have in common that are added up together."""


class Spool:
    """Where one process writes what its rules see."""

    def __init__(self, directory: Path, parts: int = PARTS) -> None:
        self._directory = directory
        block = min(BLOCK, max(_LEAST_BLOCK, _BUFFERED // parts))
        self._files = [RowFile(directory / f"{n}-{os.getpid()}", block) for n in range(parts)]
        self._first: dict[int, tuple[datetime, str]] = {}
        self._named = set[str]()

    def add(self, sighting: Sighting) -> None:
        """Remember what a rule saw."""
        seen = sighting.observation
        self._files[_place_of(seen.group) % len(self._files)].add(sighting.rule.id, seen)
        if "vpc" in seen.label and len(self._named) < MOST_NAMED:
            self._named |= networks_in([seen.label])

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
        counts = rule.correlation
        is_parted = counts is not None and counts.parts_hands
        hand = (event.source_ip_address, event.user_identity.session_name) if is_parted else ()
        hour = seen[0].hour if counts is not None and counts.hourly else 0
        of_group = rule.id, group, int(match.severity or 0), seen[0].date(), hour, hand
        are_known = True
        if len(self._first) > MOST_FIRST:
            self._first.clear()  # the worst of it is that one is written twice
        for label in match.labels:
            key = hash((label, of_group))  # the texts themselves would take most of the memory
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
        """Write the observations that are still in memory, and which networks they name."""
        for file in self._files:
            file.flush()
        append(self._directory / f"named-{os.getpid()}", _lines(sorted(self._named)))


def spool_part(directory: Path, part: int, data: bytes) -> None:
    """Write what a spool kept as one part of another."""
    append(directory / f"{part}-kept", data)


def spool_heard(directory: Path, noted: Iterable[tuple[str, str]]) -> None:
    """Write on which days accounts were heard, as another spool had it."""
    append(directory / "heard-kept", _lines(noted))


def spool_networks(directory: Path, networks: Iterable[str], by: str = "kept") -> None:
    """Write which networks are own ones."""
    if data := _lines(sorted(networks)):
        append(directory / f"networks-{by}", data)


def _lines(noted: Iterable[tuple[str, str] | str]) -> bytes:
    return b"".join(msgspec.json.encode(each) + b"\n" for each in noted)


def rule_and_group(row: Row) -> str:
    """Return the rule and group of a row."""
    return f"{row[RULE_ID]}/{row[GROUP]}"


def portions(
    rows: Iterable[Row], most: int = MOST_HELD, level: int = 0, *, key: KeyOf = rule_and_group
) -> Iterator[Iterable[Row]]:
    """Yield rows in portions of about so many bytes at most; all of one `key` are in one.

    Repeats are dropped, for files may be copies.
    Use a portion before the next one is asked for. Rows that are too many are divided in a
    temporary folder. Raises ScanError where there is no room.
    """
    rest = iter(rows)
    held, size = dict[Row, None](), 0
    for row in rest:
        known = len(held)
        held[row] = None
        size += size_of(row) if len(held) > known else 0
        if size > most and level < _DEEPEST:
            break
    else:
        yield held
        return
    with TemporaryDirectory(prefix="trailwarden-") as name:
        paths = [Path(name, "divided", str(part)) for part in range(PARTS)]
        paths[0].parent.mkdir()
        files = [RowFile(path, max(_LEAST_BLOCK, _BUFFERED // PARTS)) for path in paths]
        for row in chain(held, rest):
            place = _place_below(level, key(row))
            files[place].add(row[RULE_ID], observation_of(row))
        held.clear()
        for path, file in zip(paths, files, strict=True):
            file.flush()
            if path.exists():
                yield from portions(rows_of([path]), most, level + 1, key=key)
                path.unlink()


def size_of(row: Row) -> int:
    """Return about how many bytes a row takes in memory."""
    return _OF_ROW + len(row[LABEL]) + len(row[SUBJECT]) + len(row[LINEAGE])


def spooled(rows: Iterable[Row], may_count: MayCount) -> Iterator[tuple[str, Observation]]:
    """Yield what all processes remembered in one part, of groups that a rule may count.

    `rows` are those of that part, each once. What comes are rule ids and observations.
    """
    groups: defaultdict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in rows:
        groups[row[RULE_ID], row[GROUP]].append(row)
    for (rule_id, _), some in groups.items():
        if may_count(rule_id, some):
            yield from ((rule_id, observation_of(row)) for row in some)


def rows_in_part(directory: Path, part: int) -> Iterator[Row]:
    """Yield all that was remembered in one part."""
    yield from rows_of(sorted(directory.glob(f"{part}-*")))


def spooled_heard(directory: Path) -> Iterator[tuple[str, str]]:
    """Yield which accounts all processes heard, with the days."""
    for path in sorted(directory.glob("heard-*")):
        with path.open("rb") as file:
            yield from (msgspec.json.decode(line, type=tuple[str, str]) for line in file)


def spooled_networks(directory: Path) -> set[str]:
    """Return the networks that all processes were shown as own ones."""
    return _names_in(directory.glob("networks-*"))


def spooled_names(directory: Path) -> set[str]:
    """Return the networks that observations of all processes name as limits of access."""
    return _names_in(directory.glob("named-*"))


def _names_in(paths: Iterable[Path]) -> set[str]:
    return {
        msgspec.json.decode(line, type=str)
        for path in paths
        for line in path.read_bytes().splitlines()
    }


@lru_cache(1 << 14)
def _place_of(group: str) -> int:
    """Return a place that all rules' observations of one group share: these are much alike."""
    return crc32(group.encode())


@lru_cache(1 << 14)
def _place_below(level: int, key: str) -> int:
    """Return a place that says nothing of the place above."""
    digest = blake2b(f"{level}/{key}".encode(), digest_size=4).digest()
    return int.from_bytes(digest, "big") % PARTS
