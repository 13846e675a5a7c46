"""`trailwarden history backtest`: compares two tunings or packs of rules, rule by rule."""

from __future__ import annotations

import argparse
from collections import Counter
from copy import copy
from typing import TYPE_CHECKING, NamedTuple

from rich.console import Console
from rich.table import Table

from trailwarden import catalog
from trailwarden.cli.history import here
from trailwarden.cli.problems import UsageError, rules_apart
from trailwarden.history import run as runs
from trailwarden.history.publication import asked_for
from trailwarden.history.reduction import conclude
from trailwarden.history.store import RUN, FolderStore
from trailwarden.notify import json

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from trailwarden.detection.alert import Alert


class Noise(NamedTuple):
    """The alerts of one rule with each of two tunings or packs."""

    rule_id: str
    before: int
    after: int
    hidden: int
    """How many alerts the second one no longer tells."""
    shown: int
    """How many it tells besides."""


def backtest(arguments: argparse.Namespace) -> int:
    """Evaluate log files with each, show the noise of each rule; return the exit status."""
    sides = arguments.first, arguments.second
    if len({side.is_dir() for side in sides}) > 1:
        raise UsageError("backtest: name two tuning files, or two folders of rules")
    statuses: list[int] = []
    found: list[list[Alert]] = []
    for number, side in enumerate(sides, start=1):
        own = _with(arguments, side, arguments.folder / f"side-{number}")
        statuses.append(here.start(own))
        if statuses[-1] == here.STOPPED or not (own.folder / RUN).exists():
            return statuses[-1]
        found.append(_alerts(own.folder, own.own_rules))
    _show(compared(*found), arguments)
    return max(statuses)


def compared(before: Iterable[Alert], after: Iterable[Alert]) -> list[Noise]:
    """Return the noise of each rule that tells of something, the greatest difference first."""
    old = {alert.alert_id: alert.rule.id for alert in before}
    new = {alert.alert_id: alert.rule.id for alert in after}
    hidden = Counter(rule_id for alert_id, rule_id in old.items() if alert_id not in new)
    shown = Counter(rule_id for alert_id, rule_id in new.items() if alert_id not in old)
    first, second = Counter(old.values()), Counter(new.values())
    noise = (Noise(r, first[r], second[r], hidden[r], shown[r]) for r in {**first, **second})
    return sorted(noise, key=lambda one: (-one.hidden - one.shown, -one.before, one.rule_id))


def _with(arguments: argparse.Namespace, side: Path, folder: Path) -> argparse.Namespace:
    """Return the arguments that begin the history of a tuning, or of a folder with its own."""
    own = copy(arguments)
    own.tuning, own.folder, own.seed = side, folder, False
    if side.is_dir():
        own.tuning, own.own_rules = None, side
        catalog.use(side)
    return own


@rules_apart()
def _alerts(folder: Path, own_rules: Path | None) -> list[Alert]:
    store = FolderStore(folder)
    run = runs.load(store)
    assert run  # noqa: S101 - the history of this folder just ended
    return [*asked_for(conclude(store, run, own_rules=own_rules).alerts, run)]


def _show(noise: list[Noise], arguments: argparse.Namespace) -> None:
    if arguments.format == "jsonl":
        for one in noise:
            print(json.line(one._asdict()))
        return
    table = Table("Rule", "First", "Second", "Hidden", "Shown", box=None, pad_edge=False)
    for column in table.columns[1:]:
        column.justify = "right"
    for rule_id, *numbers in noise:
        table.add_row(rule_id, *(f"{number:,}" for number in numbers))
    table.add_row("all", *(f"{sum(each):,}" for each in _columns(noise)))
    Console(highlight=False, markup=False, soft_wrap=True).print(table)


def _columns(noise: list[Noise]) -> Iterable[list[int]]:
    columns: Mapping[str, list[int]] = {
        name: [getattr(one, name) for one in noise] for name in Noise._fields[1:]
    }
    return columns.values()
