"""Reads the files of a scan in several processes."""

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from multiprocessing import get_context
from pathlib import Path

from trailwarden.scan.report import FileReport
from trailwarden.scan.request import Request
from trailwarden.scan.scanner import Scanner
from trailwarden.scan.source import Source

_TASK_SIZE = 4 << 20


def read(
    sources: Iterable[Source], jobs: int, request: Request, directory: Path, *, keeps: bool
) -> Iterator[FileReport]:
    """Yield a report of each file; `jobs` processes put on spools what rules see in them."""
    context = get_context("spawn")
    with ProcessPoolExecutor(jobs, context, _start, (request, directory, keeps)) as pool:
        waiting: set[Future[list[FileReport]]] = set()
        for task in _tasks(sources):
            if len(waiting) >= 2 * jobs:
                done, waiting = wait(waiting, return_when=FIRST_COMPLETED)
                for future in done:
                    yield from future.result()
            waiting.add(pool.submit(_work, task))
        for future in waiting:
            yield from future.result()


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
    return list(_scanner.scan(sources))
