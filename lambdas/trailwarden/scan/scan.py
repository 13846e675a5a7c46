"""Scans log files: many at once, in bounded memory, with one answer for any order of them.

Observations are put on disk, by rule and group, and added up in event time when all files are read.
So the number of files, their order, and the number of processes make no difference.
"""

from collections.abc import Callable, Sequence, Set
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from trailwarden.cloudtrail.lineage import Trace
from trailwarden.detection.alert import Alert
from trailwarden.detection.incidents.incident import Incident, group
from trailwarden.logfile import key as log_key
from trailwarden.scan.conclusion import alerts_and_traces_in
from trailwarden.scan.report import Failures, FileReport
from trailwarden.scan.request import Request
from trailwarden.scan.source import Source
from trailwarden.scan.spool import spooled_heard
from trailwarden.scan.state import State
from trailwarden.scan.work import Work


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
    work, failed = Work(sources, jobs, state), Failures()
    pack = request.load()
    with TemporaryDirectory(prefix="trailwarden-") as name:
        directory = Path(name)
        for report in work.reports(pack, request, directory):
            on_report(report)
        heard = {account_id for account_id, _ in spooled_heard(directory)}
        if len(heard) == 1 or heard <= set(pack.environment.own_accounts):
            found = alerts_and_traces_in(directory, pack.rules, failed, incidents=request.incidents)
        else:
            again = replace(request, own_accounts=tuple(sorted(heard)))
            found = _scan_again(again, work, failed)
    if failed:
        on_report(FileReport("", is_file=False, rule_failures=failed))
    if state:
        state.finish()
    return found


def _only(organizations: Set[str]) -> str:
    """Return the organization that all names of files tell, as CloudTrail writes them."""
    return min(organizations) if len(organizations) == 1 else ""


def _scan_again(request: Request, work: Work, failed: Failures) -> tuple[list[Alert], list[Trace]]:
    """Scan files whose accounts are known by now; notes on them are not repeated."""
    pack = request.load()
    with TemporaryDirectory(prefix="trailwarden-") as name:
        for _ in work.reports(pack, request, Path(name)):
            pass
        return alerts_and_traces_in(Path(name), pack.rules, failed, incidents=request.incidents)
