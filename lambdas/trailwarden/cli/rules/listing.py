"""`trailwarden rules list`: the rules as tuned, one a line."""

import argparse
import sys

from rich.console import Console
from rich.table import Table
from rich.text import Text

from trailwarden import catalog
from trailwarden.authoring.pages import folder
from trailwarden.cli.packs import loaded, status_of
from trailwarden.cli.problems import UsageError, say
from trailwarden.cli.terminal import COLOURS
from trailwarden.cloudtrail.spelling import suggestion
from trailwarden.detection.rule import Mode, Rule
from trailwarden.detection.severity import Severity

WIDTH = 160
"""How wide a table is that is not on a terminal."""


def add_to(actions: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the action."""
    parser = actions.add_parser(
        "list",
        help="list the rules, as tuned",
        description="List the rules, as local_rules/tuning.toml has them. Each option may be given "
        "again, for more.",
    )
    add = parser.add_argument
    modes = [mode.value for mode in Mode]
    severities = [severity.label for severity in Severity]
    add("--mode", action="append", choices=modes, help="only rules of this mode")
    add("--severity", action="append", choices=severities, help="only rules of this severity")
    add(
        "--service",
        action="append",
        metavar="NAME",
        help="only rules of this folder, which is what ids begin with: iam, s3, signin",
    )
    add("--local", action="store_true", help="only your own, of local_rules/")
    parser.set_defaults(act=_list)


def _list(arguments: argparse.Namespace) -> int:
    pack = loaded()
    rules = pack.rules
    _check(arguments.service or [], {folder(rule) for rule in rules})
    wanted = [rule for rule in rules if _is_wanted(rule, arguments)]
    if not wanted:
        say("no rule is like that")
        return status_of(pack)
    table = Table("Severity", "Mode", "Rule", "Looks for", box=None, pad_edge=False)
    for rule in wanted:
        severity = Text(rule.severity.label, style=COLOURS[rule.severity])
        mark = " (local)" if catalog.is_local(rule) else ""
        mark = " (local, in place of the shipped one)" if rule.id in pack.replaced else mark
        table.add_row(severity, rule.mode.value, f"{rule.id}{mark}", rule.title)
    width = None if sys.stdout.isatty() else WIDTH
    Console(width=width, highlight=False, markup=False).print(table)
    return status_of(pack)


def _check(services: list[str], known: set[str]) -> None:
    """Raise UsageError for a folder that is not there."""
    for service in services:
        if service not in known:
            hint = suggestion(service, known, cutoff=0.4)
            raise UsageError(f"there is no folder {service!r} of rules{hint}")


def _is_wanted(rule: Rule, arguments: argparse.Namespace) -> bool:
    said = (
        (arguments.mode, rule.mode.value),
        (arguments.severity, rule.severity.label),
        (arguments.service, folder(rule)),
    )
    fits = all(not wanted or value in wanted for wanted, value in said)
    return fits and (not arguments.local or catalog.is_local(rule))
