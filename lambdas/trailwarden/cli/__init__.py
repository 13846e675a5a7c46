"""The command line: the same engine, on this machine."""

import argparse
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Any

from trailwarden.cli.options import Parser, own_rules, use
from trailwarden.cli.problems import UsageError, say, speak
from trailwarden.cli.version import version
from trailwarden.scan.errors import ScanError

USAGE, UNFINISHED, INTERRUPTED = 2, 3, 130

MODULES = (
    *("scan", "history", "trace", "verify", "rules", "operate", "incidents"),
    *("drill", "local", "story", "cost", "completion"),
)
"""The modules of commands, in the order in which people see these."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command and return its exit status; 2 says that the command line was wrong."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")  # not every terminal has every letter
    if os.environ.get("NO_COLOR"):
        os.environ["TERM"] = "dumb"  # who wants no colours wants no bold and no moving bar either
    argv = sys.argv[1:] if argv is None else argv
    if not argv:
        parser().print_help(sys.stderr)
        return USAGE
    arguments = parser(argv[0]).parse_args(argv)
    speak(quiet=getattr(arguments, "quiet", False), verbose=getattr(arguments, "verbose", False))
    try:
        arguments.own_rules = own_rules(getattr(arguments, "own_rules", None))
        use(arguments.own_rules)
        status: int = arguments.run(arguments)
        sys.stdout.flush()
    except UsageError as error:
        say(f"trailwarden: {error}")
        return USAGE
    except ScanError as error:
        kept = "; run it again to go on" if getattr(arguments, "state", None) else ""
        say(f"trailwarden: {error}{kept}")
        return UNFINISHED
    except KeyboardInterrupt:
        kept = "run it again to go on" if getattr(arguments, "state", None) else "all is lost"
        print(f"interrupted: {kept}", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:  # whoever read the output has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    return status


def parser(command: str = "") -> argparse.ArgumentParser:
    """Return what understands the command line.

    A command that has the name of its module needs no other: importing them all takes a while.
    """
    top = Parser(
        prog="trailwarden",
        description="Detections for AWS CloudTrail.",
        epilog="`trailwarden COMMAND --help` says more of each.",
    )
    top.add_argument("--version", action=_Version, nargs=0, help="show the version and exit")
    top.set_defaults(parser=parser)
    commands = top.add_subparsers(required=True, metavar="COMMAND")
    for module in [command] if command in MODULES else MODULES:
        import_module(f"{__name__}.{module}").add_to(commands)
    return top


class _Version(argparse.Action):
    """Shows the version, which is looked up only then."""

    def __call__(self, parser: argparse.ArgumentParser, *_others: Any) -> None:
        print(version())
        parser.exit()
