"""Holds who opened or gave what in one file, in bounded memory.

A flood of openings by one actor leaves room for those of others, and for those of another role.
Among alike ones the ids of events decide, which nobody chooses. So nobody pushes out an opening of
their own by making thousands before or after it.
"""

from collections import Counter
from collections.abc import Callable, Sequence, Set
from zlib import crc32

from trailwarden.cloudtrail.lineage import Trace

MOST_TRACES = 2_000
"""How many openings and gifts are kept: a flood of sessions must not take the time of alerts."""

HELD_TRACES = 5 * MOST_TRACES
"""How many are held until some are left out."""

Told = Callable[[], Set[str]]
"""Return the handles of those of whom alerts tell."""


class Traces:
    """The openings and gifts of one file."""

    def __init__(self, told: Told) -> None:
        """Take what returns the handles of those of whom alerts tell: their openings come first."""
        self._told = told
        self._held: list[Trace] = []
        self._left_out = 0

    def add(self, trace: Trace) -> None:
        """Hold who opened or gave something, as long as it is among those that matter."""
        self._held.append(trace)
        if len(self._held) >= HELD_TRACES:
            self._left_out += len(self._held) - MOST_TRACES
            self._held = self.kept

    @property
    def left_out(self) -> int:
        """How many are not kept."""
        return self._left_out + max(len(self._held) - MOST_TRACES, 0)

    @property
    def kept(self) -> list[Trace]:
        """Those that are kept; of too many those that matter, these first."""
        if len(self._held) <= MOST_TRACES:
            return self._held
        return _in_order(self._held, self._told())[:MOST_TRACES]


def _in_order(traces: Sequence[Trace], told: Set[str]) -> list[Trace]:
    """Return those that lead to an alert first, then one of each actor and kind before a second."""
    by_chance = sorted(traces, key=lambda trace: crc32(trace.event_id.encode("utf-8", "replace")))
    rounds = Counter[tuple[str, ...]]()
    ranked: list[tuple[bool, int, Trace]] = []
    for trace in by_chance:
        kind = trace.actor, trace.action, _role(trace)
        given = (trace.opening.child if trace.opening else "", *trace.gives)
        ranked.append((told.isdisjoint(given), rounds[kind], trace))
        rounds[kind] += 1
    return [trace for _, _, trace in sorted(ranked, key=lambda one: one[:2])]


def _role(trace: Trace) -> str:
    return trace.opening.session_arn.rpartition("/")[0] if trace.opening else ""
