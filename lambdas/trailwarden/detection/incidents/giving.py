"""Finds things that one made or took over, and that another used within a day."""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from datetime import datetime, timedelta

from trailwarden.cloudtrail.lineage import Trace
from trailwarden.detection.alert import Alert
from trailwarden.detection.incidents.ancestry import Ancestry, actor_of, order_of
from trailwarden.detection.incidents.linking import (
    MOST_USES,
    SKEW,
    Acts,
    Gift,
    Moments,
    top_of,
)
from trailwarden.detection.severity import Severity
from trailwarden.detection.spans import DAY

OPENS_TRUST = frozenset({"iam:UpdateAssumeRolePolicy"})
MAKING = frozenset({"iam:CreateRole"})


def gifts_of(
    alerts: Sequence[Alert], acts: Acts, ancestry: Ancestry, traces: Iterable[Trace]
) -> list[Gift]:
    """Return the things that were made or taken over, and then used within a day.

    The giver is known from an alert about that event, or had a MEDIUM alert within a day.
    """
    about, against = _alerts_about(alerts, acts), _alerts_against(alerts, acts)
    used = _uses(acts, ancestry)
    found: list[Gift] = []
    for trace in sorted({t for t in traces if t.gives and not t.automation}, key=order_of):
        for giver in about.get(trace.event_id) or _nearest(trace, against):
            found.extend(_uses_of(trace, giver, used, ancestry))
    return found


def _alerts_about(alerts: Sequence[Alert], acts: Acts) -> Mapping[str, Sequence[str]]:
    found: defaultdict[str, list[str]] = defaultdict(list)
    for alert in sorted(alerts, key=lambda alert: alert.alert_id):
        for event_id in {trace.event_id for trace in acts[alert.alert_id]}:
            found[event_id].append(alert.alert_id)
    return found


def _alerts_against(alerts: Sequence[Alert], acts: Acts) -> Mapping[str, Moments]:
    """Return for each credential and actor when which MEDIUM alerts told of it."""
    found: defaultdict[str, set[tuple[datetime, str]]] = defaultdict(set)
    for alert in alerts:
        for trace in acts[alert.alert_id] if alert.severity >= Severity.MEDIUM else ():
            for handle in (trace.credential, *trace.lasting):
                if handle and not trace.automation:
                    found[handle].add((trace.time, alert.alert_id))
    return {handle: sorted(moments) for handle, moments in found.items()}


def _nearest(trace: Trace, against: Mapping[str, Moments]) -> Sequence[str]:
    """Return the alert against the caller that is nearest in time, if one is near."""
    near = _nearest_moment(trace, against)
    return [near[1]] if near and near[0] <= DAY else []


def _nearest_moment(trace: Trace, known: Mapping[str, Moments]) -> tuple[timedelta, str] | None:
    """Return how far the nearest moment of the same session or actor is, with its name."""
    found = []
    for handle in (trace.credential, *trace.lasting):
        moments = known.get(handle, ())
        place = bisect_left(moments, (trace.time, ""))
        for time, name in moments[place : place + 1]:
            found.append((time - trace.time, name))
        for time, _ in moments[max(place - 1, 0) : place]:
            first = moments[bisect_left(moments, (time, ""))]
            found.append((trace.time - time, first[1]))
    return min(found, default=None)


def _uses(acts: Acts, ancestry: Ancestry) -> Mapping[str, Sequence[tuple[str, Trace]]]:
    """Return each use of a handle, or of a session that was opened with it, oldest first."""
    found: defaultdict[str, list[tuple[str, Trace]]] = defaultdict(list)
    for alert_id, traces in acts.items():
        for trace in traces:
            if not trace.automation:
                above = ancestry.above(trace.credential) if trace.credential else ()
                for handle in {trace.credential, *trace.lasting, *trace.hubs, *above}:
                    found[handle].append((alert_id, trace))
    return {
        h: sorted(uses, key=lambda use: (order_of(use[1]), use[0])) for h, uses in found.items()
    }


def _uses_of(
    trace: Trace, giver: str, used: Mapping[str, Sequence[tuple[str, Trace]]], ancestry: Ancestry
) -> Iterator[Gift]:
    """Yield the first use in each alert of what the request gave."""
    for handle in trace.gives:
        seen, uses = {giver}, used.get(handle, ())
        first = bisect_left(uses, trace.time - SKEW, key=_time_of_use)
        within = uses[first : bisect_right(uses, trace.time + DAY, key=_time_of_use)]
        several = _several(handle, trace, [use for _, use in within], ancestry)
        for alert_id, use in within:
            if trace.action in OPENS_TRUST and _opened_before(use, trace):
                continue
            if top_of(use, ancestry) in several:
                continue
            if alert_id not in seen and len(seen) <= MOST_USES:
                seen.add(alert_id)
                yield Gift(handle, trace, giver, alert_id, use, _holder(handle, use, ancestry))


def _several(handle: str, trace: Trace, uses: Iterable[Trace], ancestry: Ancestry) -> Set[str]:
    """Return the people who share a role that was there before; none where it is but one.

    Nothing tells which of them is the intruder who changed it. Most are not.
    """
    if not handle.startswith("R:") or trace.action in MAKING:
        return frozenset()
    tops = {top_of(use, ancestry) for use in uses} - {top_of(trace, ancestry)}
    people = {top for top in tops if top.startswith(("I:", "P:"))}
    return people if len(people) > 1 else frozenset()


def _holder(handle: str, use: Trace, ancestry: Ancestry) -> str:
    """Return whose a handle is. An act may be of a session that was opened with it, far below."""
    if handle in (use.credential, *use.lasting, *use.hubs):
        return use.actor
    steps = ancestry.steps(use.credential)
    opened = (s.trace.opening for s in steps if handle in s.parents and s.trace.opening)
    return next((actor_of(opening.parent) for opening in opened), use.actor)


def _opened_before(use: Trace, trace: Trace) -> bool:
    """Say whether the session of a use was there before a trust was opened: it needed none."""
    _, found, opened = use.credential.rpartition("@")
    try:
        return bool(found) and datetime.fromisoformat(opened) < trace.time - SKEW
    except (ValueError, TypeError):
        return False


def _time_of_use(use: tuple[str, Trace]) -> datetime:
    return use[1].time
