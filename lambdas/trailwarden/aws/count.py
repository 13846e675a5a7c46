"""The observations of one rule and group within one timespan, as the table has them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from trailwarden.aws.journal import shelf_of
from trailwarden.aws.slots import (
    EPOCH,
    KEY,
    SHORT,
    Packed,
    Slot,
    begun,
    fitting,
    length_of,
)
from trailwarden.contract.table import digest
from trailwarden.detection.correlation import Correlation, TemporalOrdered, ValueCount
from trailwarden.detection.observation import Observation, in_order
from trailwarden.detection.thinning import EIGHTHS, Kept, Thinned

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from trailwarden.aws.counting import Counting
    from trailwarden.detection.history import Group

MOST_HELD = 100
"""How many observations of a rule and group it holds back."""

LONG = timedelta(hours=2)
"""From which timespan on the exact second of an observation is no matter."""


def paces_of(counting: Counting, group: Group) -> list[Count]:
    """Return what counts a group at each of its paces."""
    return [
        Count(counting, group._replace(rule_id=f"{group.rule_id}{'/day' * n}", correlation=pace))
        for n, pace in enumerate(group.correlation.paces())
    ]


class Count:
    """The observations of one rule and group, within one timespan."""

    def __init__(self, counting: Counting, group: Group) -> None:
        self._counting, self.rule_id = counting, group.rule_id
        self.pace = group.correlation
        self._span = group.correlation.timespan
        self._length = length_of(self._span)
        self.is_of_journal = self._span <= SHORT
        self._shelf = shelf_of(group.group) if self.is_of_journal else ""
        key = digest(group.rule_id if self._shelf else str(self._length), group.group)
        self._pk = key[:KEY] if self._shelf else f"HISTORY#{key}"
        self.new = in_order(map(fitting, group.new))
        self.group, self._asked = group.group, _labels_asked(group.correlation)
        self.slots = {slot for seen in self.new for slot in self._slots_around(seen)}
        self.is_written = self.is_left_out = False

    def has_more(self) -> bool:
        """Say whether something has to be written, as far as is known."""
        kept = self._kept()
        return not all(self._is_stood_for(seen, kept, {}) for seen in self.new)

    def wanted(self) -> Iterator[tuple[Slot, Packed]]:
        """Yield what has to be written, and where."""
        kept = self._kept()
        held = self._counting.held(self._pk, self.rule_id)
        fresh = [seen for seen in self.new if not self._is_stood_for(seen, kept, held)]
        if fresh:
            fresh += self._released(held, kept)
        for seen in fresh:
            self.is_written = True
            reach = self._reach(seen, kept)
            packed = seen._replace(group="")
            yield self._slot(seen.time), Packed(self.rule_id, packed, reach)

    def _released(self, held: dict[str, Observation], kept: Thinned) -> list[Observation]:
        """Return the observations to write that were held back, because they may soon add up."""
        if self._is_far(self.new[-1], kept):
            return []
        released = [seen for seen in in_order(held.values()) if kept.add(seen)]
        held.clear()
        return released

    def chosen(self) -> list[Observation]:
        """Return the observations that add up, within a timespan of the new ones."""
        held = self._counting.held(self._pk, self.rule_id)
        chosen = self._kept().select([*held.values(), *self.new])
        first, last = self.new[0].time, self.new[-1].time
        return [
            seen
            for seen in chosen
            if first - seen.time <= self._span and seen.time - last <= self._span
        ]

    @property
    def is_kept(self) -> bool:
        """Whether rules that follow lineage have something new here, or had it before a failure."""
        if not self.pace.follows_lineage:
            return False
        origins = {seen.origin for seen in self.new}
        return self.is_written or any(one.seen.origin in origins for one in self._known())

    def all_kept(self) -> list[Kept]:
        """Return all that is known of the group around the new ones, and held back."""
        held = self._counting.held(self._pk, self.rule_id)
        return [*self._known(), *map(Kept, held.values())]

    def _kept(self) -> Thinned:
        return Thinned(self.pace, self._known())

    def _known(self) -> list[Kept]:
        packed = self._counting.known([*sorted(self.slots), *self._counting.beside(self)])
        mine = (one for one in packed if one.rule_id == self.rule_id)
        return [Kept(one.seen._replace(group=self.group), one.reach) for one in mine]

    def _is_stood_for(self, seen: Observation, kept: Thinned, held: dict[str, Observation]) -> bool:
        """Say whether an observation need not be written; keep or hold it."""
        reach = self._reach(seen, kept)
        if reach and kept.stands_for(seen, reach):
            held[seen.origin] = seen
            if len(held) > MOST_HELD:
                del held[next(iter(held))]
            return True
        return not kept.add(seen, reach=reach)

    def _reach(self, seen: Observation, kept: Thinned) -> float:
        """Return for how many seconds around it an observation stands for others of its label.

        While a group shows fewer than half of the labels that are asked for, one for a timespan is
        enough; while two more are missing, for a quarter; and in a long timespan the hour is.
        """
        if not self._asked:
            return 0
        labels = kept.labels_near(seen.time, self._asked) | {self.pace.counted(seen)}
        span = self._span.total_seconds()
        if self._is_far(seen, kept):  # order is told by the second, and others may add to few
            is_exact = isinstance(self.pace, TemporalOrdered) or self.pace.follows_lineage
            return span / EIGHTHS if is_exact else span
        if isinstance(self.pace, TemporalOrdered):
            return 0
        if len(labels) + 2 <= self._asked:
            return span / 4
        return span / 24 if self._span > LONG else 0

    def _is_far(self, seen: Observation, kept: Thinned) -> bool:
        """Say whether a group shows fewer than half of the labels that are asked for."""
        labels = kept.labels_near(seen.time, self._asked) | {self.pace.counted(seen)}
        return 2 * len(labels) < self._asked

    def begun(self) -> Iterable[Slot]:
        """Return the slots that may hold something."""
        return begun(self.slots, self.new)

    def _slots_around(self, seen: Observation) -> set[Slot]:
        """Return the slots of all that may add up with an observation, as far as it reaches."""
        farthest = 2 if self._asked else 1
        return {self._slot(seen.time, self._span * n) for n in range(-farthest, farthest + 1)}

    def _slot(self, time: datetime, shift: timedelta = timedelta()) -> Slot:
        number = (time - EPOCH + shift) // self._length
        return Slot(self._pk, number, self._length, self._shelf)


def _labels_asked(correlation: Correlation) -> int:
    """Return how many different labels a correlation asks for; 0 where it asks for none."""
    match correlation:
        case ValueCount():
            return correlation.at_least
        case TemporalOrdered():
            return len(correlation.labels)
    return 0
