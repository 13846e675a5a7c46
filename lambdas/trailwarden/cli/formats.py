"""Writes what a scan found, in one or several forms."""

import argparse
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TextIO

from trailwarden.cli import terminal
from trailwarden.cli.problems import UsageError
from trailwarden.cli.reading import Tally
from trailwarden.cloudtrail.values import Record
from trailwarden.detection.alert import Alert
from trailwarden.detection.incidents.incident import Incident
from trailwarden.notify import asff, json, ocsf, spreadsheet, ticket
from trailwarden.notify.account import AccountNames
from trailwarden.notify.place import Places

FORMS = ("text", "jsonl", "csv", "markdown", "html", "ocsf", "asff")
BY_INCIDENT = frozenset({"markdown", "html"})
"""The forms that tell incidents, whether they are asked for or not."""

WITH_RECORDS = frozenset({"jsonl", "html"})
"""The forms that may hold the records themselves."""


@dataclass(frozen=True)
class Form:
    """A form, and the file that it is written to; none for standard output."""

    name: str
    path: Path | None = None


def form(text: str) -> Form:
    """Return a form of the command line: `csv`, or `csv=FILE`."""
    name, _, path = text.partition("=")
    if name not in FORMS:
        choices = ", ".join(FORMS)
        raise argparse.ArgumentTypeError(f"invalid choice: {name!r} (choose from {choices})")
    return Form(name, Path(path) if path else None)


@dataclass(frozen=True)
class Findings:
    """What a scan found."""

    alerts: Sequence[Alert]
    incidents: Sequence[Incident]
    """The incidents, where they are asked for."""
    names: AccountNames
    gathered: bool
    """Whether text and JSON tell incidents, too."""
    whose: Places
    """Says whose addresses are, and where."""
    is_read: bool = True
    """Whether there was anything to look at: else no alerts are no calm."""
    records: Mapping[str, Record] | None = None
    """The records by the ids of their events, where they are asked for."""
    tally: Tally | None = None
    """How much was read, where that was counted."""

    @property
    def of_alert(self) -> Mapping[str, Incident]:
        """The incident of each alert, by the alert's id; of a hunt the worst of its actors."""
        hunts = {a.alert_id: i for i in reversed(self.incidents) for a in i.hunts}
        return hunts | {a.alert_id: i for i in self.incidents for a in i.alerts}

    @property
    def others(self) -> Sequence[Alert]:
        """The alerts that belong to no incident."""
        known = self.of_alert
        return [alert for alert in self.alerts if alert.alert_id not in known]


def chosen(asked: Sequence[Form], output: Path | None, html: Path | None) -> Sequence[Form]:
    """Return the forms that the command line asks for. Raises UsageError."""
    forms = [*asked, *([Form("html", html)] if html else [])]
    if not any(one.path is None for one in forms) and (output or not asked):
        forms.insert(0, Form("text"))
    several = [one.name for one in forms if one.path is None]
    if len(several) > 1:
        raise UsageError(f"--format {several[1]}: give it a file: {several[1]}=FILE")
    placed = [Form(one.name, one.path or output) for one in forms]
    places = Counter(one.path.resolve() for one in placed if one.path)
    if twice := [str(path) for path, times in places.items() if times > 1]:
        raise UsageError(f"{twice[0]}: give each form a file of its own")
    return placed


def write(one: Form, found: Findings, output: TextIO) -> None:
    """Write the findings in one form."""
    if one.name == "text" and not found.is_read:
        output.write("Nothing could be read.\n")
    elif one.name == "text" and found.gathered:
        terminal.write_incidents(found.incidents, found.others, output, found.names, found.whose)
    elif one.name == "text":
        terminal.write(found.alerts, output, found.names, found.whose)
    elif one.name == "jsonl":
        output.writelines(f"{json.line(document)}\n" for document in _documents(found))
    elif one.name == "ocsf":
        output.writelines(f"{json.line(document)}\n" for document in _ocsf(found))
    elif one.name == "asff":
        now = datetime.now(UTC)
        lines = ",\n".join(asff.render(alert, found.names, now) for alert in found.alerts)
        output.write(f"[\n{lines}\n]\n")
    elif one.name == "csv":
        spreadsheet.write(found.alerts, found.of_alert, output, found.whose)
    elif one.name == "markdown":
        output.write(ticket.markdown(found.incidents, datetime.now(UTC), found.names))
    else:
        from trailwarden.report import page as pages  # noqa: PLC0415 - jinja2 is slow to import

        tally = found.tally
        reading = pages.Reading(tally.files, tally.events, tally.failures) if tally else None
        known = pages.Known(found.names, found.whose, found.records or {}, reading)
        output.write(pages.page(found.incidents, found.others, datetime.now(UTC), known))


def _documents(found: Findings) -> Iterator[dict[str, Any]]:
    """Yield the alerts as JSON has them, with their records where these are asked for."""
    of_alert = found.of_alert if found.gathered else {}
    for alert in found.alerts:
        document = json.document(alert, found.names, of_alert.get(alert.alert_id))
        words = {one: found.whose(one) for one in alert.source_ip_addresses}
        if places := {one: said for one, said in words.items() if said}:
            document["source_ip_places"] = places
        if found.records is not None:
            held = (found.records.get(event_id) for event_id in alert.event_ids)
            document["records"] = [record for record in held if record is not None]
        yield document


def _ocsf(found: Findings) -> Iterator[dict[str, Any]]:
    """Yield the incidents, where they are asked for, and the alerts as events of OCSF."""
    of_alert, now = found.of_alert if found.gathered else {}, datetime.now(UTC)
    if found.gathered:
        yield from (ocsf.dated(ocsf.incident_finding(one), now) for one in found.incidents)
    for alert in found.alerts:
        made = ocsf.finding(alert, found.names, of_alert.get(alert.alert_id))
        yield ocsf.dated(made, now)
