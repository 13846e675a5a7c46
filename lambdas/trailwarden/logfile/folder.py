"""Finds log files in folders, among any other files."""

import os
import stat
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

PASSED_OVER = frozenset({".DS_Store", "Thumbs.db", "desktop.ini"})
"""Files that desktops leave in folders, without a word to anybody."""

_KINDS = (
    (stat.S_ISFIFO, "a named pipe"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
)

Complain = Callable[[str, str], None]
"""Take the name of what cannot be read, and why."""


@dataclass(frozen=True, slots=True)  # there may be a million of them
class LocalFile:
    """A log file on this machine."""

    path: str
    size: int

    @property
    def name(self) -> str:
        """Its path, as it was found."""
        return self.path

    def open(self) -> BinaryIO:
        """Open it to read its bytes."""
        return open(self.path, "rb")  # noqa: PTH123 - a Path takes longer than to open it


def local_files(paths: Iterable[str], complain: Complain) -> Iterator[LocalFile]:
    """Yield each file that `paths` name or hold, once, in the order of their names."""
    seen = set[int]()
    for path in paths:
        for found in _below(path, complain, seen):
            status = found.stat()
            identity = _identity(status)
            if identity not in seen:
                seen.add(identity)
                yield LocalFile(str(found), status.st_size)


def _below(path: str, complain: Complain, seen: set[int]) -> Iterator[Path]:
    """Yield the regular files at or below `path`, following links but never in a circle."""
    try:
        status = os.stat(path)  # noqa: PTH116 - a Path would lose the spelling of the name
        if stat.S_ISDIR(status.st_mode):
            identity = _identity(status)
            names = [] if identity in seen else sorted(os.listdir(path))  # noqa: PTH208 - likewise
            seen.add(identity)
        elif stat.S_ISREG(status.st_mode):
            yield Path(path)
            return
        else:
            complain(path, f"is {_kind(status.st_mode)}, no file")
            return
    except (OSError, ValueError) as error:
        complain(path, _why(path, error))
        return
    for name in names:
        if name not in PASSED_OVER:
            yield from _below(os.path.join(path, name), complain, seen)  # noqa: PTH118 - likewise


def _identity(status: os.stat_result) -> int:
    """Return a number that no other file of this machine has: it takes less room than two."""
    return status.st_dev << 64 | status.st_ino


def _why(path: str, error: Exception) -> str:
    if isinstance(error, FileNotFoundError) and os.path.islink(path):  # noqa: PTH114 - likewise
        return "is a link to a file that is not there"
    return f"cannot be read: {getattr(error, 'strerror', None) or error}"


def _kind(mode: int) -> str:
    return next((name for is_kind, name in _KINDS if is_kind(mode)), "of an odd kind")
