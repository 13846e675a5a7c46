"""Commands for a person to read and then to run: lists of arguments, each quoted once.

A name that is not plain is in no command: an intruder may have chosen it for that.
"""

import re
import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

_PLAIN = re.compile(r"(?!.*://)[A-Za-z0-9_+,.][A-Za-z0-9+=,.@_/:-]{0,255}")
"""A name that no shell and no AWS CLI reads as anything else: `file://` has the CLI read a file."""


@dataclass(frozen=True)
class Command:
    """One command, with a word on it where it needs one."""

    arguments: Sequence[str]
    account_id: str = ""
    """The account that it is run in."""
    note: str = ""

    def __str__(self) -> str:
        """Return the command as a shell takes it."""
        return shlex.join(self.arguments)

    @property
    def lines(self) -> Sequence[str]:
        """The command below its note. Some shells take no comment behind a command."""
        return [*([f"# {self.note}:"] if self.note else []), str(self)]


@dataclass(frozen=True)
class Step:
    """What to do at one go."""

    title: str
    commands: Sequence[Command]
    notes: Sequence[str] = ()
    """What no command does."""


class NotPlainError(Exception):
    """A name has more in it than a command may hold."""


def step_of(title: str, parts: Iterator[Iterator[Command]]) -> Step:
    """Return a step of some commands, each once; names that are not plain are counted."""
    commands: dict[tuple[str, tuple[str, ...]], Command] = {}
    odd: set[str] = set()
    for part in parts:
        try:
            for command in part:
                commands.setdefault((command.account_id, tuple(command.arguments)), command)
        except NotPlainError as error:
            odd.add(str(error))
    names = "1 name here is" if len(odd) == 1 else f"{len(odd):,} names here are"
    notes = (f"{names} not plain. Look at the evidence, and type it yourself.",) if odd else ()
    return Step(title, list(commands.values()), notes)


def plain(name: str) -> str:
    """Return a name that a command may hold. Raises NotPlainError."""
    if not _PLAIN.fullmatch(name):
        raise NotPlainError(name)
    return name
