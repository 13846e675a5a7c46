"""`trailwarden rules coverage`: the ATT&CK techniques that the rules detect."""

import argparse
import json
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from textwrap import fill
from typing import Any, TextIO, TypeAlias

from rich.console import Console
from rich.table import Table
from rich.text import Text

from trailwarden.cli.packs import loaded, status_of
from trailwarden.cli.problems import UsageError, unwritable
from trailwarden.detection.attack import MATRIX_VERSION, TECHNIQUES, Tactic
from trailwarden.detection.rule import Mode, Rule

LAYER_FORMAT, NAVIGATOR = "4.5", "4.9.0"
"""The version of the layer, and the oldest Navigator that reads it."""

EPILOG = """\
A layer opens in the ATT&CK Navigator, https://mitre-attack.github.io/attack-navigator/, with
"Open Existing Layer". Its scores are the numbers of rules that run.

examples:
  trailwarden rules coverage
  trailwarden rules coverage --format navigator --output layer.json
"""

Cells: TypeAlias = Mapping[tuple[Tactic, str], Sequence[Rule]]
"""The rules for each tactic and technique."""


ROOM_OF_COUNTS = 20
"""How many columns of a terminal the numbers beside the techniques take."""


def add_to(actions: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the action."""
    parser = actions.add_parser(
        "coverage",
        help="show which ATT&CK techniques the rules detect",
        description="Show how many rules, as tuned, there are for each ATT&CK tactic and "
        "technique.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--format",
        choices=["text", "navigator"],
        default="text",
        help="a table for people (default), or an ATT&CK Navigator layer as JSON",
    )
    parser.add_argument(
        "--output", type=Path, metavar="FILE", help="write there rather than to standard output"
    )
    parser.set_defaults(act=_coverage)


def layer(rules: Iterable[Rule]) -> dict[str, Any]:
    """Return an ATT&CK Navigator layer of the rules that run.

    https://github.com/mitre-attack/attack-navigator/blob/master/layers/spec/v4.5/layerformat.md
    """
    cells = _cells(rule for rule in rules if rule.mode is not Mode.OFF)
    techniques = [_technique(*place, cells.get(place, ())) for place in _with_parents(cells)]
    return {
        "name": "Trailwarden",
        "versions": {"attack": MATRIX_VERSION, "navigator": NAVIGATOR, "layer": LAYER_FORMAT},
        "domain": "enterprise-attack",
        "description": "The techniques that Trailwarden's rules detect; scores count the rules.",
        "sorting": 3,
        "techniques": techniques,
        "gradient": {
            "colors": ["#ffe8d1", "#ff8a3d", "#b3360a"],
            "minValue": 1,
            "maxValue": max([2, *map(len, cells.values())]),
        },
    }


def _coverage(arguments: argparse.Namespace) -> int:
    pack = loaded()
    rules = pack.rules
    if arguments.output is None:
        _write(rules, arguments.format, sys.stdout)
        return status_of(pack)
    try:
        with arguments.output.open("w", encoding="utf-8") as file:
            _write(rules, arguments.format, file)
    except OSError as error:
        raise UsageError(f"--output {unwritable(arguments.output, error)}") from error
    return status_of(pack)


def _write(rules: Sequence[Rule], form: str, output: TextIO) -> None:
    if form == "navigator":
        output.write(json.dumps(layer(rules), indent=2) + "\n")
        return
    cells = _cells(rules)
    width = None if output.isatty() else 120
    console = Console(file=output, width=width, highlight=False, markup=False)
    console.print(_matrix(cells, console.width - ROOM_OF_COUNTS))
    techniques = {technique for _, technique in cells}
    console.print(
        f"\n{len(rules)} rules for {len(techniques)} techniques of {len({t for t, _ in cells})} "
        f"tactics of ATT&CK {MATRIX_VERSION}; a rule counts for each of its techniques."
    )


def _cells(rules: Iterable[Rule]) -> Cells:
    cells: defaultdict[tuple[Tactic, str], list[Rule]] = defaultdict(list)
    for rule in rules:
        for tactic, techniques in rule.attack.items():
            for technique in dict.fromkeys(techniques):
                cells[tactic, technique].append(rule)
    return cells


def _matrix(cells: Cells, width: int) -> Table:
    table = Table("Tactic and technique", *Mode, box=None, pad_edge=False)
    for column in table.columns[1:]:
        column.justify = "right"
    for tactic in Tactic:
        inside = {id_: rules for (t, id_), rules in sorted(cells.items()) if t is tactic}
        if not inside:
            continue
        every = {rule.id: rule for rules in inside.values() for rule in rules}
        _add(table, Text(f"{tactic.title} ({tactic})", style="bold"), every.values())
        for id_, rules in inside.items():
            row = f"  {id_:<11}{TECHNIQUES.get(id_, '')}"
            _add(table, Text(fill(row, width, subsequent_indent=" " * 13)), rules)
    return table


def _add(table: Table, name: Text, rules: Iterable[Rule]) -> None:
    counts = Counter(rule.mode for rule in rules)
    table.add_row(name, *(str(counts[mode] or "") for mode in Mode))


def _with_parents(cells: Cells) -> Iterator[tuple[Tactic, str]]:
    """Yield the places of `cells`, and of the techniques around them, which have to unfold."""
    parents = {(tactic, id_.partition(".")[0]) for tactic, id_ in cells}
    yield from sorted(parents | cells.keys())


def _technique(tactic: Tactic, id_: str, rules: Sequence[Rule]) -> dict[str, Any]:
    told: dict[str, Any] = {
        "techniqueID": id_,
        "tactic": tactic.name.lower().replace("_", "-"),
        "showSubtechniques": "." not in id_,
    }
    if rules:
        told["score"] = len(rules)
        told["comment"] = ", ".join(f"{rule.id} ({rule.mode})" for rule in rules)
    return told
