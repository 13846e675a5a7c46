"""Writes problems to standard error."""

import sys

from trailwarden.notify.printable import printable


class UsageError(Exception):
    """The command line asks for what cannot be done; the message says what to do."""


class _Voice:
    """How much a command says besides problems."""

    quiet = False
    verbose = False


def speak(*, quiet: bool, verbose: bool) -> None:
    """Say less, or more, for the rest of this command."""
    _Voice.quiet, _Voice.verbose = quiet, verbose


def complain(name: str, message: str) -> None:
    """Write a problem of the file `name`, with any characters in either."""
    print(f"{printable(name, limit=500)}: {printable(message, limit=500)}", file=sys.stderr)


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
