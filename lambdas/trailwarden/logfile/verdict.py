"""What digests prove of each account, Region and hour, and what speaks against it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import IntEnum, StrEnum
from typing import NamedTuple

HOUR = timedelta(hours=1)


class Status(IntEnum):
    """How an hour is proved; the worst is the highest."""

    VALID = 0
    """Signature, chain and every listed log file are as CloudTrail wrote them."""
    UNPROVED = 1
    """Nothing is wrong that can be seen, and something cannot be checked."""
    INVALID = 2
    """A digest or a log file is not as CloudTrail wrote it, or is gone."""


class Kind(StrEnum):
    """The problem of a file, or the reason why it is not proved."""

    DIGEST_FORGED = "digest_forged"
    DIGEST_CHANGED = "digest_changed"
    DIGEST_UNREADABLE = "digest_unreadable"
    DIGEST_MOVED = "digest_moved"
    DIGEST_MISSING = "digest_missing"
    DIGEST_UNSIGNED = "digest_unsigned"
    CHAIN_BROKEN = "chain_broken"
    FILE_MISSING = "file_missing"
    FILE_MOVED = "file_moved"
    FILE_CHANGED = "file_changed"
    FILE_ADDED = "file_added"
    KEY_UNKNOWN = "key_unknown"
    SIGNATURE_UNKNOWN = "signature_unknown"
    FILE_UNREAD = "file_unread"
    NOT_COVERED = "not_covered"


UNPROVED = frozenset(
    {
        Kind.CHAIN_BROKEN,
        Kind.KEY_UNKNOWN,
        Kind.SIGNATURE_UNKNOWN,
        Kind.FILE_UNREAD,
        Kind.NOT_COVERED,
    }
)
"""The kinds that show no tampering by themselves."""


class Problem(NamedTuple):
    """One thing that is wrong, or cannot be known."""

    kind: Kind
    name: str
    """The file, as people call it."""
    message: str
    """The rest of a sentence about it."""

    @property
    def status(self) -> Status:
        """How bad it is for its hour."""
        return Status.UNPROVED if self.kind in UNPROVED else Status.INVALID


class Slot(NamedTuple):
    """An account, a Region and an hour."""

    account_id: str
    region: str
    hour: datetime


@dataclass
class Hour:
    """The findings of one slot."""

    slot: Slot
    digests: int = 0
    log_files: int = 0
    """How many log files are as a digest lists them."""
    problems: list[Problem] = field(default_factory=list)

    def add(self, problem: Problem) -> None:
        """Write down a problem; that an hour is not covered is said once."""
        if problem.kind is Kind.NOT_COVERED and any(p.kind is problem.kind for p in self.problems):
            return
        self.problems.append(problem)

    @property
    def status(self) -> Status:
        """The verdict."""
        return max((one.status for one in self.problems), default=Status.VALID)


class Report:
    """The verdicts, by account, Region and hour."""

    def __init__(self) -> None:
        self._hours: dict[Slot, Hour] = {}

    def of(self, account_id: str, region: str, moment: datetime) -> Hour:
        """Return the hour in which `moment` is, to be added to."""
        slot = Slot(account_id, region, moment.replace(minute=0, second=0, microsecond=0))
        return self._hours.setdefault(slot, Hour(slot))

    @property
    def hours(self) -> list[Hour]:
        """All hours, in order."""
        return [self._hours[slot] for slot in sorted(self._hours)]

    @property
    def problems(self) -> Iterator[Problem]:
        """All problems, in the order of their hours."""
        return (problem for hour in self.hours for problem in hour.problems)

    @property
    def status(self) -> Status:
        """The worst verdict; UNPROVED where there is no digest."""
        found = {hour.status for hour in self._hours.values()}
        return max(found) if self.digests and found else max({Status.UNPROVED, *found})

    @property
    def digests(self) -> int:
        """How many digests were read."""
        return sum(hour.digests for hour in self._hours.values())

    @property
    def log_files(self) -> int:
        """How many log files are proved."""
        return sum(hour.log_files for hour in self._hours.values())


class Run(NamedTuple):
    """Hours of an account and Region that follow one another and have one verdict."""

    hours: list[Hour]

    @property
    def first(self) -> Hour:
        """Its first hour."""
        return self.hours[0]

    @property
    def last(self) -> Hour:
        """Its last hour."""
        return self.hours[-1]


def runs(hours: Iterable[Hour]) -> Iterator[Run]:
    """Yield hours that are valid and follow one another together, and each other one alone."""
    together: list[Hour] = []
    for hour in hours:
        if together and not _follows(hour, together[-1]):
            yield Run(together)
            together = []
        together.append(hour)
    if together:
        yield Run(together)


def _follows(hour: Hour, before: Hour) -> bool:
    is_next = hour.slot == (*before.slot[:2], before.slot.hour + HOUR)
    return is_next and hour.status is before.status is Status.VALID
