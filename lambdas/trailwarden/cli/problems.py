"""Writes problems to standard error."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from pathlib import Path

from trailwarden.notify.printable import printable


class UsageError(Exception):
    """The command line asks for what cannot be done; the message says what to do."""


def unwritable(path: Path, error: OSError) -> str:
    """Say of a file or folder why it cannot be written."""
    if isinstance(error, FileNotFoundError) and not path.parent.exists():
        return f"{path}: there is no folder {path.parent}: make it first"
    if isinstance(error, FileExistsError | NotADirectoryError):
        return f"{path}: it is a file, or is below one: name a folder"
    if isinstance(error, IsADirectoryError):
        return f"{path}: it is a folder: name a file"
    return f"{path}: cannot be written: {error.strerror}"


@contextmanager
def rules_apart() -> Iterator[None]:
    """Send what rules print to standard error: what reads the output may not get it."""
    with redirect_stdout(sys.stderr):
        yield


class _Voice:
    """How much a command says besides problems."""

    quiet = False
    verbose = False


def speak(*, quiet: bool, verbose: bool) -> None:
    """Say less, or more, for the rest of this command."""
    _Voice.quiet, _Voice.verbose = quiet, verbose


def complain(name: str, message: str) -> None:
    """Write a problem of the file `name`, with any characters in either."""
    shown = printable(name, limit=500) or "''"
    print(f"{shown}: {printable(message, limit=500)}", file=sys.stderr)


def say(message: str) -> None:
    """Say something that is safe to show."""
    print(message, file=sys.stderr)


def note(message: str) -> None:
    """Say something that is good to know, unless only problems are asked for."""
    if not _Voice.quiet:
        say(message)


def detail(message: str) -> None:
    """Name a step of the work, where that is asked for."""
    if _Voice.verbose:
        say(printable(message, limit=500))
