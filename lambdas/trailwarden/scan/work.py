"""Divides the files of a scan among processes, and leaves out those that a state has."""

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from dataclasses import dataclass
from multiprocessing import get_context
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

_TASK_SIZE = 4 << 20


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
