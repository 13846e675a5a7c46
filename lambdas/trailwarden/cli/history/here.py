"""`trailwarden history` on this machine: begins, goes on, and says how far it is."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from trailwarden.cli.far import is_in_s3
from trailwarden.cli.history.price import agreed
from trailwarden.cli.history.report import UNREAD, tell
from trailwarden.cli.history.seeding import seed
from trailwarden.cli.history.wish import tuning, wish, words
from trailwarden.cli.packs import loaded, status_of
from trailwarden.cli.problems import UsageError, note, rules_apart, say
from trailwarden.cli.reading import jobs_for
from trailwarden.history import manifest
from trailwarden.history import run as runs
from trailwarden.history.machine import STOP, Machine, StoppedError
from trailwarden.history.publication import summarize
from trailwarden.history.receipt import find
from trailwarden.history.reduction import UnfinishedError, conclude, gathered_of, is_reduced
from trailwarden.history.run import Run
from trailwarden.history.store import FolderStore
from trailwarden.logfile.folder import LocalFile
from trailwarden.notify.counting import counted

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterable, Iterator

    from trailwarden.aws.bucket import Access
    from trailwarden.history.manifest import Portion
    from trailwarden.history.receipt import Receipt
    from trailwarden.scan.source import Source

STOPPED = 4
GB = 1 << 30


@dataclass(frozen=True)
class Origin:
    """Finds log files by their names, on this machine and in buckets."""

    profile: str = ""
    role: str = ""
    region: str = ""

    def __call__(self, name: str, size: int) -> Source:
        """Return a log file."""
        if not is_in_s3(name):
            return LocalFile(name, size)
        from trailwarden.aws.bucket import S3File  # noqa: PLC0415 - boto3 is slow to import

        bucket, _, key = name.removeprefix("s3://").partition("/")
        return S3File(bucket, key, size, _access(self.profile, self.role, self.region))


@lru_cache
def _access(profile: str, role: str, region: str) -> Access:
    """Return the access of this process, with one client."""
    from trailwarden.aws.bucket import Access  # noqa: PLC0415 - boto3 is slow to import

    return Access(profile, role, region)


@rules_apart()
def start(arguments: argparse.Namespace) -> int:
    """Begin a history, or go on with it, and return the exit status."""
    pack = loaded(arguments.tuning)
    store = FolderStore(arguments.folder)
    run = runs.load(store)
    run = _same(run, arguments) if run else _begun(store, arguments)
    if not run:
        return 0
    origin = Origin(arguments.profile, arguments.role, arguments.region)
    machine = Machine(arguments.folder, origin, arguments.own_rules, jobs_for(arguments.jobs))
    try:
        with _progress(run) as progress:
            run = machine.run(run, progress)
    except StoppedError:
        say(f"stopped: {_again(arguments)} goes on")
        return STOPPED
    outcome = conclude(store, run, own_rules=arguments.own_rules)
    summarize(store, run, outcome)
    failures = tell(run, outcome)
    note(f"`trailwarden history report --folder {arguments.folder}` writes them in any form")
    if arguments.seed:
        seed(store, run, arguments)
    return status_of(pack, UNREAD if failures else 0)


def status(arguments: argparse.Namespace) -> int:
    """Say how far a history is, and return the exit status."""
    store = FolderStore(arguments.folder)
    run = begun(store)
    portions = manifest.portions_of(store)
    found = [r for p in portions if (r := find(store, run.mark, p.number))]
    size, unread = sum(r.size for r in found), sum(r.unread for r in found)
    print(f"{_state(store, run, len(found))}: {_done(len(found), run.portions)}")
    events = counted(sum(r.events for r in found), "event")
    print(f"{_size(size)} of {_size(run.size)}, {events}")
    if unread:
        print(f"{unread:,} files could not be had: {_again(arguments)} tries them again")
    if left := run.size - size:
        pace = sum(r.seconds for r in found) / size if size else 0
        print(f"left: {_size(left)}, some {pace * left / 60:,.0f} minutes of one core")
    return 0


def stop(arguments: argparse.Namespace) -> int:
    """Tell a history to stop, and return the exit status."""
    begun(FolderStore(arguments.folder))
    Machine(arguments.folder, Origin()).stop()
    note(f"it stops when the portions at work are done; {_again(arguments)} goes on")
    return 0


def begun(store: FolderStore) -> Run:
    """Return the run of a history. Raises UsageError where none has begun."""
    run = runs.load(store)
    if not run:
        raise UsageError(f"--folder {store.root}: no history has begun there")
    return run


def _state(store: FolderStore, run: Run, done: int) -> str:
    """Say in a word what the history does."""
    if (store.root / STOP).exists():
        return "stopped"
    try:
        _, digest = gathered_of(store, run)
    except UnfinishedError:
        return "evaluating"
    reduced = all(is_reduced(store, part, digest) for part in range(run.parts))
    return "finished" if reduced and done == run.portions else "adding up"


def _done(count: int, portions: int) -> str:
    return f"{count:,} of {counted(portions, 'portion')} {'is' if portions == 1 else 'are'} done"


def _size(count: int) -> str:
    """Return a number of bytes in words."""
    return f"{count / GB:,.2f} GB" if count >= GB // 10 else f"{count / (1 << 20):,.1f} MB"


def _again(arguments: argparse.Namespace) -> str:
    return f"`trailwarden history start --local --folder {arguments.folder}`"


def _same(run: Run, arguments: argparse.Namespace) -> Run:
    """Return the run that has begun, if somebody asks for that one. Raises UsageError."""
    folder = f"--folder {arguments.folder}"
    is_bare = not any(words(arguments)) and not arguments.tuning
    if not is_bare and (run.asked, run.tuning) != (words(arguments), tuning(arguments)):
        raise UsageError(f"{folder}: it holds another history; name another folder for this one")
    if run.release != runs.release():
        raise UsageError(f"{folder}: the rules changed since it began; name another folder")
    return run


def _begun(store: FolderStore, arguments: argparse.Namespace) -> Run | None:
    """Write the manifest of a new history; return None if nobody wants it at its price."""
    if not (arguments.paths or arguments.inventory):
        raise UsageError("start: name the log files")
    wanted = wish(arguments, arguments.paths)
    if not agreed(wanted.sources, is_asked=not arguments.yes):
        return None
    return wanted.write(store, manifest.portion_size(wanted.size, jobs_for(arguments.jobs)))


class _Bar:
    """Shows how far a history is, where there is a terminal."""

    def __init__(self, bar: Progress) -> None:
        self._bar = bar
        self._task = bar.add_task("evaluating")

    def round(self, run: Run, done: Iterable[Portion]) -> None:
        """Take the run that begins, and the portions that were done before."""
        known = sum(portion.size for portion in done)
        self._bar.reset(self._task, total=run.size or None, completed=known)

    def receipt(self, receipt: Receipt) -> None:
        """Take the receipt for a portion that was done now."""
        self._bar.advance(self._task, receipt.size)

    def reducing(self, part: int, parts: int) -> None:
        """Take how many parts are added up."""
        self._bar.update(self._task, description="adding up", total=parts, completed=part)


@contextmanager
def _progress(run: Run) -> Iterator[_Bar]:
    """Show on a terminal how far the history is."""
    console = Console(stderr=True)
    note(f"{counted(run.files, 'file')}, {_size(run.size)}, in {counted(run.portions, 'portion')}")
    text = TextColumn("{task.description}")
    columns = (text, BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    hidden = not console.is_terminal
    with Progress(*columns, console=console, transient=True, disable=hidden) as bar:
        yield _Bar(bar)
