"""What a history is asked for: which log files, rules and times, with their tuning."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from trailwarden import catalog
from trailwarden.catalog.document import text_in
from trailwarden.cli.far import Far, is_in_s3
from trailwarden.cli.naming import named
from trailwarden.cli.packs import loaded
from trailwarden.cli.problems import UsageError, complain, say
from trailwarden.cli.reading import sources_of
from trailwarden.history import manifest
from trailwarden.history import run as runs
from trailwarden.history.run import Run
from trailwarden.logfile import key as log_key
from trailwarden.scan.source import Sources

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Collection, Sequence

    from trailwarden.history.store import Store
    from trailwarden.scan.source import Source


@dataclass(frozen=True)
class Wish:
    """What a history is asked for."""

    arguments: argparse.Namespace
    sources: Collection[Source]
    unlisted: Sequence[tuple[str, str]]
    """The names of files and folders that cannot be found, each with the reason."""

    @property
    def size(self) -> int:
        """How many bytes the log files have."""
        return sum(source.size for source in self.sources)

    def write(self, store: Store, portion: int) -> Run:
        """Write the manifest, in portions of so many bytes, and what never changes of the run."""
        arguments = self.arguments
        since, until = (given and given.time for given in (arguments.since, arguments.until))
        keys = [key for source in self.sources if (key := log_key.parse(source.name))]
        organizations = {key.organization_id for key in keys}
        run = Run(
            asked=words(arguments),
            release=runs.release(),
            tuning=tuning(arguments),
            rules=tuple(arguments.rule),
            since=since,
            until=until,
            own_accounts=tuple(sorted({key.account_id for key in keys})),
            organization_id=min(organizations) if len(organizations) == 1 else "",
            files=len(self.sources),
            size=self.size,
            unlisted=tuple(self.unlisted),
            portions=manifest.write(store, self.sources, portion),
            parts=runs.parts_for(self.size),
        )
        runs.save(store, run)
        return run


def wish(arguments: argparse.Namespace, paths: Sequence[str]) -> Wish:
    """Find the log files that are asked for. Raises UsageError."""
    since, until = (given and given.time for given in (arguments.since, arguments.until))
    if since and until and since >= until:
        raise UsageError("--since has to be before --until")
    for glob in arguments.rule:
        named(glob, {rule.id for rule in loaded(arguments.tuning).rules})
    unlisted: list[tuple[str, str]] = []
    sources = _sources(arguments, paths, lambda name, why: unlisted.append((name, why)))
    for name, why in unlisted:
        complain(name, why)
    if not sources:
        raise UsageError(f"{', '.join(paths) or arguments.inventory}: no log file is there")
    wanted = Wish(arguments, sources, unlisted)
    if wanted.size > runs.MOST:
        raise UsageError(
            f"{wanted.size:,} bytes are more than the {runs.MOST >> 30:,} GB of one history: "
            "name some of the --accounts, or a shorter time, and begin several"
        )
    return wanted


def words(arguments: argparse.Namespace) -> tuple[str, ...]:
    """Return what a history is asked for, in the words of the command line."""
    times = (given.text if given else "" for given in (arguments.since, arguments.until))
    inventory = ("", arguments.inventory) if arguments.inventory else ()
    return (*arguments.paths, "", *times, *arguments.accounts, "", *arguments.rule, *inventory)


def _sources(
    arguments: argparse.Namespace, paths: Sequence[str], tell_of: Callable[[str, str], None]
) -> Collection[Source]:
    """Return the log files that are asked for, by names that mean the same everywhere."""
    since, until = (given and given.time for given in (arguments.since, arguments.until))
    bucket = Far(
        arguments.profile, arguments.role, arguments.region, since, until, arguments.accounts
    )
    sources = _found(arguments.inventory, paths, tell_of, bucket)
    if not arguments.accounts:
        return sources
    keys = ((source, log_key.parse(source.name)) for source in sources)
    of_accounts = Sources(s for s, key in keys if key and key.account_id in arguments.accounts)
    if left_out := len(sources) - len(of_accounts):
        say(f"{left_out:,} files are of other accounts, or of none by their names, and not read")
    return of_accounts


def _found(
    inventory: str, paths: Sequence[str], tell_of: Callable[[str, str], None], bucket: Far
) -> Collection[Source]:
    """Return the log files below paths, as an inventory or a listing has them."""
    if inventory:
        return bucket.inventoried(inventory, paths, tell_of)
    whole = [path if is_in_s3(path) else os.path.abspath(path) for path in paths]  # noqa: PTH100 - follow no links
    return sources_of(whole, tell_of, bucket)


def tuning(arguments: argparse.Namespace) -> str:
    """Return the text of the tuning that is asked for."""
    file = arguments.tuning or catalog.default_tuning()
    return text_in(file) if file else ""
