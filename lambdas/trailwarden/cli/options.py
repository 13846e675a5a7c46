"""The options that every command has, and the parser that suggests the nearest one for a slip."""

import argparse
import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NoReturn

from trailwarden import catalog
from trailwarden.catalog.own import upward
from trailwarden.cli.folding import columns, folded
from trailwarden.cli.problems import UsageError
from trailwarden.cloudtrail.spelling import suggestion

VARIABLE = "TRAILWARDEN_RULES"
"""The environment variable that names the folder of a team's own rules."""

_CHOICE = re.compile(r"invalid choice: '([^']*)' \(choose from (.*)\)")
_UNKNOWN = re.compile(r"unrecognized arguments: (--[\w-]+)")


class Parser(argparse.ArgumentParser):
    """Has the options of all commands, at any place of the command line."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        group = self.add_argument_group("options of all commands")
        add, absent = group.add_argument, argparse.SUPPRESS
        add(
            "--rules",
            dest="own_rules",
            type=Path,
            default=absent,
            metavar="DIR",
            help=f"the folder of your own rules and tuning; else ${VARIABLE}, or local_rules here "
            "or above",
        )
        add("-q", "--quiet", action="store_true", default=absent, help="say only what is wrong")
        add("-v", "--verbose", action="store_true", default=absent, help="say what is done")

    def format_help(self) -> str:
        """Return the help, and fold on a terminal what the parser leaves as it was written."""
        return folded(super().format_help(), columns())

    def error(self, message: str) -> NoReturn:
        """End with the mistake in the command line, and what may have been meant."""
        if choice := _CHOICE.search(message):
            words = [word.strip().strip("'") for word in choice[2].split(",")]
            message += suggestion(choice[1], words)
        if unknown := _UNKNOWN.search(message):
            message += suggestion(unknown[1], _options_of(self))
        super().error(message)


def _options_of(parser: argparse.ArgumentParser) -> Iterator[str]:
    """Yield the options of a parser and of its commands, as far as they are loaded."""
    for action in parser._actions:
        yield from action.option_strings
        below = action.choices if isinstance(action.choices, Mapping) else {}
        for command in below.values():
            yield from _options_of(command)


def own_rules(given: Path | None, environ: Mapping[str, str] = os.environ) -> Path | None:
    """Return the folder of a team's own rules that a command line asks for; None for the usual.

    Raises UsageError for one that is not there.
    """
    named = given or (Path(environ[VARIABLE]) if environ.get(VARIABLE) else None)
    if named and not named.is_dir():
        said = f"--rules {named}" if given else f"{VARIABLE}={named}"
        wrong = "it is a file: name a folder" if named.exists() else "there is no such folder"
        raise UsageError(f"{said}: {wrong}")
    user = os.getuid() if hasattr(os, "getuid") else 0
    return named or upward(Path.cwd(), frozenset({0, user}))


def use(folder: Path | None) -> None:
    """Take the team's own rules from a folder, if there is one."""
    if folder:
        catalog.use(folder)
