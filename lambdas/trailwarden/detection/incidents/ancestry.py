"""Climbs from a session to those who opened it, as far as records tell."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from trailwarden.cloudtrail.lineage import Trace

HIGHEST = 64
"""How many openings are climbed: no chain of roles that people use is longer."""

_OPENING = Trace._fields.index("opening")


class Step(NamedTuple):
    """An opening, with all that its records tell: a request may leave one in two accounts."""

    child: str
    parents: tuple[str, ...]
    trace: Trace
    """The record that tells best who opened the session."""


def order_of(trace: Trace) -> tuple[object, ...]:
    """Return what sorts traces: the same for any order in which they came."""
    before, after = trace[:_OPENING], trace[_OPENING + 1 :]
    return *before, trace.opening or (), *after


class Ancestry:
    """Who opened which session."""

    def __init__(self, traces: Iterable[Trace]) -> None:
        opened: defaultdict[str, list[Trace]] = defaultdict(list)
        for trace in traces:
            if trace.opening:
                opened[trace.opening.child].append(trace)
        self._steps: Mapping[str, Step] = {c: _step(c, found) for c, found in opened.items()}
        self._known: dict[str, Sequence[Step]] = {}

    def steps(self, handle: str) -> Sequence[Step]:
        """Return the openings that led to the session, the nearest first."""
        if handle not in self._known:
            self._known[handle] = tuple(self._climb(handle))
        return self._known[handle]

    def above(self, handle: str) -> Sequence[str]:
        """Return the handles of those who opened the session, the nearest first."""
        found = dict.fromkeys(parent for step in self.steps(handle) for parent in step.parents)
        return [parent for parent in found if parent != handle]

    def _climb(self, handle: str) -> Iterator[Step]:
        level, seen = [handle], {handle}
        for _ in range(HIGHEST):
            steps = [self._steps[one] for one in level if one in self._steps]
            yield from steps
            level = list(dict.fromkeys(p for step in steps for p in step.parents if p not in seen))
            seen.update(level)


def actor_of(arn: str) -> str:
    """Return the actor of an ARN: of a role's session its role.

    >>> actor_of("arn:aws:sts::111122223333:assumed-role/app/x")
    'arn:aws:iam::111122223333:role/app'
    """
    head, found, tail = arn.partition(":assumed-role/")
    role = f"{head.replace(':sts:', ':iam:', 1)}:role/{tail.partition('/')[0]}"
    return role if found else arn


def _step(child: str, traces: Sequence[Trace]) -> Step:
    best = min(traces, key=lambda t: (not _names_caller(t), order_of(t)))
    parents = {parent for trace in traces if trace.opening for parent in trace.opening.parents}
    return Step(child, tuple(sorted(parents)), best)


def _names_caller(trace: Trace) -> bool:
    return bool(trace.opening and trace.opening.parent.startswith("arn:"))
