"""`trailwarden history` on this machine: begins, goes on, and says how far it is."""

from __future__ import annotations

import os
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from trailwarden import catalog
from trailwarden.cli.far import Far, is_in_s3
from trailwarden.cli.history.price import agreed
from trailwarden.cli.history.report import UNREAD, tell
from trailwarden.cli.naming import named
from trailwarden.cli.packs import loaded, status_of
from trailwarden.cli.problems import UsageError, complain, note, say
from trailwarden.cli.reading import jobs_for, sources_of
from trailwarden.history import manifest
from trailwarden.history import run as runs
from trailwarden.history.machine import STOP, Machine, StoppedError
from trailwarden.history.receipt import find
from trailwarden.history.reduction import UnfinishedError, conclude, gathered_of, is_reduced
from trailwarden.history.run import Run
from trailwarden.history.store import FolderStore
from trailwarden.logfile import key as log_key
from trailwarden.logfile.folder import LocalFile

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Iterable, Iterator, Sequence

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


def start(arguments: argparse.Namespace) -> int:
    """Begin a history, or go on with it, and return the exit status."""
    if not arguments.local:
        raise UsageError("start: say --local")
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
    failures = tell(store, run, outcome)
    note(f"`trailwarden history report --folder {arguments.folder}` writes them in any form")
    return status_of(pack, UNREAD if failures else 0)


def status(arguments: argparse.Namespace) -> int:
    """Say how far a history is, and return the exit status."""
    store = FolderStore(arguments.folder)
    run = begun(store)
    portions = manifest.portions_of(store)
    found = [r for p in portions if (r := find(store, run.mark, p.number))]
    size, unread = sum(r.size for r in found), sum(r.unread for r in found)
    print(f"{_state(store, run, len(found))}: {len(found):,} of {run.portions:,} portions are done")
    print(f"{size / GB:,.2f} of {run.size / GB:,.2f} GB, {sum(r.events for r in found):,} events")
    if unread:
        print(f"{unread:,} files could not be had: {_again(arguments)} tries them again")
    if left := run.size - size:
        pace = sum(r.seconds for r in found) / size if size else 0
        print(f"left: {left / GB:,.2f} GB, some {pace * left / 60:,.0f} minutes of one core")
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


def _again(arguments: argparse.Namespace) -> str:
    return f"`trailwarden history start --local --folder {arguments.folder}`"


def _words(arguments: argparse.Namespace) -> tuple[str, ...]:
    """Return what a history is asked for, in the words of the command line."""
    times = (given.text if given else "" for given in (arguments.since, arguments.until))
    return (*arguments.paths, "", *times, *arguments.accounts, "", *arguments.rule)


def _same(run: Run, arguments: argparse.Namespace) -> Run:
    """Return the run that has begun, if it is what is asked for. Raises UsageError."""
    folder = f"--folder {arguments.folder}"
    is_bare = not any(_words(arguments)) and not arguments.tuning
    if not is_bare and (run.asked, run.tuning) != (_words(arguments), _tuning(arguments)):
        raise UsageError(f"{folder}: it holds another history; name another folder for this one")
    if run.release != runs.release():
        raise UsageError(f"{folder}: the rules changed since it began; name another folder")
    return run


def _begun(store: FolderStore, arguments: argparse.Namespace) -> Run | None:
    """Write the manifest of a new history; return None if nobody wants it at its price."""
    if not arguments.paths:
        raise UsageError("start: name the log files")
    since, until = (given and given.time for given in (arguments.since, arguments.until))
    if since and until and since >= until:
        raise UsageError("--since has to be before --until")
    for glob in arguments.rule:
        named(glob, {rule.id for rule in loaded(arguments.tuning).rules})
    unlisted: list[tuple[str, str]] = []
    sources = _sources(arguments, lambda name, why: unlisted.append((name, why)))
    for name, why in unlisted:
        complain(name, why)
    size = sum(source.size for source in sources)
    if not sources:
        raise UsageError(f"{', '.join(arguments.paths)}: no log file is there")
    if not agreed(sources, is_asked=not arguments.yes):
        return None
    portion = manifest.portion_size(size, jobs_for(arguments.jobs))
    keys = [key for source in sources if (key := log_key.parse(source.name))]
    organizations = {key.organization_id for key in keys}
    run = Run(
        asked=_words(arguments),
        release=runs.release(),
        tuning=_tuning(arguments),
        rules=tuple(arguments.rule),
        since=since,
        until=until,
        own_accounts=tuple(sorted({key.account_id for key in keys})),
        organization_id=min(organizations) if len(organizations) == 1 else "",
        files=len(sources),
        size=size,
        unlisted=tuple(unlisted),
        portions=manifest.write(store, sources, portion),
        parts=runs.parts_for(size),
    )
    runs.save(store, run)
    return run


def _sources(
    arguments: argparse.Namespace, tell_of: Callable[[str, str], None]
) -> Sequence[Source]:
    """Return the log files that are asked for, by names that mean the same everywhere."""
    since, until = (given and given.time for given in (arguments.since, arguments.until))
    bucket = Far(
        arguments.profile, arguments.role, arguments.region, since, until, arguments.accounts
    )
    paths = [path if is_in_s3(path) else os.path.abspath(path) for path in arguments.paths]  # noqa: PTH100 - follow no links
    sources = sources_of(paths, tell_of, bucket)
    if not arguments.accounts:
        return sources
    keys = ((source, log_key.parse(source.name)) for source in sources)
    of_accounts = [s for s, key in keys if key and key.account_id in arguments.accounts]
    if left_out := len(sources) - len(of_accounts):
        say(f"{left_out:,} files are of other accounts, or of none by their names, and not read")
    return of_accounts


def _tuning(arguments: argparse.Namespace) -> str:
    """Return the text of the tuning that is asked for."""
    file = arguments.tuning or catalog.default_tuning()
    return file.read_text(encoding="utf-8") if file else ""


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
    note(f"{run.files:,} files, {run.size / GB:,.2f} GB, in {run.portions:,} portions")
    text = TextColumn("{task.description}")
    columns = (text, BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    hidden = not console.is_terminal
    with Progress(*columns, console=console, transient=True, disable=hidden) as bar:
        yield _Bar(bar)
