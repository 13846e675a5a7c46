"""Runs a history on this machine, with all its cores, and goes on where it was interrupted."""

import sys
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import ExitStack
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from shutil import rmtree
from typing import Protocol, TypeVar

from trailwarden.history import reduction
from trailwarden.history.manifest import Portion, portions_of
from trailwarden.history.portion import SourceOf, evaluate
from trailwarden.history.receipt import Receipt, find
from trailwarden.history.reduction import Gathered, gather, gathered_of
from trailwarden.history.run import Run, prepared, save
from trailwarden.history.store import FolderStore
from trailwarden.scan.errors import ScanError

STOP = "stop"
"""The file that tells a history to stop, when the portions that are begun are done."""

T = TypeVar("T")


class StoppedError(Exception):
    """Somebody stopped the history; its receipts stay."""


class Progress(Protocol):
    """What hears how far a history is."""

    def round(self, run: Run, done: Iterable[Portion]) -> None:
        """Take the run that begins, and the portions that were done before."""

    def receipt(self, receipt: Receipt) -> None:
        """Take the receipt for a portion that was done now."""

    def reducing(self, part: int, parts: int) -> None:
        """Take how many parts are added up."""


@dataclass(frozen=True)
class Machine:
    """A folder of this machine in which a history is, and how to read its log files."""

    folder: Path
    source_of: SourceOf
    own_rules: Path | None = None
    jobs: int = 1

    @property
    def store(self) -> FolderStore:
        """The store of its manifest, receipts and results."""
        return FolderStore(self.folder)

    def run(self, run: Run, progress: Progress) -> Run:
        """Do the rest of the work, and return the run as it ended. Raises StoppedError, ScanError.

        An account of which only records tell becomes an own one. So does a network that limits an
        access. Then all is evaluated once more, as a scan does.
        """
        (self.folder / STOP).unlink(missing_ok=True)
        for left in (*self.folder.glob(".work-*"), *self.folder.glob(".new-*")):
            rmtree(left) if left.is_dir() else left.unlink()
        try:
            with ExitStack() as stack:
                return self._run(run, progress, self._pool(stack, run.portions))
        except BrokenProcessPool:
            raise ScanError(
                "a process was killed, perhaps for lack of memory: run it again with --jobs 1, and "
                "it goes on"
            ) from None

    def _run(self, run: Run, progress: Progress, pool: ProcessPoolExecutor | None) -> Run:
        gathered = self._evaluated(run, progress, pool)
        if not gathered.is_settled(run, prepared(run, self.own_rules)[1]):
            run = gathered.known(run)
            save(self.store, run)
            self._evaluated(run, progress, pool)
        self._reduced(run, progress, pool)
        return run

    def stop(self) -> None:
        """Tell the history to stop."""
        self.store.write(STOP, b"")

    def _evaluated(
        self, run: Run, progress: Progress, pool: ProcessPoolExecutor | None
    ) -> Gathered:
        """Evaluate the portions that have no receipt, or one that lacks files."""
        waiting, done = list[Portion](), list[Portion]()
        for portion in portions_of(self.store):
            receipt = find(self.store, run.mark, portion.number)
            (done if receipt and not receipt.unread else waiting).append(portion)
        progress.round(run, done)
        tasks = [(self, run, portion) for portion in waiting]
        for receipt in self._each(_evaluate, tasks, pool):
            progress.receipt(receipt)
        return gather(self.store, run)

    def _reduced(self, run: Run, progress: Progress, pool: ProcessPoolExecutor | None) -> None:
        """Add up the parts that are not."""
        _, digest = gathered_of(self.store, run)
        left = [p for p in range(run.parts) if not reduction.is_reduced(self.store, p, digest)]
        tasks = [(self, run, part) for part in left]
        for done, _ in enumerate(self._each(_reduce, tasks, pool), 1):
            progress.reducing(run.parts - len(left) + done, run.parts)

    def _each(
        self,
        work: Callable[..., T],
        tasks: Iterable[tuple[object, ...]],
        pool: ProcessPoolExecutor | None,
    ) -> Iterator[T]:
        """Yield what the tasks give, in any order, done by as many processes as there may be."""
        waiting: set[Future[T]] = set()
        for task in tasks:
            self._heed()
            if not pool:
                yield work(*task)
                continue
            waiting.add(pool.submit(work, *task))
            if len(waiting) > self.jobs:
                done, waiting = wait(waiting, return_when=FIRST_COMPLETED)
                yield from (future.result() for future in done)
        yield from (future.result() for future in waiting)

    def _pool(self, stack: ExitStack, portions: int) -> ProcessPoolExecutor | None:
        """Return the processes that do the work; None where this one does it."""
        if min(self.jobs, portions) == 1:
            return None
        made = ProcessPoolExecutor(self.jobs, get_context("spawn"), _keep_rules_apart)
        pool = stack.enter_context(made)
        stack.callback(pool.shutdown, wait=False, cancel_futures=True)
        return pool

    def _heed(self) -> None:
        if (self.folder / STOP).exists():
            raise StoppedError


def _keep_rules_apart() -> None:
    sys.stdout = sys.stderr  # standard output is for what a command says, not for rules


def _evaluate(machine: Machine, run: Run, portion: Portion) -> Receipt:
    return evaluate(
        machine.store,
        run,
        portion,
        machine.source_of,
        own_rules=machine.own_rules,
        scratch=machine.folder,
    )


def _reduce(machine: Machine, run: Run, part: int) -> None:
    reduction.reduce(machine.store, run, part, own_rules=machine.own_rules)
