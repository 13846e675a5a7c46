"""When a group shows something for the first time: what others call new terms."""

from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import date, timedelta
from typing import ClassVar

from trailwarden.cloudtrail.event import Event
from trailwarden.detection.correlation import Correlation, Observation


@dataclass(frozen=True, kw_only=True)
class FirstSeen(Correlation):
    """A label that its group has not shown within the timespan before.

    Nothing is new until the account has been heard for `learning`, by any record. So the first act
    of its kind in an account is new, and no act of an account's first days. An account that was not
    heard for a whole timespan has to be learned again. Time is in whole days, in UTC. Of each label
    and severity only the first of a day counts, so that no more need be remembered.

    A known act excuses nothing worse: a label is new again with a higher severity.
    """

    learning: timedelta

    own_past: bool = False
    """Whether the group itself has to be known for `learning`, not only its account.

    For a principal that is compared with itself: the first network of a new colleague is no news.
    """

    at_once: int = 0
    """From which severity on an act is new in the first days, too, if its match says that one."""

    at_once_by: Set[str] = frozenset()
    """The kinds of callers whose acts are new in the first days, too."""

    usual: str = ""
    """A label that only teaches and is never new. Acts of exempt callers are observed under it.

    Without it, a group with its own past would not be known by them.
    """

    daily: ClassVar[bool] = True

    def select(
        self,
        observations: Sequence[Observation],
        heard: Mapping[str, Sequence[date]] | None = None,
    ) -> Sequence[Observation]:
        """Return the observations of a label that is new, where the account is known."""
        days = [seen.time.date() for seen in observations]
        known = {} if self.own_past or heard is None else heard
        last_seen: dict[str, dict[int, date]] = {}
        return [
            seen
            for seen in observations
            if self._is_news(seen, last_seen.setdefault(seen.label, {}))
            and (
                0 < self.at_once <= seen.severity
                or seen.caller in self.at_once_by
                or self._is_learned(seen.time.date(), days)
                or self._is_learned(seen.time.date(), known.get(seen.account_id, ()))
            )
        ]

    def concerning(
        self,
        new: Sequence[Observation],
        observations: Sequence[Observation],
        heard: Mapping[str, Sequence[date]],
    ) -> Sequence[Observation]:
        """Return those that are new; what came before `new` has its own past out of sight."""
        oldest = min(new).time
        return [seen for seen in self.select(observations, heard) if seen.time >= oldest]

    def _is_news(self, seen: Observation, last_seen: dict[int, date]) -> bool:
        """Say whether nothing as bad was seen within the timespan before, and remember it.

        `last_seen` has the days on which its label was seen, by severity; 0 is the rule's own.
        """
        today = seen.time.date()
        known = any(
            today - day <= self.timespan
            for severity, day in last_seen.items()
            if severity == seen.severity or severity > seen.severity > 0
        )
        last_seen[seen.severity] = today
        return not known and not (self.usual and seen.label == self.usual)

    def _is_learned(self, today: date, past: Sequence[date]) -> bool:
        """Say whether one of the days of `past`, oldest first, is long enough ago."""
        first = bisect_left(past, -self.timespan, key=lambda day: day - today)
        return first < len(past) and today - past[first] >= self.learning


def first_use(
    group_by: Callable[[Event], str],
    *,
    days: int = 60,
    learning: int = 7,
    own_past: bool = False,
    at_once: int = 0,
    at_once_by: Set[str] = frozenset(),
    usual: str = "",
) -> FirstSeen:
    """Tell of a label that its group has not shown for `days`, after `learning` days of watching.

    This is the correlation of most rules about new principals, Regions, images and the like. The
    account has to be known by then; with `own_past`, the group itself. What a match calls as bad as
    `at_once`, or callers `at_once_by` do, waits for neither.
    """
    return FirstSeen(
        timespan=timedelta(days=days),
        learning=timedelta(days=learning),
        group_by=group_by,
        own_past=own_past,
        at_once=at_once,
        at_once_by=at_once_by,
        usual=usual,
    )
