"""Writes alerts as rows for a spreadsheet: one for each event, in order of time.

A cell that begins like a formula is one to a spreadsheet, also when an intruder wrote it. Such a
cell begins with an apostrophe, which spreadsheets take for text.
"""

import csv
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import TextIO

from trailwarden.detection.alert import Alert
from trailwarden.detection.incidents.incident import Incident
from trailwarden.detection.severity import Severity
from trailwarden.notify.json import rfc3339
from trailwarden.notify.place import Places, nowhere
from trailwarden.notify.printable import printable

COLUMNS = (
    *("time", "severity", "rule_id", "title", "mode", "actor", "caller", "action", "account_id"),
    *(
        "region",
        "source_ip_address",
        "place",
        "user_agent",
        "subject",
        "detail",
        "event_id",
        "alert_id",
    ),
    *("incident_id", "incident_severity"),
)
MOST_TEXT = 1_000
_FORMULA = ("=", "+", "-", "@", "|", "%", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""How formulas begin, also in the full-width letters that some spreadsheets take for them."""

_ANOTHER = re.compile(rf"(;\s*\"?\s*)(?=[{re.escape(''.join(_FORMULA))}])")
"""Where a cell would end in the countries that part cells by semicolons, and a formula begin."""


def write(
    alerts: Sequence[Alert],
    incidents: Mapping[str, Incident],
    output: TextIO,
    whose: Places = nowhere,
) -> None:
    """Write a row for each event of `alerts`; `incidents` are told by the ids of their alerts."""
    rows = csv.writer(output, lineterminator="\n")
    rows.writerow(COLUMNS)
    every = [row for alert in alerts for row in _rows(alert, incidents.get(alert.alert_id), whose)]
    rows.writerows([cell(text) for text in row] for row in sorted(every))


def _rows(alert: Alert, incident: Incident | None, whose: Places) -> Iterator[tuple[str, ...]]:
    for seen in alert.observations:
        severity = Severity(seen.severity or alert.rule.severity).label
        yield (
            *(rfc3339(seen.time) or "", severity, alert.rule.id, alert.title, alert.mode.value),
            *(seen.actor, seen.caller, seen.action, seen.account_id, seen.region),
            *(seen.source_ip_address, whose(seen.source_ip_address), seen.user_agent),
            *(seen.subject, seen.label),
            *(seen.event_id, alert.alert_id),
            *((incident.id, incident.severity.label) if incident else ("", "")),
        )


def cell(text: str) -> str:
    """Return a text that no spreadsheet takes for a formula.

    >>> cell("=HYPERLINK(1)"), cell("arn:aws:iam::1:root"), cell("a;=HYPERLINK(1)")
    ("'=HYPERLINK(1)", 'arn:aws:iam::1:root', "a;'=HYPERLINK(1)")
    """
    shown = _ANOTHER.sub(r"\1'", printable(text, limit=MOST_TEXT))
    return f"'{shown}" if shown.lstrip().startswith(_FORMULA) else shown
