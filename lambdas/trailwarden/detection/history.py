"""What correlations remember, of whatever events came before."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import timedelta
from typing import Protocol

from trailwarden.detection.correlation import Observation, in_order


class History(Protocol):
    """Remembers observations for the correlations."""

    def observe(
        self, key: str, observations: Sequence[Observation], timespan: timedelta, *, daily: bool
    ) -> Sequence[Observation]:
        """Remember `observations` and return all of `key` that a timespan links to them.

        Each origin comes once, oldest first. It takes the observations of a batch together, so
        that a store is asked once for them all. With `daily`, the first of each label and day is
        enough.
        """


class MemoryHistory:
    """A history that lasts as long as the process and forgets nothing."""

    def __init__(self) -> None:
        self._seen: defaultdict[str, list[Observation]] = defaultdict(list)

    def observe(
        self,
        key: str,
        observations: Sequence[Observation],
        timespan: timedelta,
        *,
        daily: bool = False,
    ) -> Sequence[Observation]:
        """Remember `observations` and return all of `key` that a timespan links to them."""
        seen = self._seen[key] = in_order([*self._seen[key], *observations])
        first, last = min(observations).time, max(observations).time
        if daily:
            return [o for o in seen if first.date() - o.time.date() <= timespan]
        return [o for o in seen if first - o.time <= timespan and o.time - last <= timespan]
