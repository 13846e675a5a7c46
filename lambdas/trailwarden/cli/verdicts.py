"""Shows what digests prove: a line for each account, Region and hour, and a summary."""

import json
import sys
from collections import Counter
from typing import Any

from rich.console import Console
from rich.text import Text

from trailwarden.cli.folding import folded
from trailwarden.cli.problems import say
from trailwarden.logfile.verdict import HOUR, Hour, Problem, Report, Run, Status, runs
from trailwarden.notify.printable import printable

COLOURS = {Status.VALID: "green", Status.UNPROVED: "yellow", Status.INVALID: "bold red"}

MOST_SHOWN = 20
"""How many problems of one hour are shown as text; JSON has all."""


def write(report: Report, form: str) -> None:
    """Write the verdicts to standard output, and the summary to standard error."""
    if form == "json":
        print(json.dumps(_json(report), indent=1))
    else:
        _write_text(report)
    hours = Counter(hour.status for hour in report.hours)
    say(
        f"{hours[Status.VALID]:,} hours valid, {hours[Status.INVALID]:,} invalid, "
        f"{hours[Status.UNPROVED]:,} unproved; {report.digests:,} digests, "
        f"{report.log_files:,} log files proved"
    )


def _write_text(report: Report) -> None:
    console = Console(file=sys.stdout, highlight=False, markup=False, emoji=False, soft_wrap=True)
    for run in runs(report.hours):
        console.print(_line(run))
        problems = run.first.problems if len(run.hours) == 1 else []
        for problem in problems[:MOST_SHOWN]:
            told = f"    {printable(problem.name, limit=500)} {_said(problem)}"
            console.print(Text(folded(told, console.width if console.is_terminal else 0)))
        if len(problems) > MOST_SHOWN:
            console.print(Text(f"    and {len(problems) - MOST_SHOWN:,} more"))


def _said(problem: Problem) -> str:
    return printable(problem.message, limit=500)


def _line(run: Run) -> Text:
    """Return an hour in one line, or several valid ones."""
    status, slot = run.first.status, run.first.slot
    until = run.last.slot.hour + HOUR
    end = f"{until:%H:%M}" if until - slot.hour <= HOUR else f"{until:%Y-%m-%d %H:%M}"
    files = sum(hour.log_files for hour in run.hours)
    line = Text(f"{slot.account_id} {slot.region:<15} {slot.hour:%Y-%m-%d %H:%M} to {end} UTC  ")
    line.append(f"{status.name:<8}", style=COLOURS[status])
    hours = f"{len(run.hours):,} hours, " if len(run.hours) > 1 else ""
    line.append(f"  {hours}{files:,} log files")
    return line


def _json(report: Report) -> dict[str, Any]:
    return {
        "status": report.status.name.lower(),
        "digests": report.digests,
        "log_files": report.log_files,
        "problems": sum(1 for _ in report.problems),
        "hours": [_hour(hour) for hour in report.hours],
    }


def _hour(hour: Hour) -> dict[str, Any]:
    return {
        "account_id": hour.slot.account_id,
        "region": hour.slot.region,
        "hour": f"{hour.slot.hour:%Y-%m-%dT%H:%M:%SZ}",
        "status": hour.status.name.lower(),
        "digests": hour.digests,
        "log_files": hour.log_files,
        "problems": [one._asdict() for one in hour.problems],
    }
