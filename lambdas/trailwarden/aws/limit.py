"""How long work on one message may take, and who takes the rest."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

    from trailwarden.aws.envelopes import LogObject


class Limit(NamedTuple):
    """The time that is left, and what leaves a message for later: None where there is no queue."""

    time_left: Callable[[], timedelta]
    taker: Callable[[LogObject, timedelta], None] | None

    @property
    def may_leave(self) -> bool:
        """Whether the rest comes again."""
        return self.taker is not None

    def is_over(self, to_finish: timedelta) -> bool:
        """Say whether the rest has to come again, as less time is left than it takes to finish."""
        return self.may_leave and self.time_left() < to_finish

    def leave(self, item: LogObject, delay: timedelta = timedelta()) -> None:
        """Have an object, or the rest of it, come again, after a delay."""
        assert self.taker  # noqa: S101 - nothing is left without one
        self.taker(item, delay)
