"""Follows an actor through all that they opened, made or took over.

Things that the actor made are followed for good. Things that were there before are followed for a
day, as others use them, too.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta

from trailwarden.cloudtrail.lineage import Trace
from trailwarden.detection.incidents.ancestry import order_of
from trailwarden.detection.spans import DAY

SKEW = timedelta(minutes=5)
MAKING = frozenset(
    {"ec2:RunInstances", "iam:CreateRole", "iam:CreateUser", "lambda:CreateFunction"}
)
_FOR_GOOD = ("K:", "S:", "C:")

Seed = Callable[[Trace], bool]
"""Say whether a record is of those to begin with."""


class Descent:
    """All that begins with some records, by the handles of who acts."""

    def __init__(self, seed: Seed, traces: Iterable[Trace]) -> None:
        self._seed = seed
        self._spans: defaultdict[str, list[tuple[datetime, datetime | None]]] = defaultdict(list)
        self._learn(sorted({t for t in traces if t.tells_of_credentials}, key=order_of))

    def covers(self, trace: Trace) -> bool:
        """Say whether the record is of who was asked for, or of a descendant."""
        if self._seed(trace):
            return True
        handles = (trace.credential, *trace.lasting, *trace.hubs)
        return any(self._holds(handle, trace.time) for handle in handles)

    @property
    def handles(self) -> Mapping[str, object]:
        """The handles of the descendants."""
        return self._spans

    def _holds(self, handle: str, time: datetime) -> bool:
        spans = self._spans.get(handle, ())
        return any(
            since - SKEW <= time and (until is None or time <= until) for since, until in spans
        )

    def _learn(self, traces: Iterable[Trace]) -> None:
        """Note what those who are covered open and get, until nothing is new."""
        waiting = list(traces)
        while waiting:
            left = []
            for trace in waiting:
                if self.covers(trace):
                    self._note(trace)
                else:
                    left.append(trace)
            if len(left) == len(waiting):
                return
            waiting = left

    def _note(self, trace: Trace) -> None:
        if trace.opening:
            self._spans[trace.opening.child].append((trace.time, None))
        for handle in trace.gives:
            for_good = trace.action in MAKING or handle.startswith(_FOR_GOOD)
            self._spans[handle].append((trace.time, None if for_good else trace.time + DAY))
