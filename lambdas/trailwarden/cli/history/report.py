"""`trailwarden history report`: writes what a history found, in one or several forms."""

from __future__ import annotations

import sys
from collections import Counter
from contextlib import ExitStack
from typing import TYPE_CHECKING

from trailwarden.cli.destinations import opened
from trailwarden.cli.formats import BY_INCIDENT, Findings, chosen, write
from trailwarden.cli.geo import lookup_in
from trailwarden.cli.history.seeding import seed
from trailwarden.cli.problems import UsageError, note, rules_apart
from trailwarden.cli.ranges import kinds_in
from trailwarden.cli.reading import Tally
from trailwarden.detection.incidents.incident import group
from trailwarden.history import reduction
from trailwarden.history import run as runs
from trailwarden.history.publication import asked_for
from trailwarden.history.store import FolderStore
from trailwarden.notify.counting import numbered
from trailwarden.notify.place import places
from trailwarden.scan.report import FileReport

if TYPE_CHECKING:
    import argparse

    from trailwarden.history.reduction import Outcome
    from trailwarden.history.run import Run
    from trailwarden.history.store import Store

UNREAD = 3


def report(arguments: argparse.Namespace) -> int:
    """Write what the history of a folder found, and return the exit status."""
    return reported(FolderStore(arguments.folder), f"--folder {arguments.folder}", arguments)


def reported(store: Store, name: str, arguments: argparse.Namespace) -> int:
    """Write what a history found, and return the exit status."""
    run = runs.load(store)
    if not run:
        raise UsageError(f"{name}: no history has begun there")
    if run.release != runs.release():
        raise UsageError("report: the rules changed since that history: it needs those it had")
    _, pack = runs.prepared(run, arguments.own_rules)
    forms = chosen(arguments.format, arguments.output, arguments.html)
    gathers = arguments.incidents or any(one.name in BY_INCIDENT for one in forms)
    with rules_apart():
        outcome = reduction.conclude(
            store, run, own_rules=arguments.own_rules, hunting=gathers or arguments.hunt
        )
    every = outcome.alerts
    shown = every if arguments.hunt else asked_for(every, run)
    incidents = group(every, reduction.traces(store, run, every)) if gathers else []
    found = Findings(
        [a for a in shown if a.severity >= arguments.min_severity],
        [one for one in incidents if one.severity >= arguments.min_severity],
        pack.environment.account_names,
        arguments.incidents,
        places(pack.environment, lookup_in([]), kinds_in([])),
    )
    with ExitStack() as files:
        outputs = [(one, files.enter_context(opened(one.path, sys.stdout))) for one in forms]
        for one, output in outputs:
            write(one, found, output)
    if arguments.seed:
        seed(store, run, arguments)
    return UNREAD if tell(run, outcome) else 0


def tell(run: Run, outcome: Outcome) -> int:
    """Say what a history read and found, and return how much was not read."""
    gathered, tally = outcome.gathered, Tally()
    for name, why in run.unlisted:
        tally.complain(name, why)
    for told in gathered.told:
        tally.add(FileReport(told.name, 0, 0, told.defects, told.failures, told.notes))
    tally.tell_repeated()
    failed = Counter({(rule, why): n for rule, why, n in gathered.rule_failures})
    tally.rule_failures = dict(failed + outcome.failed)
    tally.tell_rule_failures()
    tally.failures += gathered.failures - sum(told.failures for told in gathered.told)
    if gathered.outside:
        note(f"{gathered.outside:,} events lie outside of the time that is asked for")
    alerts = len(asked_for(outcome.alerts, run))
    note(
        numbered(
            ("file", gathered.files),
            ("event", gathered.events),
            ("alert", alerts),
            ("failure", tally.failures),
        )
    )
    return tally.failures
