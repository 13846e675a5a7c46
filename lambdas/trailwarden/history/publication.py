"""Writes what a history found beside its results, for machines and spreadsheets."""

from collections import Counter
from collections.abc import Sequence
from io import StringIO
from pathlib import Path

import msgspec

from trailwarden.detection.alert import Alert
from trailwarden.detection.rule import Mode
from trailwarden.history.reduction import Outcome, conclude
from trailwarden.history.run import Run, prepared
from trailwarden.history.store import SUMMARY, Store
from trailwarden.notify import json, spreadsheet

LINES, ROWS = "alerts.jsonl", "alerts.csv"


def publish(store: Store, run: Run, *, own_rules: Path | None = None) -> Outcome:
    """Write the alerts and how many there are, and return them. Nobody gets a mail."""
    _, pack = prepared(run, own_rules)
    outcome = conclude(store, run, own_rules=own_rules)
    alerts, names = asked_for(outcome.alerts, run), pack.environment.account_names
    lines = (f"{json.line(json.document(alert, names, None))}\n" for alert in alerts)
    store.write(LINES, "".join(lines).encode("utf-8", "backslashreplace"))
    rows = StringIO(newline="")
    spreadsheet.write(alerts, {}, rows)
    store.write(ROWS, rows.getvalue().encode("utf-8", "backslashreplace"))
    summarize(store, run, outcome)
    return outcome


def summarize(store: Store, run: Run, outcome: Outcome) -> None:
    """Write how much a history read and found."""
    gathered, alerts = outcome.gathered, asked_for(outcome.alerts, run)
    summary = {
        "files": gathered.files,
        "bytes": gathered.size,
        "events": gathered.events,
        "events_outside": gathered.outside,
        "files_unread": gathered.unread,
        "failures": gathered.failures + len(run.unlisted),
        "core_seconds": round(gathered.seconds, 1),
        "alerts": len(alerts),
        "alerts_by_severity": Counter(alert.severity.label for alert in alerts),
        "alerts_by_rule": dict(Counter(alert.rule.id for alert in alerts).most_common()),
        "hunting": 0 if run.rules else outcome.hunting,
    }
    store.write(SUMMARY, msgspec.json.format(msgspec.json.encode(summary)))


def asked_for(alerts: Sequence[Alert], run: Run) -> Sequence[Alert]:
    """Return the alerts that people want to see: hunting rules are for those who name them."""
    return [alert for alert in alerts if run.rules or alert.mode is not Mode.HUNT]
