"""Reads log files for a command: finds them, shows the progress, and tells problems."""

import os
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import chain
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from trailwarden.cli.far import Far, is_in_s3, tell_left_out
from trailwarden.cli.problems import complain, detail
from trailwarden.cloudtrail.defects import defects
from trailwarden.cloudtrail.event import Event
from trailwarden.cloudtrail.networks import networks_of
from trailwarden.environment import Environment
from trailwarden.logfile.folder import local_files
from trailwarden.logfile.key import other_service
from trailwarden.logfile.pieces import Wanted
from trailwarden.logfile.reader import Batch, Defect, Reader
from trailwarden.notify.counting import counted
from trailwarden.scan.report import DEFECTS_TOLD, FileReport
from trailwarden.scan.source import Source, Sources

FILES_TOLD = 20
"""Of how many files the same problem is told; the others are counted."""


@dataclass
class Tally:
    """The files that were read, and those that could not be."""

    files: int = 0
    events: int = 0
    outside: int = 0
    """How many events lie outside the time that is asked for."""
    failures: int = 0
    rule_failures: dict[tuple[str, str], int] = field(default_factory=dict)
    _repeated: Counter[str] = field(default_factory=Counter)

    def complain(self, name: str, message: str) -> None:
        """Say that something cannot be read, and count it."""
        self.failures += 1
        complain(name, message)

    def add(self, report: FileReport) -> None:
        """Count a file, and tell its problem; one that many files have, of the first few."""
        self.files += report.is_file
        detail(f"{report.name or 'all files'}: {counted(report.events, 'event')}")
        self.events += report.events
        self.outside += report.outside
        self.failures += report.failures
        for message in report.defects:
            self._repeated[message] += 1
            if self._repeated[message] <= FILES_TOLD:
                complain(report.name, message)
        if report.failures > DEFECTS_TOLD:
            complain(report.name, f"and {report.failures - DEFECTS_TOLD:,} more of the kind")
        for note in report.notes:
            complain(report.name, note)
        for key, times in report.rule_failures.items():
            self.rule_failures[key] = self.rule_failures.get(key, 0) + times

    def tell_repeated(self) -> None:
        """Say how many more files have a problem that was told of some."""
        for message, times in self._repeated.items():
            if times > FILES_TOLD:
                complain(f"{times - FILES_TOLD:,} more files", message)

    def tell_rule_failures(self) -> None:
        """Say which rules raised: what they would have found is missing."""
        for (rule_id, error), times in sorted(self.rule_failures.items()):
            self.failures += 1
            complain(f"rule {rule_id}", f"failed on {counted(times, 'event')}: {error}")


def sources_of(
    paths: Sequence[str], complain: Callable[[str, str], None], bucket: Far | None = None
) -> Sources:
    """Return the log files that `paths` name or hold, each once.

    `bucket` says how to read addresses of S3. Files that other services wrote beside log files are
    left out, with a word, unless they are named.
    """
    here = [path for path in paths if not is_in_s3(path)]
    if "-" in here and not os.path.lexists("-"):
        here.remove("-")
        complain("-", "standard input is not read: write it to a file first")
    named = [path for path in here if other_service(f"{os.path.abspath(path)}/")]  # noqa: PTH100
    mixed = [path for path in here if path not in named]
    sources, left_out = Sources(), Counter[str]()
    for file in local_files(mixed, complain):
        if service := other_service(os.path.abspath(file.path)):  # noqa: PTH100 - follow no links
            left_out[service] += 1
        else:
            sources.add(file)
    tell_left_out(", ".join(mixed), left_out, "files")
    others: Iterable[Source] = (bucket or Far()).sources(paths, complain)
    for source in chain(local_files(named, complain), others):
        sources.add(source)
    return sources


def events_of(
    sources: Collection[Source],
    environment: Environment,
    tally: Tally | None = None,
    wanted: Wanted | None = None,
) -> Iterator[Event]:
    """Yield all events of files; `tally` is told of files, and of what cannot be read.

    `wanted` says by their headers which to read. A defect of another record reaches no `tally`.
    """
    reader = Reader(wanted)
    for source in sources:
        report = FileReport(source.name, source.size)
        try:
            with source.open() as stream:
                for outcome in reader.read(stream):
                    if isinstance(outcome, Batch):
                        yield from _events(outcome, environment, report)
                    elif isinstance(outcome, Defect):
                        report.tell(outcome.message)
                    elif outcome.message not in report.notes:
                        report.notes.append(outcome.message)
        except OSError as error:
            report.tell(f"cannot be read: {error.strerror or error}")
        if tally:
            tally.add(report)


def _events(batch: Batch, environment: Environment, report: FileReport) -> Iterator[Event]:
    report.events += batch.count
    for record, _ in batch:
        event = Event(record, environment)
        if wrong := event.time_defect if report.notes else defects(event):
            report.tell(wrong)
        yield event


def knowing(environment: Environment, sources: Collection[Source]) -> Environment:
    """Return an environment that has the accounts and networks of all records as own ones."""
    accounts, networks = {*environment.own_accounts}, {*environment.own_networks}
    for event in events_of(sources, environment):
        accounts.add(event.recipient_account_id)
        networks.update(networks_of(event))
    own = tuple(sorted(accounts - {""}))
    return replace(environment, own_accounts=own, own_networks=tuple(sorted(networks)))


@contextmanager
def progress(
    sources: Collection[Source], add: Callable[[FileReport], Any]
) -> Iterator[Callable[[FileReport], Any]]:
    """Show on a terminal how far the scan is."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield add
        return
    columns = (TextColumn("scanning"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("", total=sum(source.size for source in sources) or None)

        def on_report(report: FileReport) -> None:
            add(report)
            bar.advance(task, report.size)

        yield on_report


def jobs_for(asked: int) -> int:
    """Return how many processes to use: as many as are asked for, or one for each core."""
    available = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return asked or available or 1
