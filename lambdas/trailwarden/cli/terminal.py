"""Shows alerts on a terminal: a table by severity, then each of them."""

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TextIO

from rich.console import Console
from rich.table import Table
from rich.text import Text

from trailwarden.cli.folding import folded
from trailwarden.detection.alert import Alert
from trailwarden.detection.incidents.incident import Incident
from trailwarden.detection.rule import Mode
from trailwarden.detection.severity import Severity
from trailwarden.notify import incident as told
from trailwarden.notify import text
from trailwarden.notify.account import NAMELESS, AccountNames
from trailwarden.notify.place import Places, nowhere

COLOURS = {
    Severity.CRITICAL: "bold white on red",
    Severity.HIGH: "bold red",
    Severity.MEDIUM: "yellow",
    Severity.LOW: "cyan",
    Severity.INFORMATIONAL: "dim",
}


def write(
    alerts: Sequence[Alert],
    output: TextIO,
    names: AccountNames = NAMELESS,
    whose: Places = nowhere,
) -> None:
    """Write `alerts` to `output`, in colour where it is a terminal."""
    console = Console(file=output, highlight=False, markup=False, emoji=False, soft_wrap=True)
    if not alerts:
        console.print("No alerts.")
        return
    console.print(_table(alerts))
    for alert in alerts:
        _write(alert, console, names, whose)


def write_incidents(
    incidents: Sequence[Incident],
    others: Sequence[Alert],
    output: TextIO,
    names: AccountNames = NAMELESS,
    whose: Places = nowhere,
) -> None:
    """Write incidents, then `others`, which belong to none; one alert alone is told as ever."""
    console = Console(file=output, highlight=False, markup=False, emoji=False, soft_wrap=True)
    if not incidents and not others:
        console.print("No incidents.")
        return
    now = datetime.now(UTC)
    for number, incident in enumerate(incidents):
        if len(incident.alerts) == 1 and not incident.pivots:
            _write(incident.alerts[0], console, names, whose, gap=bool(number))
            continue
        if number:
            console.print()
        console.print(Text(told.heading(incident), style=COLOURS[incident.severity]))
        width = console.width if console.is_terminal else 0
        console.print(Text(folded(told.body(incident, now, names), width)))
    for alert in others:
        _write(alert, console, names, whose)


def _write(
    alert: Alert, console: Console, names: AccountNames, whose: Places, *, gap: bool = True
) -> None:
    heading = Text(text.heading(alert), style=COLOURS[alert.severity])
    if alert.mode is Mode.HUNT:
        heading.append("  (hunting)", style="dim")
    if gap:
        console.print()
    console.print(heading)
    width = console.width if console.is_terminal else 0
    told = text.body(alert, names, whose, width=min(width or text.WIDTH, text.WIDTH))
    console.print(Text(folded(told, width)))


def _table(alerts: Sequence[Alert]) -> Table:
    table = Table("Severity", "Alerts", "Events", "Rules", box=None, pad_edge=False)
    for column in table.columns[1:3]:
        column.justify = "right"
    for severity in sorted(COLOURS, reverse=True):
        some = [alert for alert in alerts if alert.severity is severity]
        if some:
            rules = Counter(alert.rule.id for alert in some)
            table.add_row(
                Text(severity.name, style=COLOURS[severity]),
                f"{len(some):,}",
                f"{sum(alert.count for alert in some):,}",
                ", ".join(f"{id_} x{n}" if n > 1 else id_ for id_, n in rules.items()),
            )
    return table
