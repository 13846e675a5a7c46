"""`trailwarden rules figures`: counts what the rules prove and say."""

import argparse

from rich.console import Console
from rich.table import Table

from trailwarden import catalog
from trailwarden.authoring.figures import figures

EPILOG = """\
examples:
  trailwarden rules figures
  trailwarden rules figures --names     with the rules that each figure counts
"""


def add_to(actions: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the action."""
    parser = actions.add_parser(
        "figures",
        help="count what the rules prove and say",
        description="Count what the rules prove and say: exemptions, words, stories, things named.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--names", action="store_true", help="name the rules that are counted")
    parser.set_defaults(act=_figures)


def _figures(arguments: argparse.Namespace) -> int:
    console = Console(highlight=False, markup=False, soft_wrap=True)
    table = Table("Count", "Of", "Figure", box=None, pad_edge=False)
    found = list(figures(list(catalog.modules())))
    for figure in found:
        table.add_row(f"{figure.found:,}", f"{figure.total:,}", figure.name)
    console.print(table)
    if arguments.names:
        for figure in found:
            console.print(f"\n{figure.name}:", *figure.rules, sep="\n  ")
    return 0
