"""Finds what hunting rules found of the actors of incidents, to show it beside their alerts."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime

from trailwarden.cloudtrail.lineage import Trace
from trailwarden.detection.alert import Alert
from trailwarden.detection.incidents.linking import Acts
from trailwarden.detection.spans import DAY

_Times = Mapping[str, Mapping[str, Sequence[datetime]]]
"""When a session or actor did something told, by its handle and incident, oldest first."""


def hunts_of(
    hunts: Iterable[Alert], acts: Acts, of_incidents: Mapping[str, Iterable[Trace]]
) -> Mapping[str, Mapping[str, Sequence[Trace]]]:
    """Return by incident and hunt the traces of sessions and actors that did something told there.

    A hunt may be of the actors of several incidents. Only acts within a day of theirs count.
    """
    times = _times(of_incidents)
    found: defaultdict[str, defaultdict[str, list[Trace]]] = defaultdict(lambda: defaultdict(list))
    for hunt in hunts:
        for trace in acts[hunt.alert_id]:
            for incident in dict.fromkeys(_near(trace, times)):
                found[incident][hunt.alert_id].append(trace)
    return found


def _times(of_incidents: Mapping[str, Iterable[Trace]]) -> _Times:
    seen: defaultdict[str, defaultdict[str, set[datetime]]] = defaultdict(lambda: defaultdict(set))
    for incident, traces in of_incidents.items():
        for trace in traces:
            for handle in _hands(trace):
                seen[handle][incident].add(trace.time)
    return {handle: {i: sorted(at) for i, at in some.items()} for handle, some in seen.items()}


def _near(trace: Trace, times: _Times) -> Iterator[str]:
    for handle in _hands(trace):
        for incident, moments in times.get(handle, {}).items():
            place = bisect_left(moments, trace.time)
            near = moments[max(place - 1, 0) : place + 1]
            if any(abs(trace.time - moment) <= DAY for moment in near):
                yield incident


def _hands(trace: Trace) -> Iterator[str]:
    """Yield the handles by which a hunt is looked for: of automation the session alone."""
    yield from filter(None, (trace.credential, *(trace.lasting if not trace.automation else ())))
