"""`trailwarden cost`: what a deployment costs a month, and the page that says so."""

import argparse
from pathlib import Path

from trailwarden.cli.problems import say, unwritable
from trailwarden.cost.layouts import REGIONS, load
from trailwarden.cost.measured import measured
from trailwarden.cost.page import own_bill, page

USAGE = 2

EPILOG = """\
examples:
  trailwarden cost --events 5000000 --accounts 3
  trailwarden cost --write docs/cost.md
"""


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command."""
    parser = commands.add_parser(
        "cost",
        help="reckon what a deployment costs a month",
        description="Reckon what a deployment costs a month, line by line, at list prices in "
        "us-east-1. It asks AWS nothing.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("--events", type=float, default=1_000_000, help="management events a month (%(default).0f)")
    add("--accounts", type=int, default=1, help="how many accounts they are of (%(default)s)")
    add("--regions", type=int, default=REGIONS, help="of each account (%(default)s)")
    add("--write", type=Path, metavar="FILE", help="write the page with the usual loads instead")
    parser.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> int:
    if min(arguments.events, arguments.accounts, arguments.regions) < 1:
        say("trailwarden cost: give one event, account and Region at least")
        return USAGE
    if not arguments.write:
        asked = load(
            "yours",
            events=arguments.events,
            accounts=arguments.accounts,
            regions=arguments.regions,
        )
        print(own_bill(asked, measured()))
        return 0
    try:
        arguments.write.write_text(page(measured()), encoding="utf-8")
    except OSError as error:
        say(f"trailwarden cost: {unwritable(arguments.write, error)}")
        return USAGE
    return 0
