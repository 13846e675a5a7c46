"""`trailwarden story`: writes log files to try things on."""

import argparse
from heapq import merge
from operator import itemgetter
from pathlib import Path

from trailwarden.cli.problems import say
from trailwarden.scenario import attack, benign, files

USAGE = 2


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command."""
    parser = commands.add_parser(
        "story",
        help="write the log files of a made-up day with an attack in it",
        description="Write the log files of a made-up day: harmless work, and an attack. What its "
        "environment is made of stands in FOLDER.toml, for `trailwarden scan --tuning`.",
    )
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="where to; made if need be")
    parser.add_argument(
        "--events", type=int, default=4000, help="how much harmless work (%(default)s)"
    )
    parser.add_argument("--seed", type=int, default=1, help="another day for another number")
    parser.add_argument("--no-attack", action="store_true", help="only the harmless work")
    parser.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> int:
    evil = [] if arguments.no_attack else attack.attack()
    harmless = benign.day(arguments.events, seed=arguments.seed)
    folder = arguments.folder.resolve()
    tuning = folder.with_name(f"{folder.name}.toml")
    try:
        written = files.write(merge(harmless, evil, key=itemgetter("eventTime")), arguments.folder)
        tuning.write_text(benign.TUNING, encoding="utf-8")
    except OSError as error:
        say(f"trailwarden story: {arguments.folder}: {error.strerror}")
        return USAGE
    say(f"wrote {len(written)} log files below {arguments.folder}, and {tuning.name} beside it")
    return 0
