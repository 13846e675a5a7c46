"""Divides the files of a scan among processes, and leaves out those that a state has."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from trailwarden.catalog.discovery import Pack
from trailwarden.scan.ahead import RemoteFile, fetched
from trailwarden.scan.report import FileReport
from trailwarden.scan.request import Request
from trailwarden.scan.scanner import Scanner
from trailwarden.scan.source import Source
from trailwarden.scan.state import State, mark_of

SMALL = 4 << 20
"""Up to this many bytes in all, starting other processes takes longer than reading."""


@dataclass(frozen=True)
class Work:
    """The files to scan, and how."""

    sources: Sequence[Source]
    jobs: int
    """Among how many processes they are divided."""
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
            yield from scanner.scan(ready(sources, directory))
            return
        from trailwarden.scan.processes import read  # noqa: PLC0415 - it takes long to import

        yield from read(ready(sources, directory), self.jobs, request, directory, keeps=keeps)


def ready(sources: Sequence[Source], directory: Path) -> Iterator[Source]:
    """Yield files of this machine, then those from elsewhere as they come, in any order."""
    yield from (source for source in sources if not isinstance(source, RemoteFile))
    remote = [source for source in sources if isinstance(source, RemoteFile)]
    if remote:
        yield from fetched(remote, str(directory))
