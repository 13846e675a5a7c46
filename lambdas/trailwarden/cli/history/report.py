"""`trailwarden history report`: writes what a history found, in one or several forms."""

from __future__ import annotations

import sys
from collections import Counter
from contextlib import ExitStack
from typing import TYPE_CHECKING

import msgspec

from trailwarden.cli.formats import BY_INCIDENT, Findings, chosen, opened, write
from trailwarden.cli.geo import lookup_in
from trailwarden.cli.problems import UsageError, note
from trailwarden.cli.ranges import kinds_in
from trailwarden.cli.reading import Tally
from trailwarden.detection.incidents.incident import group
from trailwarden.detection.rule import Mode
from trailwarden.history import reduction
from trailwarden.history import run as runs
from trailwarden.history.store import SUMMARY, FolderStore
from trailwarden.notify.place import places
from trailwarden.scan.report import FileReport

if TYPE_CHECKING:
    import argparse

    from trailwarden.detection.alert import Alert
    from trailwarden.history.reduction import Outcome
    from trailwarden.history.run import Run
    from trailwarden.history.store import Store

UNREAD = 3


def report(arguments: argparse.Namespace) -> int:
    """Write what a history found, and return the exit status."""
    store = FolderStore(arguments.folder)
    run = runs.load(store)
    if not run:
        raise UsageError(f"--folder {arguments.folder}: no history has begun there")
    if run.release != runs.release():
        raise UsageError("report: the rules changed since that history: it needs those it had")
    outcome = reduction.conclude(store, run, own_rules=arguments.own_rules)
    _, pack = runs.prepared(run, arguments.own_rules)
    forms = chosen(arguments.format, arguments.output, arguments.html)
    gathers = arguments.incidents or any(one.name in BY_INCIDENT for one in forms)
    every = outcome.alerts
    incidents = group(every, reduction.traces(store, outcome.gathered, every)) if gathers else []
    found = Findings(
        [alert for alert in every if _is_shown(alert, arguments, run.rules)],
        [one for one in incidents if one.severity >= arguments.min_severity],
        pack.environment.account_names,
        arguments.incidents,
        places(pack.environment, lookup_in([]), kinds_in([])),
    )
    with ExitStack() as files:
        for one, output in [(one, files.enter_context(opened(one, sys.stdout))) for one in forms]:
            write(one, found, output)
    return UNREAD if tell(store, run, outcome) else 0


def tell(store: Store, run: Run, outcome: Outcome) -> int:
    """Say what a history read, and keep how much it found; return how much was not read."""
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
    store.write(SUMMARY, msgspec.json.format(msgspec.json.encode(_summary(outcome))))
    if gathered.outside:
        note(f"{gathered.outside:,} events lie outside of the time that is asked for")
    alerts = [one for one in outcome.alerts if _is_asked_for(one, run.rules)]
    note(
        f"{gathered.files} files, {gathered.events} events, {len(alerts)} alerts, "
        f"{tally.failures} failures"
    )
    return tally.failures


def _summary(outcome: Outcome) -> dict[str, object]:
    """Return how much a history read and found."""
    gathered = outcome.gathered
    alerts = [alert for alert in outcome.alerts if alert.mode is not Mode.HUNT]
    return {
        "files": gathered.files,
        "bytes": gathered.size,
        "events": gathered.events,
        "events_outside": gathered.outside,
        "files_unread": gathered.unread,
        "failures": gathered.failures,
        "core_seconds": round(gathered.seconds, 1),
        "alerts": len(alerts),
        "alerts_by_severity": Counter(alert.severity.label for alert in alerts),
        "alerts_by_rule": dict(Counter(alert.rule.id for alert in alerts).most_common()),
        "hunting": len(outcome.alerts) - len(alerts),
    }


def _is_shown(alert: Alert, arguments: argparse.Namespace, rules: tuple[str, ...]) -> bool:
    is_wanted = arguments.hunt or _is_asked_for(alert, rules)
    return is_wanted and alert.severity >= arguments.min_severity


def _is_asked_for(alert: Alert, rules: tuple[str, ...]) -> bool:
    return bool(rules) or alert.mode is not Mode.HUNT
