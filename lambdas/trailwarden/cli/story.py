"""`trailwarden story`: writes log files to try things on."""

import argparse
from datetime import timedelta
from heapq import merge
from itertools import groupby
from operator import itemgetter
from pathlib import Path

from rich.progress import track

from trailwarden.cli.arguments import count
from trailwarden.cli.problems import UsageError, say, unwritable
from trailwarden.cloudtrail.values import Record
from trailwarden.scenario import attack, benign, files
from trailwarden.scenario.company import DAYS, company, month

USAGE = 2
A_DAY = timedelta(days=1)
_BEGINNING = "# What the environment of the made-up "
"""How the tuning files of stories begin."""

EPILOG = """\
examples:
  trailwarden story logs                      a day of one account, with an attack
  trailwarden story --company logs            a month of a company of 50 accounts, without one
  trailwarden story --company --accounts 5 --days 3 logs
"""


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command."""
    parser = commands.add_parser(
        "story",
        help="write the log files of a made-up day with an attack in it, or of a company's month",
        description="Write the log files of a made-up day: harmless work, and an attack. Or of a "
        "company's ordinary month. What its environment is made of stands in FOLDER.toml, for "
        "`trailwarden scan --tuning`.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("folder", type=Path, metavar="FOLDER", help="where to; made if need be")
    add("--add", action="store_true", help="write there although the folder is not empty")
    add("--events", type=count, default=4000, help="how much harmless work (%(default)s)")
    add("--seed", type=int, default=1, help="another day for another number")
    add("--no-attack", action="store_true", help="only the harmless work")
    add("--company", action="store_true", help="the month of a company, of some 500,000 events")
    add("--accounts", type=count, default=50, help="with --company: how many (%(default)s)")
    add("--days", type=count, default=DAYS, help="with --company: how many (%(default)s)")
    parser.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> int:
    folder = arguments.folder.resolve()
    tuning = folder.with_name(f"{folder.name}.toml")
    if not arguments.add and (filled := _filled(folder, tuning)):
        raise UsageError(f"{filled}: name another folder, or say --add")
    try:
        written, said = _company(arguments) if arguments.company else _day(arguments)
        tuning.write_text(said, encoding="utf-8")
    except OSError as error:
        say(f"trailwarden story: {unwritable(arguments.folder, error)}")
        return USAGE
    say(f"wrote {written:,} log files below {arguments.folder}, and {tuning.name} beside it")
    return 0


def _filled(folder: Path, tuning: Path) -> str:
    """Say which files are there that the story would mix with or write over."""
    if folder.is_dir() and any(folder.iterdir()):
        return f"{folder} is not empty, and a story would mix with what is there"
    if tuning.exists() and not tuning.read_text("utf-8", "replace").startswith(_BEGINNING):
        return f"{tuning} is there already, and is not of a story"
    return ""


def _day(arguments: argparse.Namespace) -> tuple[int, str]:
    evil = [] if arguments.no_attack else attack.attack()
    harmless = benign.day(arguments.events, seed=arguments.seed)
    told = merge(harmless, evil, key=itemgetter("eventTime"))
    return len(files.write(told, arguments.folder)), benign.TUNING


def _company(arguments: argparse.Namespace) -> tuple[int, str]:
    """Write a day at a time, so that a month needs no more memory."""
    those = company(arguments.accounts)
    told = groupby(month(those, days=arguments.days, seed=arguments.seed), key=_date)
    days = track(told, "Writing days", total=arguments.days, transient=True)
    written = sum(len(files.write(records, arguments.folder, every=A_DAY)) for _, records in days)
    return written, those.full_tuning


def _date(record: Record) -> str:
    date: str = record["eventTime"][:10]
    return date
