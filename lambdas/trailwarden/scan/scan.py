"""Scans log files: many at once, in bounded memory, with one answer for any order of them.

Observations are put on disk, by rule and group, and added up in event time when all files are read.
So the number of files, their order, and the number of processes make no difference.
"""

from collections.abc import Callable, Collection, Sequence, Set
from dataclasses import replace

from trailwarden.cloudtrail.lineage import Trace
from trailwarden.cloudtrail.networks import networks_in
from trailwarden.detection.alert import Alert
from trailwarden.detection.incidents.incident import Incident, group
from trailwarden.logfile import key as log_key
from trailwarden.scan.report import Failures, FileReport
from trailwarden.scan.request import Request
from trailwarden.scan.source import Source
from trailwarden.scan.state import State
from trailwarden.scan.work import Reading, Work


def scan(
    request: Request,
    sources: Collection[Source],
    *,
    jobs: int,
    on_report: Callable[[FileReport], None],
    state: State | None = None,
) -> list[Alert]:
    """Scan `sources` in `jobs` processes and return the alerts, the worst and oldest first.

    `on_report` is told of each file when it is read, in any order. Accounts whose records are among
    them are own accounts. Where the names of the files do not tell all of them before, the files
    are read a second time. So they are where alerts name a network that records show to be an own
    one. What a `state` has of an earlier scan of them is not read again.
    """
    return _scan(request, sources, jobs, on_report, state)[0]


def investigate(
    request: Request,
    sources: Collection[Source],
    *,
    jobs: int,
    on_report: Callable[[FileReport], None],
) -> tuple[list[Alert], list[Incident]]:
    """Scan `sources` as `scan` does, and return the incidents that alerts add up to as well."""
    alerts, traces = _scan(replace(request, incidents=True), sources, jobs, on_report)
    return alerts, group(alerts, traces)


def _scan(
    request: Request,
    sources: Collection[Source],
    jobs: int,
    on_report: Callable[[FileReport], None],
    state: State | None = None,
) -> tuple[list[Alert], list[Trace]]:
    owners = {
        (key.account_id, key.organization_id)
        for source in sources
        if (key := log_key.parse(source.name))
    }
    request = replace(
        request,
        own_accounts=tuple(sorted({account_id for account_id, _ in owners})),
        organization_id=_only({organization_id for _, organization_id in owners}),
    )
    work, failed = Work(sources, jobs, state), Failures()
    with Reading(work, request) as reading:
        for report in reading.reports():
            on_report(report)
        heard, networks = reading.unsettled(), reading.networks()
        found = ([], []) if heard else reading.added_up(failed)
    if heard or networks & _named(found[0]):
        own = tuple(sorted({*request.own_accounts, *heard}))
        known = replace(request, own_accounts=own, own_networks=tuple(sorted(networks)))
        failed.clear()
        found = _read_again(work, known, failed)
    if failed:
        on_report(FileReport("", is_file=False, rule_failures=failed))
    if state:
        state.finish()
    return found


def _read_again(work: Work, request: Request, failed: Failures) -> tuple[list[Alert], list[Trace]]:
    """Read files whose accounts and networks are known by now; notes on them are not repeated."""
    with Reading(work, request) as reading:
        for _ in reading.reports():
            pass
        return reading.added_up(failed)


def _named(alerts: Sequence[Alert]) -> Set[str]:
    """Return the networks that alerts name: perhaps these are a condition of access."""
    return networks_in(seen.label for alert in alerts for seen in alert.observations)


def _only(organizations: Set[str]) -> str:
    """Return the organization that all names of files tell, as CloudTrail writes them."""
    return min(organizations) if len(organizations) == 1 else ""
