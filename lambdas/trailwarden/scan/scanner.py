"""Reads log files in one process, and puts on a spool what the rules see in them."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from trailwarden.catalog.discovery import Pack
from trailwarden.cloudtrail.defects import defects
from trailwarden.cloudtrail.event import Event
from trailwarden.cloudtrail.header import Header
from trailwarden.cloudtrail.lineage import ACTIONS, hands_on, trace
from trailwarden.detection.engine import Engine, following
from trailwarden.detection.explanation import raised
from trailwarden.detection.finding import RuleFailure
from trailwarden.detection.incidents.recorders import RECORDERS
from trailwarden.detection.selection import Chosen, Selection
from trailwarden.logfile.reader import Batch, Defect, Reader
from trailwarden.scan.report import FileReport
from trailwarden.scan.request import Request
from trailwarden.scan.source import Source
from trailwarden.scan.spool import PARTS, Spool
from trailwarden.scan.traces import TraceSpool
from trailwarden.scan.window import Window


class Scanner:
    """Reads files one after the other, and puts on a spool what the rules see in them."""

    def __init__(
        self,
        pack: Pack,
        request: Request,
        directory: Path,
        *,
        keeps: bool = False,
        parts: int = PARTS,
    ) -> None:
        """Write to a spool of some parts in `directory`; with `keeps`, reports hold it, too."""
        self._request, self._keeps = request, keeps
        traces = request.incidents or bool(following(pack.rules))
        self._traces = TraceSpool(directory) if traces else None
        self._engine = Engine([*pack.rules, *(RECORDERS if traces else ())])
        self._rules = {rule.id: rule for rule in self._engine.rules}
        self._window = Window(request.since, request.until)
        self._outside = 0
        self._selection = Selection(self._engine, pack.environment, folds=True)
        is_open = self._window.is_open
        self._reader = Reader(self._selection.wanted if is_open else self._wanted_within)
        self._spool = Spool(directory, parts)

    def scan(self, sources: Iterable[Source]) -> Iterator[FileReport]:
        """Scan the files and yield a report of each; when it ends, all is on the spool."""
        yield from map(self._kept, sources)
        self._spool.hear(self._heard())
        self._spool.show(self._selection.take_networks())
        self._spool.flush()
        if self._traces:
            self._traces.flush()

    def _kept(self, source: Source) -> FileReport:
        """Scan a file; the report holds the findings of it to keep."""
        if not self._keeps:
            return self._scan(source)
        self._spool.keep()
        if self._traces:
            self._traces.keep()
        report = self._scan(source)
        report.seen, report.heard = self._spool.kept(), [*self._heard()]
        report.networks = self._selection.take_networks()
        self._spool.show(report.networks)
        report.traces = self._traces.kept() if self._traces else {}
        self._spool.hear(report.heard)
        return report

    def _wanted_within(self, header: Header) -> Chosen | None:
        """Return why a record is wanted, if it is not of another time for certain."""
        if not self._window.excludes(header.event_time):
            return self._selection.wanted(header)
        self._engine.heard.note(header.recipient_account_id, header.event_time)
        self._outside += 1
        return None

    def _heard(self) -> Iterator[tuple[str, str]]:
        """Yield the accounts with the days on which they were heard, of the time asked for."""
        since, until = (
            t and t.date().isoformat() for t in (self._request.since, self._request.until)
        )
        for account_id, day in self._engine.heard.take():
            if (not since or since <= day) and (not until or day <= until):
                yield account_id, day

    def _scan(self, source: Source) -> FileReport:
        report = FileReport(source.name, source.size)
        self._outside = 0
        try:
            with source.open() as stream:
                for outcome in self._reader.read(stream):
                    if isinstance(outcome, Batch):
                        report.events += outcome.count
                        self._evaluate(outcome, report)
                    elif isinstance(outcome, Defect):
                        report.tell(outcome.message)
                    elif outcome.message not in report.notes:
                        report.notes.append(outcome.message)
        except OSError as error:
            report.is_unread = True
            report.tell(f"cannot be read: {error.strerror or error}")
        report.outside += self._outside
        return report

    def _evaluate(self, batch: Batch, report: FileReport) -> None:
        for record, chosen in batch:
            event = self._selection.event(record, chosen)
            wanted = chosen and chosen.rules
            if not (chosen and chosen.is_sound) and (wrong := _lack(event, report)):
                report.tell(wrong)
            if not (self._window.is_open or self._request.covers(event)):
                report.outside += 1
                continue
            is_seen = False
            for outcome in self._engine.sight(event, wanted, is_known=self._spool.is_known):
                if isinstance(outcome, RuleFailure):
                    report.rule_failures[outcome.rule_id, self._why(outcome)] += 1
                else:
                    self._spool.add(outcome)
                    is_seen = True
            if self._traces:
                self._trace(self._traces, event, is_seen=is_seen and self._request.incidents)

    def _why(self, failure: RuleFailure) -> str:
        """Return the error of a rule, and its line."""
        return raised(self._rules[failure.rule_id], failure.error)

    def _trace(self, traces: TraceSpool, event: Event, *, is_seen: bool) -> None:
        """Remember who acted, where incidents or rules that follow lineage need to know."""
        may_tell = event.action in ACTIONS and (self._request.incidents or hands_on(event))
        if (is_seen or may_tell) and (is_seen or trace(event).tells_of_credentials):
            traces.add(trace(event))


def _lack(event: Event, report: FileReport) -> str:
    """Say what an event does not tell; of a form that lacks fields, a note says so."""
    return event.time_defect if report.notes else defects(event)
