"""Lists the log files of a bucket: those of a time alone, many folders at once.

A trail's files lie in `AWSLogs/[o-…/]ACCOUNT/CloudTrail/REGION/YEAR/MONTH/DAY/`. So a time is a
choice of folders. What other services put beside them is left out, unless it was asked for by name.
"""

from __future__ import annotations

import re
from collections import Counter
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from botocore.exceptions import BotoCoreError, ClientError

from trailwarden.aws.bucket import Access, S3File
from trailwarden.aws.clock import now
from trailwarden.aws.s3_errors import sentence
from trailwarden.logfile import key as log_key
from trailwarden.logfile.key import HOLDS_RECORDS, Folder

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

AT_ONCE = 16
"""How many folders are listed at once."""

DELIVERED_WITHIN = timedelta(hours=2)
"""How long after an event its file may come. CloudTrail takes some five minutes, rarely longer."""

NAMED_EARLY = timedelta(minutes=15)
"""How much earlier than its newest event a file may be named: names have whole minutes."""

BY_DAY = timedelta(days=62)
"""Up to this time every day's folder is asked for by itself; of a longer one, every month's."""

ARCHIVES = ("GLACIER", "DEEP_ARCHIVE")
"""Classes of storage from which an object has to be restored before it can be read."""

RECORDS = frozenset(folder.value for folder in HOLDS_RECORDS)
"""The folders of an account that hold records."""

_DIGESTS = f"/{Folder.DIGESTS.value}/"
_ORGANIZATION = re.compile(r"o-[a-z0-9]{10,32}")
_FROM_ABOVE = 3
"""How many folders above AWSLogs are looked through one by one, to find those of trails."""


class Window(NamedTuple):
    """The time of the events that are asked for."""

    since: datetime | None = None
    until: datetime | None = None

    def holds(self, key: str) -> bool:
        """Say whether a file may hold events of this time, by when it was delivered."""
        known = log_key.parse(key)
        if known is None:
            return True
        if self.since and known.delivered + NAMED_EARLY < self.since:
            return False
        return not self.until or known.delivered < self.until + DELIVERED_WITHIN

    def folders(self) -> list[str]:
        """Return the folders of a Region for this time; the Region's own where it has no start."""
        if not self.since:
            return [""]
        first = (self.since - NAMED_EARLY).astimezone(UTC)
        last = (self.until + DELIVERED_WITHIN if self.until else now()).astimezone(UTC)
        form = "%Y/%m/%d/" if last - first <= BY_DAY else "%Y/%m/"
        days = (
            first.date() + timedelta(days=n) for n in range((last.date() - first.date()).days + 1)
        )
        return [*dict.fromkeys(day.strftime(form) for day in days)]


@dataclass
class Listed:
    """The objects of a bucket, and figures about them."""

    files: list[S3File] = field(default_factory=list)
    archived: Counter[str] = field(default_factory=Counter)
    """How many objects have to be restored first, by class of storage."""
    archived_size: Counter[str] = field(default_factory=Counter)
    left_out: Counter[str] = field(default_factory=Counter)
    """How many folders of other services were not looked into, by service."""
    outside: int = 0
    """How many files were listed whose names are of another time."""
    failures: list[tuple[str, str]] = field(default_factory=list)
    """The folders that could not be listed, and why."""
    folders: int = 0
    """How many folders were listed."""

    def add(self, file: S3File, kind: str, window: Window) -> None:
        """Take an object of a class of storage, if it is of the time and can be read."""
        if not window.holds(file.key):
            self.outside += 1
        elif kind in ARCHIVES:
            self.archived[kind] += 1
            self.archived_size[kind] += file.size
        else:
            self.files.append(file)


class _Task(NamedTuple):
    """A folder to list: with all below it, or level by level."""

    prefix: str
    is_whole: bool
    depth: int = 0


class Listing:
    """Lists one address. Its work is spread over threads; only one of them writes the answer."""

    def __init__(
        self,
        access: Access,
        address: str,
        window: Window,
        accounts: Collection[str] = (),
    ) -> None:
        """Take `s3://bucket/prefix`, and the accounts that are asked for; all where none is."""
        self._access, self._window, self._accounts = access, window, accounts
        self._bucket, _, self._prefix = address.removeprefix("s3://").partition("/")

    def run(self, on_progress: Callable[[Listed], None] = lambda _: None) -> Listed:
        """Return the objects there, in the order of keys. Raises S3Error without a client."""
        listed = Listed()
        client = self._access.client
        with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="list") as pool:
            waiting = {pool.submit(self._pages, client, t): t for t in self._begin()}
            while waiting:
                done, _ = wait(waiting, return_when=FIRST_COMPLETED)
                for future in done:
                    task = waiting.pop(future)
                    listed.folders += 1
                    try:
                        following = [*self._take(future.result(), task, listed)]
                    except (BotoCoreError, ClientError) as error:
                        why = sentence(error, str(self._access), self._bucket)
                        listed.failures.append((f"s3://{self._bucket}/{task.prefix}", why))
                        continue
                    waiting |= {pool.submit(self._pages, client, t): t for t in following}
                on_progress(listed)
        listed.files.sort(key=lambda file: file.key)
        return listed

    def _begin(self) -> Iterator[_Task]:
        """Yield where to begin: the prefix may end in the middle of a name."""
        if self._prefix.endswith("/") or not self._prefix:
            yield from self._below(self._prefix, 0, is_named=True, left_out=Counter())
        else:
            yield _Task(self._prefix, is_whole=False)

    def _pages(self, client: Any, task: _Task) -> tuple[list[str], list[dict[str, Any]]]:
        """Return the folders and the objects of a folder; of all below it, if it is whole."""
        given = {} if task.is_whole else {"Delimiter": "/"}
        folders: list[str] = []
        objects: list[dict[str, Any]] = []
        for page in client.get_paginator("list_objects_v2").paginate(
            Bucket=self._bucket,
            Prefix=task.prefix,
            OptionalObjectAttributes=["RestoreStatus"],
            **given,
        ):
            folders += [each["Prefix"] for each in page.get("CommonPrefixes", ())]
            objects += [each for each in page.get("Contents", ()) if self._is_wanted(each)]
        return folders, objects

    def _is_wanted(self, found: dict[str, Any]) -> bool:
        return bool(found["Size"]) and _DIGESTS not in found["Key"]

    def _take(
        self, pages: tuple[list[str], list[dict[str, Any]]], task: _Task, listed: Listed
    ) -> Iterator[_Task]:
        """Write down the objects of a folder, and yield what to list below it."""
        folders, objects = pages
        for found in objects:
            self._file(found, listed)
        for prefix in folders:
            yield from self._below(prefix, task.depth + 1, is_named=False, left_out=listed.left_out)

    def _file(self, found: dict[str, Any], listed: Listed) -> None:
        kind = found.get("StorageClass", "")
        is_restored = "RestoreExpiryDate" in found.get("RestoreStatus", {})
        file = S3File(self._bucket, found["Key"], found["Size"], self._access)
        listed.add(file, "" if is_restored else kind, self._window)

    def _below(
        self, prefix: str, depth: int, *, is_named: bool, left_out: Counter[str]
    ) -> Iterator[_Task]:
        """Yield how to list a folder, by its place; `is_named` says that it was asked for."""
        parts = prefix.split("/")[:-1]
        if "AWSLogs" not in parts:
            yield _Task(prefix, is_whole=depth > _FROM_ABOVE, depth=depth)
            return
        place = parts[len(parts) - parts[::-1].index("AWSLogs") :]
        if place and _ORGANIZATION.fullmatch(place[0]):
            place = place[1:]
        if place and self._accounts and place[0] not in self._accounts:
            return
        match place:
            case [] | [_]:
                yield _Task(prefix, is_whole=False)
            case [_, service] if service not in RECORDS and not is_named:
                left_out[service] += 1
            case [_, service, *_] if service not in RECORDS:
                yield _Task(prefix, is_whole=True)
            case [_, _]:
                yield _Task(prefix, is_whole=False)
            case [_, _, _]:
                yield from self._region(prefix)
            case [_, _, _, *day]:
                yield from self._dated(prefix, day)

    def _region(self, prefix: str) -> Iterator[_Task]:
        """Yield the folders of a Region for the time, or its years where it has no start."""
        for folder in self._window.folders():
            yield _Task(prefix + folder, is_whole=bool(folder))

    def _dated(self, prefix: str, day: list[str]) -> Iterator[_Task]:
        """Yield a folder of a year, a month or a day, unless it lies outside of the time."""
        if not _may_hold(day, self._window):
            return
        yield _Task(prefix, is_whole=len(day) > 1)


def _may_hold(day: list[str], window: Window) -> bool:
    """Say whether a folder of a year, month or day may hold files of the time."""
    try:
        year, month, of_month = (*map(int, day[:3]), *[0] * (3 - len(day[:3])))
        first = date(year, month or 1, of_month or 1)
    except ValueError:
        return True
    last = first if of_month else _end(year, month)
    if window.since and last < (window.since - NAMED_EARLY).astimezone(UTC).date():
        return False
    return not window.until or first <= (window.until + DELIVERED_WITHIN).astimezone(UTC).date()


def _end(year: int, month: int) -> date:
    """Return the last day of a month, or of a year where `month` is 0."""
    if month in (0, 12):
        return date(year, 12, 31)
    return date(year, month + 1, 1) - timedelta(days=1)
