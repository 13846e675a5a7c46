"""`trailwarden rules`: shows what the rules look for."""

import argparse
import json
import sys
from collections.abc import Sequence
from difflib import get_close_matches

from rich.console import Console
from rich.table import Table
from rich.text import Text

from trailwarden import catalog
from trailwarden.attack import TECHNIQUES
from trailwarden.catalog import InvalidRuleError
from trailwarden.cli.problems import say
from trailwarden.correlation import Correlation
from trailwarden.render.terminal import COLOURS
from trailwarden.rule import Rule
from trailwarden.tuning import TuningError

USAGE = 2


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command."""
    parser = commands.add_parser("rules", help="show what the rules look for")
    actions = parser.add_subparsers(required=True, metavar="ACTION")
    listing = actions.add_parser("list", help="list the rules, as tuned")
    listing.set_defaults(run=_guarded, act=_list)
    showing = actions.add_parser("show", help="show all that one rule says")
    showing.add_argument("id", metavar="ID", help="such as root.console_login")
    showing.set_defaults(run=_guarded, act=_show)


def _guarded(arguments: argparse.Namespace) -> int:
    try:
        status: int = arguments.act(arguments)
    except (InvalidRuleError, TuningError) as error:
        say(f"trailwarden rules: {error}")
        return USAGE
    return status


def _list(_arguments: argparse.Namespace) -> int:
    rules = catalog.load().rules
    table = Table("Severity", "Mode", "Rule", "Looks for", box=None, pad_edge=False)
    for rule in rules:
        severity = Text(rule.severity.label, style=COLOURS[rule.severity])
        table.add_row(severity, rule.mode.value, rule.id, rule.title)
    width = None if sys.stdout.isatty() else 160
    Console(width=width, highlight=False, markup=False).print(table)
    return 0


def _show(arguments: argparse.Namespace) -> int:
    rules = {rule.id: rule for rule in catalog.load().rules}
    if arguments.id not in rules:
        close = get_close_matches(arguments.id, rules, n=1, cutoff=0.4)
        hint = f"; did you mean {close[0]}?" if close else ""
        say(f"trailwarden rules show: there is no rule {arguments.id!r}{hint}")
        return USAGE
    print(_told(rules[arguments.id]))
    return 0


def _told(rule: Rule) -> str:
    facts = {
        "Rule": rule.id,
        "Severity": rule.severity.label,
        "Mode": rule.mode.value,
        "Events": _wrapped(rule.events),
        "Where": json.dumps(rule.where) if rule.where else "",
        "Counts": _correlation(rule.correlation) if rule.correlation else "",
        "Trail": f"needs {rule.log_class.value} events",
        "ATT&CK": _wrapped([f"{i} {TECHNIQUES[i]}" for ids in rule.attack.values() for i in ids]),
        "File": sys.modules[rule.module].__file__ if rule.module in sys.modules else "",
    }
    lines = [f"{name + ':':<10}{value}" for name, value in facts.items() if value]
    parts = [rule.title, "\n".join(lines), rule.description, f"Do first: {rule.response}"]
    if rule.false_positives:
        parts.append(f"Looks the same: {rule.false_positives}")
    parts.extend(rule.references)
    return "\n\n".join(parts)


def _correlation(correlation: Correlation) -> str:
    said = {k: v for k, v in vars(correlation).items() if k not in ("group_by", "timespan")}
    details = ", ".join(f"{name} {value}" for name, value in said.items())
    return f"{type(correlation).__name__} within {correlation.timespan}: {details}"


def _wrapped(texts: Sequence[str]) -> str:
    return ("\n" + " " * 10).join(texts)
