"""The log files that a scan is measured with: ordinary life, an attack, and other forms."""

import gzip
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from trailwarden.cloudtrail.values import Record
from trailwarden.logfile.folder import LocalFile
from trailwarden.scenario import attack, benign, files
from trailwarden.scenario.company import company, month

FILE_SIZE = 600
"""How many records a file holds."""

DENSITY = 0.5
"""How much of what machines ask again and again is told."""


@dataclass(frozen=True)
class Corpus:
    """Log files of one kind, with their number of events."""

    files: Sequence[Path]
    events: int

    @property
    def sources(self) -> list[LocalFile]:
        """The files as a scan takes them."""
        return [LocalFile(str(path), path.stat().st_size) for path in self.files]


Write = Callable[[Sequence[Record]], bytes]


def _lines(records: Sequence[Record]) -> bytes:
    return b"".join(json.dumps(each).encode() + b"\n" for each in records)


FORMS: Mapping[str, Write] = {
    "as CloudTrail writes it": files.document,
    "sorted keys": lambda some: _zipped(json.dumps({"Records": some}, sort_keys=True).encode()),
    "JSON Lines": lambda some: _zipped(_lines(some)),
    "indented": lambda some: _zipped(json.dumps({"Records": some}, indent=2).encode()),
}
"""The forms in which people keep log files."""


def ordinary(events: int) -> list[Record]:
    """Return days of a company of fifty accounts."""
    return list(islice(month(company(), density=DENSITY), events))


def attacked(events: int) -> list[Record]:
    """Return a day of an account with an attack in it."""
    return [*attack.attack(), *benign.day(events)][:events]


def strangers(records: Iterable[Record]) -> list[Record]:
    """Return records each of which is of a principal that never comes again."""
    return [_by_stranger(record, number) for number, record in enumerate(records)]


def _by_stranger(record: Record, number: int) -> Record:
    identity = record["userIdentity"]
    told = {"accessKeyId": f"ASIA{number:016}", "principalId": f"AROA{number:016}:{number}"}
    renewed = {key: told.get(key, value) for key, value in identity.items()}
    return {**record, "userIdentity": renewed}


def write(
    records: Sequence[Record], folder: Path, *, size: int = FILE_SIZE, form: Write = files.document
) -> Corpus:
    """Write log files of `size` records each."""
    folder.mkdir(parents=True)
    paths = []
    for start in range(0, len(records), size):
        path = folder / f"{start:08}.json.gz"
        path.write_bytes(form(records[start : start + size]))
        paths.append(path)
    return Corpus(paths, len(records))


def _zipped(text: bytes) -> bytes:
    return gzip.compress(text, mtime=0)
