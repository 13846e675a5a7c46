"""Scans log files: many at once, in bounded memory, with one answer for any order of them.

Observations are put on disk, by rule and group, and added up in event time when all files are read.
So the number of files, their order, and the number of processes make no difference.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence, Set
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from dataclasses import dataclass, replace
from datetime import datetime
from fnmatch import fnmatchcase
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import BinaryIO, Protocol

from trailwarden import catalog
from trailwarden.catalog.discovery import Pack
from trailwarden.cloudtrail.event import UNKNOWN_TIME, Event
from trailwarden.cloudtrail.header import Header
from trailwarden.cloudtrail.lineage import ACTIONS, Trace, trace
from trailwarden.detection.alert import Alert
from trailwarden.detection.engine import Engine, Sighting, correlate, grouped, signalled, untold
from trailwarden.detection.finding import Finding, RuleFailure
from trailwarden.detection.heard import HeardOn, heard_on
from trailwarden.detection.incident import Incident, group
from trailwarden.detection.rule import Rule
from trailwarden.detection.selection import Chosen, Selection
from trailwarden.logfile import key as log_key
from trailwarden.logfile.reader import Batch, Defect, Reader
from trailwarden.scan.ahead import RemoteFile, fetched
from trailwarden.scan.report import DEFECTS_TOLD, Failures, FileReport
from trailwarden.scan.spool import PARTS, Spool, spooled, spooled_heard
from trailwarden.scan.state import State, mark_of
from trailwarden.scan.traces import RECORDERS, TraceSpool, spooled_traces
from trailwarden.scan.window import Window

__all__ = ["DEFECTS_TOLD", "FileReport", "Request", "Scanner", "Source", "alerts_in", "scan"]

SMALL = 4 << 20
"""Up to this many bytes in all, starting other processes takes longer than reading."""

_TASK_SIZE = 4 << 20


class Source(Protocol):
    """A log file, wherever it lies."""

    @property
    def name(self) -> str:
        """What people call it."""

    @property
    def size(self) -> int:
        """How many bytes it has, as it lies there."""

    def open(self) -> BinaryIO:
        """Open it to read its bytes, from anywhere in it. Raises OSError."""


@dataclass(frozen=True, kw_only=True)
class Request:
    """The request of a scan. It travels to other processes."""

    tuning_file: Path | None = None
    own_rules: Path | None = None
    """The folder of the team's own rules, where a command says another one."""
    rules: tuple[str, ...] = ()
    """Ids of rules, or globs of them; all rules when there is none."""
    since: datetime | None = None
    until: datetime | None = None
    """Events from `since` on and before `until` are evaluated."""
    own_accounts: tuple[str, ...] = ()
    """Accounts that are known by their records, besides those of the tuning."""
    organization_id: str = ""
    """The organization by the names of its trail's files, where the tuning names none."""

    incidents: bool = False
    """Whether records of credentials are read, too, to tell which alerts belong together."""

    def load(self) -> Pack:
        """Return the rules that are asked for, and the environment."""
        if self.own_rules:
            catalog.use(self.own_rules)
        rules, environment, *_ = catalog.load(self.tuning_file)
        wanted = [rule for rule in rules if self._asks_for(rule)]
        own = tuple(sorted({*environment.own_accounts, *self.own_accounts}))
        organization = environment.organization_id or self.organization_id
        environment = replace(environment, own_accounts=own, organization_id=organization)
        return Pack(wanted, environment)

    def _asks_for(self, rule: Rule) -> bool:
        return not self.rules or any(fnmatchcase(rule.id, glob) for glob in self.rules)

    def covers(self, event: Event) -> bool:
        """Say whether the event happened in the time that is asked for, or perhaps did."""
        time = event.event_time
        if time == UNKNOWN_TIME:
            return True
        return (not self.since or self.since <= time) and (not self.until or time < self.until)


class Scanner:
    """Reads files one after the other, and puts on a spool what the rules see in them."""

    def __init__(
        self, pack: Pack, request: Request, directory: Path, *, keeps: bool = False
    ) -> None:
        """Write to a spool in `directory`; with `keeps`, reports hold it, too."""
        self._request, self._keeps = request, keeps
        self._traces = TraceSpool(directory) if request.incidents else None
        self._engine = Engine([*pack.rules, *(RECORDERS if request.incidents else ())])
        self._window = Window(request.since, request.until)
        self._outside = 0
        self._selection = Selection(self._engine, pack.environment)
        is_open = self._window.is_open
        self._reader = Reader(self._selection.wanted if is_open else self._wanted_within)
        self._spool = Spool(directory)

    def scan(self, sources: Iterable[Source]) -> list[FileReport]:
        """Scan the files and report of each."""
        reports = [self._kept(source) for source in sources]
        self._spool.hear(self._heard())
        self._spool.flush()
        if self._traces:
            self._traces.flush()
        return reports

    def _kept(self, source: Source) -> FileReport:
        """Scan a file; the report holds the findings of it to keep."""
        if not self._keeps:
            return self._scan(source)
        self._spool.keep()
        report = self._scan(source)
        report.seen, report.heard = self._spool.kept(), [*self._heard()]
        self._spool.hear(report.heard)
        return report

    def _wanted_within(self, header: Header) -> Chosen | None:
        """Return why a record is wanted, if it is not of another time for certain."""
        wanted = self._selection.wanted(header)
        if not self._window.excludes(header.event_time):
            return wanted
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
            if wrong := event.time_defect:
                report.tell(wrong)
            if not self._request.covers(event):
                report.outside += 1
                continue
            is_seen = False
            for outcome in self._engine.sight(event, wanted, is_known=self._spool.is_known):
                if isinstance(outcome, RuleFailure):
                    report.rule_failures[outcome.rule_id, repr(outcome.error)[:200]] += 1
                else:
                    self._spool.add(outcome)
                    is_seen = True
            if self._traces and (is_seen or event.action in ACTIONS):
                self._traces.add(trace(event))


def scan(
    request: Request,
    sources: Sequence[Source],
    *,
    jobs: int,
    on_report: Callable[[FileReport], None],
    state: State | None = None,
) -> list[Alert]:
    """Scan `sources` in `jobs` processes and return the alerts, the worst and oldest first.

    `on_report` is told of each file when it is read, in any order. Accounts whose records are among
    them are own accounts. Where the names of the files do not tell all of them before, the files
    are read a second time. What a `state` has of an earlier scan of them is not read again.
    """
    return _scan(request, sources, jobs, on_report, state)[0]


def investigate(
    request: Request,
    sources: Sequence[Source],
    *,
    jobs: int,
    on_report: Callable[[FileReport], None],
) -> tuple[list[Alert], list[Incident]]:
    """Scan `sources` as `scan` does, and return the incidents that alerts add up to as well."""
    alerts, traces = _scan(replace(request, incidents=True), sources, jobs, on_report)
    return alerts, group(alerts, traces)


def _scan(
    request: Request,
    sources: Sequence[Source],
    jobs: int,
    on_report: Callable[[FileReport], None],
    state: State | None = None,
) -> tuple[list[Alert], list[Trace]]:
    keys = [key for source in sources if (key := log_key.parse(source.name))]
    request = replace(
        request,
        own_accounts=tuple(sorted({key.account_id for key in keys})),
        organization_id=_only({key.organization_id for key in keys}),
    )
    work, failed = _Work(sources, jobs, state), Failures()
    pack = request.load()
    with TemporaryDirectory(prefix="trailwarden-") as name:
        directory = Path(name)
        for report in work.reports(pack, request, directory):
            on_report(report)
        heard = {account_id for account_id, _ in spooled_heard(directory)}
        if len(heard) == 1 or heard <= set(pack.environment.own_accounts):
            found = _found(directory, pack, failed)
        else:
            again = replace(request, own_accounts=tuple(sorted(heard)))
            found = _scan_again(again, work, failed)
    if failed:
        on_report(FileReport("", is_file=False, rule_failures=failed))
    if state:
        state.finish()
    return found


def _found(directory: Path, pack: Pack, failed: Failures) -> tuple[list[Alert], list[Trace]]:
    """Return the alerts, the worst and oldest first, and the traces that a spool holds."""
    alerts = sorted(
        alerts_in(directory, pack.rules, failed),
        key=lambda a: (-a.severity, a.first_seen, a.rule.id, a.alert_id),
    )
    event_ids = {event_id for alert in alerts for event_id in alert.event_ids}
    return alerts, list(spooled_traces(directory, event_ids))


def _only(organizations: Set[str]) -> str:
    """Return the organization that all names of files tell, as CloudTrail writes them."""
    return min(organizations) if len(organizations) == 1 else ""


def _scan_again(
    request: Request, work: "_Work", failed: Failures
) -> tuple[list[Alert], list[Trace]]:
    """Scan files whose accounts are known by now; notes on them are not repeated."""
    pack = request.load()
    with TemporaryDirectory(prefix="trailwarden-") as name:
        for _ in work.reports(pack, request, Path(name)):
            pass
        return _found(Path(name), pack, failed)


@dataclass(frozen=True)
class _Work:
    """The files to scan, and how."""

    sources: Sequence[Source]
    jobs: int
    state: State | None

    def reports(self, pack: Pack, request: Request, directory: Path) -> Iterator[FileReport]:
        """Yield a report of each file, when what rules see in it lies in `directory`."""
        if not self.state:
            yield from self._read(self.sources, pack, request, directory)
            return
        mark, known = mark_of(request, request.tuning_file), set[tuple[str, int]]()
        for report in self.state.restore(mark, self.sources, directory):
            known.add((report.name, report.size))
            yield report
        rest = [source for source in self.sources if (source.name, source.size) not in known]
        for report in self._read(rest, pack, request, directory):
            self.state.add(mark, report)
            yield report

    def _read(
        self, sources: Sequence[Source], pack: Pack, request: Request, directory: Path
    ) -> Iterator[FileReport]:
        keeps = self.state is not None
        size = sum(source.size for source in sources)
        if self.jobs == 1 or len(sources) <= 1 or size <= SMALL:
            scanner = Scanner(pack, request, directory, keeps=keeps)
            for source in _ready(sources, directory):
                yield from scanner.scan([source])
            return
        context = get_context("spawn")
        with ProcessPoolExecutor(self.jobs, context, _start, (request, directory, keeps)) as pool:
            waiting: set[Future[list[FileReport]]] = set()
            for task in _tasks(_ready(sources, directory)):
                if len(waiting) >= 2 * self.jobs:
                    done, waiting = wait(waiting, return_when=FIRST_COMPLETED)
                    for future in done:
                        yield from future.result()
                waiting.add(pool.submit(_work, task))
            for future in waiting:
                yield from future.result()


def _ready(sources: Sequence[Source], directory: Path) -> Iterator[Source]:
    """Yield files of this machine, then those from elsewhere as they come, in any order."""
    yield from (source for source in sources if not isinstance(source, RemoteFile))
    remote = [source for source in sources if isinstance(source, RemoteFile)]
    yield from fetched(remote, str(directory))


def _tasks(sources: Iterable[Source]) -> Iterator[list[Source]]:
    """Yield the sources in portions that are worth a message to another process."""
    task: list[Source] = []
    size = 0
    for source in sources:
        task.append(source)
        size += source.size
        if size >= _TASK_SIZE:
            yield task
            task, size = [], 0
    if task:
        yield task


_scanner: Scanner | None = None
"""The scanner of this process, where it is one of several."""


def _start(request: Request, directory: Path, keeps: bool) -> None:
    global _scanner  # noqa: PLW0603 - a process of a pool has nothing else to keep it in
    _scanner = Scanner(request.load(), request, directory, keeps=keeps)


def _work(sources: Sequence[Source]) -> list[FileReport]:
    assert _scanner  # noqa: S101 - the pool starts every process with it
    return _scanner.scan(sources)


def alerts_in(
    directory: Path, rules: Sequence[Rule], failed: Failures | None = None
) -> Iterator[Alert]:
    """Yield the alerts that all that was put on the spool in `directory` adds up to.

    Rules whose correlations raise are counted in `failed`; the others go on.
    """
    failed = Failures() if failed is None else failed
    by_id = {rule.id: rule for rule in rules}
    heard = heard_on(spooled_heard(directory))
    together: list[Sighting] = []
    of_stories: list[Finding] = []
    for part in range(PARTS):
        seen = (Sighting(by_id[rule_id], o) for rule_id, o in spooled(directory, part))
        found = list(_findings(seen, heard, failed))
        together.extend(signalled(rules, found))
        told = list(untold(rules, found))
        yield from _merged([finding for finding in told if not finding.rule.story])
        of_stories.extend(finding for finding in told if finding.rule.story)
    yield from _merged(of_stories)
    yield from _merged(list(_findings(together, heard, failed)))


def _findings(sightings: Iterable[Sighting], heard: HeardOn, failed: Failures) -> Iterator[Finding]:
    for (rule, _), ordered in grouped(sightings):
        if not rule.correlation:
            yield from (Finding(rule, (seen,)) for seen in ordered)
            continue
        try:
            found = list(correlate(rule, ordered, heard))
        except Exception as error:  # noqa: BLE001 - one bad rule must not silence the rest
            failed[rule.id, repr(error)[:200]] += len(ordered)
            continue
        yield from found


def _merged(found: Iterable[Finding]) -> Iterator[Alert]:
    by_alert: defaultdict[str, list[Finding]] = defaultdict(list)
    for finding in found:
        by_alert[finding.alert_id].append(finding)
    return map(Alert.of, by_alert.values())
