"""Opens the files that a command writes to, and never one that it reads."""

import os
import shutil
import stat
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from trailwarden.cli.problems import UsageError, unwritable
from trailwarden.logfile import ours
from trailwarden.logfile.folder import LocalFile
from trailwarden.scan.source import Source, Sources


def apart(sources: Collection[Source], paths: Sequence[Path | None]) -> Collection[Source]:
    """Return the sources without what this command writes to: older outputs of a scan.

    Raises UsageError where that would overwrite a log file, also through a link.
    """
    parts = [_part(path.resolve()) for path in paths if path]
    kept = sources
    for path in (*paths, *parts):
        status = _status_of(path)
        same = [one for one in kept if status and _is_same(one, status)]
        if not same:
            continue
        with same[0].open() as file:
            start = file.read(ours.START)
        if not start or ours.is_written_here(start):
            kept = Sources(one for one in kept if one not in same)
        elif path:
            raise UsageError(f"{path}: is one of the files to read: name another to write to")
    return kept


def _status_of(path: Path | None) -> os.stat_result | None:
    """Return the status of a file; of standard output for none; None for a pipe or a device."""
    try:
        status = path.stat() if path else os.fstat(1)
    except OSError:
        return None
    return status if stat.S_ISREG(status.st_mode) else None


def _is_same(source: Source, status: os.stat_result) -> bool:
    if not isinstance(source, LocalFile) or source.size != status.st_size:
        return False
    try:
        return os.path.samestat(Path(source.path).stat(), status)
    except OSError:
        return False


@contextmanager
def opened(path: Path | None, standard: TextIO) -> Iterator[TextIO]:
    """Open a file to write, or lend standard output. Raises UsageError.

    It is written beside, and takes the place of an older one when all went well.
    """
    if path is None:
        yield standard
        standard.flush()
        return
    place = path.resolve()
    is_plain = place.is_file() or not place.exists()
    part = _part(place) if is_plain else place
    try:
        if is_plain and place.exists() and not os.access(place, os.W_OK):
            raise PermissionError(0, "Permission denied")
        file = part.open("w", encoding="utf-8", errors="backslashreplace", newline="")
    except OSError as error:
        raise UsageError(unwritable(path, error)) from error
    try:
        with file:
            yield file
        if is_plain:
            _put(part, place)
    except BaseException:
        if is_plain:
            part.unlink(missing_ok=True)
        raise


def _part(place: Path) -> Path:
    return place.with_name(f"{place.name}.{os.getpid()}.part")


def _put(part: Path, place: Path) -> None:
    if place.exists():
        shutil.copymode(place, part)
    part.replace(place)
