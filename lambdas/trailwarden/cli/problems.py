"""Writes problems to standard error."""

import sys

from trailwarden.notify.printable import printable


class UsageError(Exception):
    """The command line asks for what cannot be done; the message says what to do."""


def complain(name: str, message: str) -> None:
    """Write a problem of the file `name`, with any characters in either."""
    print(f"{printable(name, limit=500)}: {printable(message, limit=500)}", file=sys.stderr)


def say(message: str) -> None:
    """Say something that is safe to show."""
    print(message, file=sys.stderr)
