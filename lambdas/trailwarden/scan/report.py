"""What became of one file of a scan."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

Failures: TypeAlias = Counter[tuple[str, str]]
"""Rules that raised, with what they raised, and how often."""

DEFECTS_TOLD = 3
"""How many defects of one file are told; the others are counted."""


@dataclass
class FileReport:
    """What became of one file."""

    name: str
    size: int = 0
    events: int = 0
    defects: list[str] = field(default_factory=list)
    """The first few things that could not be read."""
    failures: int = 0
    """How many there are."""
    notes: list[str] = field(default_factory=list)
    outside: int = 0
    """How many events lie outside the time that is asked for."""
    rule_failures: Failures = field(default_factory=Counter)
    is_file: bool = True
    """Whether it is of a file, and not of what all files add up to."""
    is_unread: bool = False
    """Whether its content could not be had, or not all of it."""
    seen: Mapping[int, bytes] = field(default_factory=dict)
    """What rules saw in it, by part of the spool, where a state is kept."""
    heard: Sequence[tuple[str, str]] = ()
    """Which accounts were heard on which days, likewise."""
    networks: Collection[str] = ()
    """Which networks it shows to be own ones, likewise."""
    traces: Mapping[str, bytes] = field(default_factory=dict)
    """The traces of credentials in it, likewise, by their kind."""

    def tell(self, message: str) -> None:
        """Add a defect."""
        self.failures += 1
        if len(self.defects) < DEFECTS_TOLD:
            self.defects.append(message)
