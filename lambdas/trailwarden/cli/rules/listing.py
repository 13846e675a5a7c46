"""`trailwarden rules list`: the rules as tuned, one a line."""

import argparse
import sys
from collections.abc import Sequence
from fnmatch import fnmatchcase
from textwrap import fill

from rich.console import Console
from rich.table import Table
from rich.text import Text

from trailwarden import catalog
from trailwarden.authoring.pages import folder
from trailwarden.authoring.releases import since, told
from trailwarden.catalog import Pack
from trailwarden.cli.folding import NARROW
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
    add(
        "--event",
        action="append",
        metavar="NAME",
        help="only rules that look at this event: iam:CreateUser, CreateUser, or a glob",
    )
    add("--local", action="store_true", help="only your own, of local_rules/")
    add("--shipped", action="store_true", help="the shipped rules, as they are without tuning")
    add("--format", choices=["text", "json"], default="text", help="a table, or JSON")
    parser.set_defaults(act=_list)


def _list(arguments: argparse.Namespace) -> int:
    pack = loaded()
    rules = [module.RULE for module in catalog.shipped()] if arguments.shipped else pack.rules
    _check(arguments.service or [], {folder(rule) for rule in rules})
    _check_events(arguments.event or [], rules)
    wanted = [rule for rule in rules if _is_wanted(rule, arguments)]
    if arguments.format == "json":
        print(told(wanted, since()))
        return status_of(pack)
    if not wanted:
        say("no rule is like that")
        return status_of(pack)
    width = None if sys.stdout.isatty() else WIDTH
    console = Console(width=width, highlight=False, markup=False)
    console.print(_table(wanted, pack, is_narrow=console.width < NARROW))
    return status_of(pack)


def _table(rules: Sequence[Rule], pack: Pack, *, is_narrow: bool) -> Table:
    """Return the rules one below the other; on a narrow terminal, each title below its id."""
    columns = (
        ("Severity", "Mode", "Rule") if is_narrow else ("Severity", "Mode", "Rule", "Looks for")
    )
    table = Table(*columns, box=None, pad_edge=False)
    table.columns[2].no_wrap, table.columns[2].overflow = not is_narrow, "fold"
    for rule in rules:
        severity = Text(rule.severity.label, style=COLOURS[rule.severity])
        mark = " (local)" if catalog.is_local(rule) else ""
        mark = " (local, in place of the shipped one)" if rule.id in pack.replaced else mark
        cells = (f"{rule.id}{mark}", rule.title)
        below = fill(rule.title, NARROW // 2, initial_indent="  ", subsequent_indent="  ")
        shown = (f"{cells[0]}\n{below}",) if is_narrow else cells
        table.add_row(severity, rule.mode.value, *shown)
    return table


def _check(services: list[str], known: set[str]) -> None:
    """Raise UsageError for a folder that is not there."""
    for service in services:
        if service not in known:
            hint = suggestion(service, known, cutoff=0.4)
            raise UsageError(f"there is no folder {service!r} of rules{hint}")


def _check_events(names: Sequence[str], rules: Sequence[Rule]) -> None:
    """Raise UsageError for an event that no rule looks at; say so where none names it itself."""
    known = {event for rule in rules for event in rule.events}
    words = known | {event.partition(":")[2] for event in known}
    for name in names:
        if any(fnmatchcase(word, name) for word in words):
            continue
        near = suggestion(name, words)
        if not any(_looks_at(rule, name) for rule in rules):
            raise UsageError(f"no rule looks at the event {name!r}{near}")
        say(f"note: no rule names {name} itself{near}; these look at its whole service")


def _looks_at(rule: Rule, name: str) -> bool:
    """Say whether one of the rule's events is `name`, with its service or without."""
    whole = ":" in name
    for event in rule.events:
        service, _, below = event.partition(":")
        if fnmatchcase(event if whole else below, name):
            return True
        if whole and below == "*" and name.startswith(f"{service}:"):
            return True
    return False


def _is_wanted(rule: Rule, arguments: argparse.Namespace) -> bool:
    said = (
        (arguments.mode, rule.mode.value),
        (arguments.severity, rule.severity.label),
        (arguments.service, folder(rule)),
    )
    fits = all(not wanted or value in wanted for wanted, value in said)
    if arguments.event and not any(_looks_at(rule, name) for name in arguments.event):
        return False
    return fits and (not arguments.local or catalog.is_local(rule))
