"""What reading a log file brings: records, defects, and notes."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import repeat
from typing import Any, TypeAlias

from trailwarden.cloudtrail.values import Record


@dataclass(frozen=True, slots=True)
class Defect:
    """Something in a log file that could not be read, or not as it stands."""

    message: str


@dataclass(frozen=True, slots=True)
class Note:
    """Why a file holds no records, or not all of them, though nothing is wrong with it."""

    message: str


@dataclass(frozen=True, slots=True)
class Batch:
    """Records that were read together: how many there are, and those that are wanted."""

    count: int
    records: Sequence[Record]
    said: Sequence[Any] = ()
    """The answer of `wanted` for each of `records`; nothing where it was not asked."""

    def __iter__(self) -> Iterator[tuple[Record, Any]]:
        """Yield each record with the answer of `wanted` for it, or None."""
        return zip(self.records, self.said or repeat(None), strict=False)


Outcome: TypeAlias = Batch | Defect | Note
