"""Keeps observations in the journal that count by themselves within a short time of others."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trailwarden.aws.slots import Packed, Slot, begun, fitting, slot_of_journal
from trailwarden.contract.table import digest
from trailwarden.detection.correlation import Correlation
from trailwarden.detection.observation import Observation, in_order

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from trailwarden.aws.counting import Counting
    from trailwarden.detection.history import Asked


class Nearby:
    """The observations of one key that are near to new ones."""

    is_of_journal, rule_id = True, ""

    def __init__(self, counting: Counting, asked: Asked, correlation: Correlation) -> None:
        """Take what a correlation was asked about."""
        self._counting, self._near = counting, correlation.near
        self._correlation = correlation
        self._key, self._group = digest("near", asked.key), asked.new[0].group
        self.new = in_order(fitting(seen) for seen in asked.new if correlation.apart_from(seen))
        self.is_written = self.is_left_out = False

    def has_more(self) -> bool:
        """Say whether something has to be written, as far as is known."""
        return bool(self._fresh())

    def wanted(self) -> Iterator[tuple[Slot, Packed]]:
        """Yield what has to be written: the first of those that nothing tells apart."""
        for seen in self._fresh():
            self.is_written = True
            yield self._slot(seen), Packed("", seen._replace(group=""), 0)

    def begun(self) -> Iterable[Slot]:
        """Return the slots that may hold something."""
        return begun({slot for seen in self.new for slot in self._slots_around(seen)}, self.new)

    def found(self) -> list[Observation]:
        """Return the observations that are near to new ones, with these."""
        if not self.new:
            return []
        first, last = self.new[0].time, self.new[-1].time
        near = (
            seen for seen in self._known() if first - self._near <= seen.time <= last + self._near
        )
        return in_order([*self.new, *near])

    def adds_up(self) -> bool:
        """Say whether those near to each other add up, even if they were usual before."""
        return bool(self._correlation.select(self.found()))

    def _fresh(self) -> list[Observation]:
        apart, known = self._correlation.apart_from, self._known()
        first = {apart(seen): seen for seen in reversed(in_order([*self.new, *known]))}
        origins = {seen.origin for seen in known}
        return [seen for seen in first.values() if seen.origin not in origins]

    def _known(self) -> list[Observation]:
        slots = sorted({slot for seen in self.new for slot in self._slots_around(seen)})
        return [one.seen._replace(group=self._group) for one in self._counting.known(slots)]

    def _slots_around(self, seen: Observation) -> set[Slot]:
        times = (seen.time + self._near * n for n in (-1, 0, 1))
        return {slot_of_journal(self._key, self._group, time) for time in times}

    def _slot(self, seen: Observation) -> Slot:
        return slot_of_journal(self._key, self._group, seen.time)
