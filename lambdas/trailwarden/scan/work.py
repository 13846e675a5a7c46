"""Divides the files of a scan among processes, and leaves out those that a state has."""

from collections.abc import Collection, Iterator, Set
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Self

from trailwarden.cloudtrail.lineage import Trace
from trailwarden.detection.alert import Alert
from trailwarden.scan.ahead import RemoteFile, fetched
from trailwarden.scan.conclusion import alerts_and_traces_in
from trailwarden.scan.patience import patience
from trailwarden.scan.report import Failures, FileReport
from trailwarden.scan.request import Request, is_settled
from trailwarden.scan.scanner import Scanner
from trailwarden.scan.source import Source, Sources
from trailwarden.scan.spool import spooled_heard, spooled_networks
from trailwarden.scan.state import State, mark_of

if TYPE_CHECKING:
    from trailwarden.scan.processes import Processes

SMALL = 4 << 20
"""Up to this many bytes in all, starting other processes takes longer than reading."""


@dataclass(frozen=True)
class Work:
    """The files to scan, and how."""

    sources: Collection[Source]
    jobs: int
    """Among how many processes they are divided."""
    state: State | None


class Reading:
    """The work in one environment: first all reports are asked for, then what they add up to.

    It is a context, at whose end its temporary files and other processes are gone.
    """

    def __init__(self, work: Work, request: Request) -> None:
        self._work, self._request, self._pack = work, request, request.load()
        self._temporary = TemporaryDirectory(prefix="trailwarden-")
        self._directory = Path(self._temporary.name)
        self._processes: Processes | None = None

    def __enter__(self) -> Self:
        """Begin."""
        return self

    def __exit__(self, *_: object) -> None:
        """End other processes, and remove the temporary files."""
        if self._processes:
            self._processes.close()
        self._temporary.cleanup()

    def reports(self) -> Iterator[FileReport]:
        """Yield a report of each file, when what rules see in it lies in the directory."""
        state, request = self._work.state, self._request
        if not state:
            yield from self._read(self._work.sources)
            return
        mark = mark_of(replace(request, hunts=True), request.tuning_file)
        known = set[tuple[str, int]]()
        for report in state.restore(mark, self._work.sources, self._directory):
            known.add((report.name, report.size))
            yield report
        rest = Sources(s for s in self._work.sources if (s.name, s.size) not in known)
        for report in self._read(rest):
            state.add(mark, report)
            yield report

    def unsettled(self) -> Set[str]:
        """Return the accounts that were heard; none where all were known as own ones before."""
        heard = {account_id for account_id, _ in spooled_heard(self._directory)}
        return frozenset() if is_settled(heard, self._pack.environment) else heard

    def networks(self) -> Set[str]:
        """Return the own networks that records showed, and nobody had named before."""
        return spooled_networks(self._directory) - {*self._pack.environment.own_networks}

    def added_up(self, failed: Failures) -> tuple[list[Alert], list[Trace]]:
        """Return the alerts, the worst and oldest first, and the traces that make incidents.

        Rules whose correlations raise are counted in `failed`.
        """
        conclude = partial(self._processes.concluded, self._pack) if self._processes else None
        return alerts_and_traces_in(
            self._directory,
            self._pack.rules,
            failed,
            incidents=self._request.incidents,
            hunts=self._request.hunts,
            conclude=conclude,
        )

    def _read(self, sources: Collection[Source]) -> Iterator[FileReport]:
        keeps, files = self._work.state is not None, ready(sources, self._directory)
        size = sum(source.size for source in sources)
        if self._work.jobs == 1 or len(sources) <= 1 or size <= SMALL:
            with patience():
                scanner = Scanner(self._pack, self._request, self._directory, keeps=keeps)
                yield from scanner.scan(files)
            return
        from trailwarden.scan.processes import Processes  # noqa: PLC0415 - it takes long to import

        self._processes = Processes(
            self._work.jobs, self._request, self._pack, self._directory, keeps=keeps
        )
        yield from self._processes.read(files)


def ready(sources: Collection[Source], directory: Path) -> Iterator[Source]:
    """Yield files of this machine, then those from elsewhere as they come, in any order."""
    yield from (source for source in sources if not isinstance(source, RemoteFile))
    remote = [source for source in sources if isinstance(source, RemoteFile)]
    if remote:
        yield from fetched(remote, str(directory))
