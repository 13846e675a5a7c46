"""Finds log files in folders, among any other files."""

import os
import stat
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import BinaryIO, TypeAlias

PASSED_OVER = frozenset({".DS_Store", "Thumbs.db", "desktop.ini"})
"""Files that desktops leave in folders, without a word to anybody."""

_KINDS = (
    (stat.S_ISFIFO, "a named pipe"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
)

_Identity: TypeAlias = tuple[int, int]
"""What no other file of this machine has."""

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
    seen = set[_Identity]()
    for path in paths:
        yield from _below(path, complain, seen)


def _below(
    path: str, complain: Complain, seen: set[_Identity], entry: "os.DirEntry[str] | None" = None
) -> Iterator[LocalFile]:
    """Yield the regular files at or below `path`, following links but never in a circle.

    `entry` is given where a folder lists it.
    """
    try:
        status = os.stat(path)  # noqa: PTH116 - a Path would lose the spelling of the name
        if stat.S_ISREG(status.st_mode):
            is_listed = entry is not None and not entry.is_symlink()
            if not _is_repeat(path, status, seen, is_listed=is_listed):
                yield LocalFile(path, status.st_size)
            return
        if not stat.S_ISDIR(status.st_mode):
            complain(path, f"is {_kind(status.st_mode)}, no file")
            return
        entries = [] if _identity(status) in seen else sorted(os.scandir(path), key=_name)
        seen.add(_identity(status))
    except (OSError, ValueError) as error:
        complain(path, _why(path, error))
        return
    for each in entries:
        if each.name not in PASSED_OVER:
            yield from _below(each.path, complain, seen, each)


def _name(entry: "os.DirEntry[str]") -> str:
    return entry.name


def _is_repeat(path: str, status: os.stat_result, seen: set[_Identity], *, is_listed: bool) -> bool:
    """Say whether a file comes a second time.

    Most files have one name, in a folder that is seen once: there may be a million of them. So
    only those are remembered that have other names, or that a path or a link names.
    """
    identity = _identity(status)
    if identity in seen:
        return True
    if is_listed and status.st_nlink == 1:
        return False
    seen.add(identity)
    folder, name = os.path.split(os.path.realpath(path))
    is_of_folder = status.st_nlink == 1 and name not in PASSED_OVER
    return is_of_folder and _identity(os.stat(folder)) in seen  # noqa: PTH116 - likewise


def _identity(status: os.stat_result) -> _Identity:
    return status.st_dev, status.st_ino


def _why(path: str, error: Exception) -> str:
    if isinstance(error, FileNotFoundError) and os.path.islink(path):  # noqa: PTH114 - likewise
        return "is a link to a file that is not there"
    return f"cannot be read: {getattr(error, 'strerror', None) or error}"


def _kind(mode: int) -> str:
    return next((name for is_kind, name in _KINDS if is_kind(mode)), "of an odd kind")
