"""Reads the files of a scan in several processes, and adds up in them what rules saw."""

import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from datetime import date
from functools import cache
from multiprocessing import get_context
from pathlib import Path
from threading import active_count
from typing import NamedTuple, TypeVar

import msgspec

from trailwarden.catalog.discovery import Pack
from trailwarden.detection.heard import HeardOn
from trailwarden.scan.conclusion import LINKS, Concluded, concluded
from trailwarden.scan.errors import ScanError
from trailwarden.scan.links import Links
from trailwarden.scan.patience import patience
from trailwarden.scan.report import Failures, FileReport
from trailwarden.scan.request import Request
from trailwarden.scan.scanner import Scanner
from trailwarden.scan.source import Source
from trailwarden.scan.spool import PARTS, rows_in_part
from trailwarden.scan.written import Written

Asked = TypeVar("Asked")
Answer = TypeVar("Answer")

_TASK_SIZE = 4 << 20
_COMMON = "of-all-parts"
"""The name of the file of facts on all parts."""


class Processes:
    """Some processes, each with rules of its own, which put on spools what these see."""

    def __init__(
        self, jobs: int, request: Request, pack: Pack, directory: Path, *, keeps: bool
    ) -> None:
        """Take the rules, too: a copy of this process has them at once."""
        self._jobs, self._directory = jobs, directory
        can_copy = sys.platform == "linux" and active_count() == 1  # a copy has no other threads
        context = get_context("fork") if can_copy else get_context("spawn")
        asked = (request, pack if can_copy else None, directory, keeps)
        self._pool = ProcessPoolExecutor(jobs, context, _start, asked)

    def close(self) -> None:
        """End them."""
        self._pool.shutdown(cancel_futures=True)

    def read(self, sources: Iterable[Source]) -> Iterator[FileReport]:
        """Yield a report of each file."""
        waiting: set[Future[list[FileReport]]] = set()
        for task in _tasks(sources):
            if len(waiting) >= 2 * self._jobs:
                done, waiting = wait(waiting, return_when=FIRST_COMPLETED)
                for future in done:
                    yield from _result(future)
            waiting.add(self._submit(_work, task))
        for future in waiting:
            yield from _result(future)

    def concluded(
        self, pack: Pack, heard: HeardOn, _: Links, failed: Failures
    ) -> Iterator[Concluded]:
        """Yield what each part of the spools adds up to, as `conclusion.concluded` does."""
        common = msgspec.msgpack.encode(_Common({**heard}))
        (self._directory / _COMMON).write_bytes(common)
        waiting = deque[Future[bytes]]()
        for part in range(PARTS):
            waiting.append(self._submit(_conclude, part))
            if len(waiting) > 2 * self._jobs:
                yield _read(waiting.popleft(), pack, failed)
        for future in waiting:
            yield _read(future, pack, failed)

    def _submit(self, work: Callable[[Asked], Answer], asked: Asked) -> Future[Answer]:
        try:
            return self._pool.submit(work, asked)
        except BrokenProcessPool:
            raise _lost() from None


def _result(future: Future[Answer]) -> Answer:
    try:
        return future.result()
    except BrokenProcessPool:
        raise _lost() from None


def _lost() -> ScanError:
    return ScanError(
        "a process of the scan was killed, perhaps for lack of memory: say --jobs 1, or give the "
        "machine more memory"
    )


def _read(future: Future[bytes], pack: Pack, failed: Failures) -> Concluded:
    written = msgspec.msgpack.decode(_result(future), type=Written)
    return written.concluded(pack.rules, failed)


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


class _Common(NamedTuple):
    """Facts on all parts."""

    heard: dict[str, Sequence[date]]


class _Own(NamedTuple):
    """What a process of a pool works with."""

    pack: Pack
    directory: Path
    scanner: Scanner
    hunts: bool


_own: _Own | None = None


def _start(request: Request, pack: Pack | None, directory: Path, keeps: bool) -> None:
    global _own  # noqa: PLW0603 - a process of a pool has nothing else to keep it in
    sys.stdout = sys.stderr  # standard output is for what the scan writes, not for rules
    pack = pack or request.load()
    _own = _Own(pack, directory, Scanner(pack, request, directory, keeps=keeps), request.hunts)


def _work(sources: Sequence[Source]) -> list[FileReport]:
    assert _own  # noqa: S101 - the pool starts every process with it
    with patience():
        return list(_own.scanner.scan(sources))


def _conclude(part: int) -> bytes:
    assert _own  # noqa: S101 - the pool starts every process with it
    common, failed = _common_in(_own.directory), Failures()
    rows = rows_in_part(_own.directory, part)
    rules, hunts = _own.pack.rules, _own.hunts
    found = concluded(rows, rules, common.heard, failed, _links_in(_own.directory), hunts=hunts)
    return msgspec.msgpack.encode(Written.of(found, failed))


@cache
def _common_in(directory: Path) -> _Common:
    return msgspec.msgpack.decode((directory / _COMMON).read_bytes(), type=_Common)


@cache
def _links_in(directory: Path) -> Links:
    return Links(directory / LINKS)
