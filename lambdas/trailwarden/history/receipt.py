"""The receipt for one portion: its figures, its defects, and the place of its result.

A result has the observations of the portion, divided by rule and group, and its traces. A receipt
names it. So the result of a second attempt takes the place of the first, all at once.
"""

import zlib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple, Self

import msgspec

from trailwarden.history.store import RECEIPTS, RESULTS, Store
from trailwarden.scan.report import FileReport

MOST_TOLD = 500
"""Of how many files of a portion the defects are told; the others are counted."""

_CHUNK = 1 << 20


class Section(NamedTuple):
    """One part of a result, as a spool writes it."""

    start: int
    length: int
    checksum: int


class Told(msgspec.Struct, array_like=True):
    """What there is to say of one file."""

    name: str
    failures: int
    defects: list[str]
    notes: list[str]


class Counts(msgspec.Struct, kw_only=True):
    """The counts of one portion, or of several together."""

    mark: str
    """The run that they belong to."""
    files: int = 0
    size: int = 0
    events: int = 0
    outside: int = 0
    """How many events lie outside the time that is asked for."""
    unread: int = 0
    """How many files could not be had."""
    failures: int = 0
    told: list[Told] = []
    rule_failures: list[tuple[str, str, int]] = []
    heard: list[tuple[str, str]] = []
    """Which accounts were heard on which days."""
    networks: list[str] = []
    """Which networks records show to be own ones."""
    named: list[str] = []
    """Which networks observations name as limits of access."""
    seconds: float = 0.0
    """How long the work took; of several portions, one after the other."""


class Receipt(Counts, kw_only=True):
    """The receipt for one portion."""

    number: int
    result: str = ""
    """The name of its result."""
    sections: list[Section] = []

    @classmethod
    def of(cls, mark: str, number: int, reports: Iterable[FileReport]) -> Self:
        """Return the receipt of a portion whose files were reported."""
        receipt, raised = cls(mark=mark, number=number), Counter[tuple[str, str]]()
        for report in reports:
            receipt.files += 1
            receipt.size += report.size
            receipt.events += report.events
            receipt.outside += report.outside
            receipt.unread += report.is_unread
            receipt.failures += report.failures
            raised.update(report.rule_failures)
            if (report.defects or report.notes) and len(receipt.told) < MOST_TOLD:
                told = Told(report.name, report.failures, report.defects, report.notes)
                receipt.told.append(told)
        receipt.rule_failures = [(*of, times) for of, times in sorted(raised.items())]
        return receipt


def joined(spools: Sequence[Sequence[Path]], target: Path) -> tuple[str, list[Section]]:
    """Write the files of each section one after the other; return their digest and the sections.

    The files are removed.
    """
    digest, sections, start = sha256(), list[Section](), 0
    with target.open("wb") as file:
        for paths in spools:
            length, checksum = 0, 0
            for some in _content(paths):
                file.write(some)
                digest.update(some)
                length, checksum = length + len(some), zlib.crc32(some, checksum)
            sections.append(Section(start, length, checksum))
            start += length
    return digest.hexdigest()[:16], sections


def _content(paths: Iterable[Path]) -> Iterator[bytes]:
    for path in paths:
        with path.open("rb") as file:
            while some := file.read(_CHUNK):
                yield some
        path.unlink()


def keep(store: Store, receipt: Receipt, result: Path, digest: str) -> None:
    """Keep the result of a portion, and then the receipt, which makes it count."""
    receipt.result = f"{RESULTS}/{receipt.number:06}-{digest}"
    store.take(receipt.result, result)
    store.write(name_of(receipt.number), msgspec.json.encode(receipt))


def find(store: Store, mark: str, number: int) -> Receipt | None:
    """Return the receipt for a portion; None where there is none of this run."""
    try:
        receipt = msgspec.json.decode(store.read(name_of(number)), type=Receipt)
    except (FileNotFoundError, msgspec.MsgspecError):
        return None
    return receipt if receipt.mark == mark else None


def name_of(number: int) -> str:
    """Return the name of the receipt for a portion."""
    return f"{RECEIPTS}/{number:06}.json"
