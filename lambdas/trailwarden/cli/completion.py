"""`trailwarden completion`: what makes a shell complete the command line."""

import argparse
from collections.abc import Iterator
from pathlib import Path

import shtab

SHELLS = ("bash", "zsh", "tcsh")
_FILES = frozenset({"PATH", "FILE"})

EPILOG = """\
examples:
  trailwarden completion bash > ~/.local/share/bash-completion/completions/trailwarden
  trailwarden completion zsh > ~/.zfunc/_trailwarden
"""


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command."""
    parser = commands.add_parser(
        "completion",
        help="write what makes a shell complete this command line",
        description="Write what makes a shell complete this command line.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("shell", choices=SHELLS, help="the shell")
    parser.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> int:
    parser: argparse.ArgumentParser = arguments.parser()
    for action in _actions(parser):
        if action.type is Path or action.metavar in _FILES:
            vars(action)["complete"] = shtab.FILE
    print(shtab.complete(parser, shell=arguments.shell))
    return 0


def _actions(parser: argparse.ArgumentParser) -> Iterator[argparse.Action]:
    """Yield the arguments of a command and of those below it."""
    for action in parser._actions:
        yield action
        if isinstance(action, argparse._SubParsersAction):
            for below in action.choices.values():
                yield from _actions(below)
