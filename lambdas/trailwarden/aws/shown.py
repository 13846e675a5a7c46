"""What one file or event shows, from reading it until it is written down."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from trailwarden.detection.gathering import Gathering

if TYPE_CHECKING:
    from collections.abc import Sequence

    from trailwarden.aws.envelopes import LogObject
    from trailwarden.detection.finding import RuleFailure

CALLS_AT_ONCE = 100
"""About how many calls count what one message shows."""

MOST_CALLS = 300
"""About how many calls write together what several messages show: each may reckon too many."""

MOST_HELD = 3_000
"""How many observations are written together: far more than ordinary files show."""


class MixedError(Exception):
    """What several messages show has to be written one by one."""


@dataclass
class Shown:
    """What one file or event shows."""

    item: LogObject | None = None
    """The file; None for events that came by themselves."""
    gathering: Gathering = field(default_factory=Gathering)
    failed: dict[str, RuleFailure] = field(default_factory=dict)
    """The first failure of each rule that failed."""
    defects: list[str] = field(default_factory=list)
    content: str = ""
    """The hash of the content, where all of it was read."""

    @property
    def calls(self) -> int:
        """About how many calls it takes to write it down."""
        return self.gathering.weight + self.gathering.alerts

    @property
    def stands_alone(self) -> bool:
        """Whether it is written by itself: it is large, a part of a file, or too much."""
        is_part = self.item is not None and bool(self.item.part or self.item.parts)
        is_large = self.calls > CALLS_AT_ONCE or self.gathering.held > MOST_HELD
        return is_part or is_large or bool(self.gathering.left_out)


def have_room(some: Sequence[Shown], shown: Shown) -> bool:
    """Say whether one more can be written together with others."""
    every = [*some, shown]
    held = sum(one.gathering.held for one in every)
    return sum(one.calls for one in every) <= MOST_CALLS and held <= MOST_HELD
