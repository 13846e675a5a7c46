"""Finds what joins alerts: one session, one actor, an opening, a gift, an address, a target.

Each function yields joins, with the reason. All are pure, and the order of what they get makes no
difference. The limits keep ordinary work apart: a role, a network or the maker of all roles joins
nothing by itself.
"""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import pairwise
from typing import NamedTuple, TypeAlias

from trailwarden.cloudtrail.lineage import Trace
from trailwarden.detection.alert import Alert
from trailwarden.detection.incidents.ancestry import Ancestry, order_of
from trailwarden.detection.spans import DAY

ALWAYS = timedelta(days=400)
SKEW = timedelta(minutes=5)
"""How far the clocks of two services may be apart."""
SAME_ADDRESS = timedelta(hours=6)
SAME_TARGET = timedelta(days=7)
MOST_USES = 200
"""In how many alerts the use of one gift counts."""
MOST_AT_ADDRESS = 3
"""How many actors at one address are few: more are an office, or a gateway."""

Acts: TypeAlias = Mapping[str, Sequence[Trace]]
"""The traces of each alert's events, by the alert's id, oldest first."""


Moments: TypeAlias = Sequence[tuple[datetime, str]]
"""When something was seen, and its alert or incident, oldest first."""


class How(StrEnum):
    """What joins two alerts, the surest first."""

    SESSION = "one session or key"
    ACTOR = "one user, person or machine"
    OPENED = "a session that the other opened"
    GIVEN = "a user, key, role or machine that the other made or took over"
    ADDRESS = "one address within hours"
    TARGET = "one target of callers without a name"
    DECIDED = "a decision of yours"


_RANK = {how: rank for rank, how in enumerate(How)}
_ALWAYS_ONE = ("S:", "G:")
_NAMED = ("N:", "T:")


class Join(NamedTuple):
    """Two alerts of one incident, and the reason."""

    how: How
    handle: str
    one: str
    other: str


class Gift(NamedTuple):
    """Something that one event put into its caller's hands, and that another alert shows used."""

    handle: str
    trace: Trace
    giver: str
    """The alert that speaks against the giver."""
    user: str
    """The alert in which it is used."""
    used: Trace
    holder: str
    """Whose the handle is: who uses it, or who opened the session that does."""


class _Entry(NamedTuple):
    time: datetime
    alert_id: str
    how: How
    passive: bool
    """Whether it joins only entries that are not passive themselves."""
    top: str = ""
    """Who is behind it, where a name is looked at that several may bear."""
    place: str = ""


def name_of(trace: Trace) -> str:
    """Return the handle by which the actor is known from the record alone; nothing for nobody."""
    lasting = trace.lasting[:1] if not trace.automation else ()
    return next(iter((*lasting, *filter(None, (trace.credential, standing_alone(trace))))), "")


def acts_of(alerts: Iterable[Alert], traces: Iterable[Trace]) -> Acts:
    """Return the traces of each alert's events."""
    by_event: defaultdict[str, list[Trace]] = defaultdict(list)
    for trace in sorted(set(traces), key=order_of):
        by_event[trace.event_id].append(trace)
    return {
        alert.alert_id: sorted((t for i in alert.event_ids for t in by_event[i]), key=order_of)
        for alert in alerts
    }


def joins(
    alerts: Sequence[Alert],
    acts: Acts,
    ancestry: Ancestry,
    gifts: Iterable[Gift],
    apart: Mapping[str, str],
) -> list[Join]:
    """Return all that joins `alerts`, the surest first.

    Those that stand `apart`, in parts by their ids, are no step between those before and after.
    """
    found = [
        *_by_handle(acts, ancestry, apart),
        *(Join(How.GIVEN, gift.handle, gift.giver, gift.user) for gift in gifts),
        *_by_address(acts, ancestry, apart),
        *_by_target(alerts, acts, apart),
    ]
    return sorted(set(found), key=lambda join: (_RANK[join.how], join))


def _by_handle(acts: Acts, ancestry: Ancestry, apart: Mapping[str, str]) -> Iterator[Join]:
    entries: defaultdict[str, set[_Entry]] = defaultdict(set)
    for alert_id, traces in acts.items():
        for trace in traces:
            for handle, how, passive in _handles(trace, ancestry):
                entry = _Entry(trace.time, alert_id, how, passive)
                if handle.startswith(_NAMED):
                    entry = entry._replace(top=top_of(trace, ancestry), place=trace.place)
                entries[handle].add(entry)
    for handle, found in entries.items():
        gap = ALWAYS if handle.startswith(_ALWAYS_ONE) else DAY
        chain = _by_name if handle.startswith(_NAMED) else _chain
        yield from chain(handle, sorted(found), gap, apart)


def _by_name(
    handle: str, entries: Sequence[_Entry], gap: timedelta, apart: Mapping[str, str]
) -> Iterator[Join]:
    """Yield joins with those whose session has the name that an opening tells.

    The name is chosen. If several people bear it just then, only those at the same address count.
    """
    bearers = [entry for entry in entries if entry.passive]
    others = [entry for entry in entries if not entry.passive]
    yield from _chain(handle, others, gap, apart)
    for entry in others:
        first = bisect_left(bearers, entry.time - gap, key=_time_of)
        last = bisect_right(bearers, entry.time + gap, key=_time_of)
        middle = bisect_left(bearers, entry.time, first, last, key=_time_of)
        near = bearers[max(first, middle - MOST_USES) : min(last, middle + MOST_USES)]
        if len({one.top for one in near}) > 1:
            near = [one for one in near if one.place and one.place == entry.place]
        for one in near:
            yield from _joined(handle, one, entry)


def _time_of(entry: _Entry) -> datetime:
    return entry.time


def _handles(trace: Trace, ancestry: Ancestry) -> Iterator[tuple[str, How, bool]]:
    """Yield the handles by which a trace joins, and whether each is passive.

    Of automation only the session counts. Who opened it counts where that one has alerts as well.
    """
    if trace.credential:
        yield trace.credential, How.SESSION, False
    for handle in trace.lasting if not trace.automation else ():
        yield handle, How.ACTOR, False
    for handle in trace.hubs:
        stands_alone = handle.startswith("N:") and handle == standing_alone(trace)
        yield handle, How.ACTOR if stands_alone else How.OPENED, not stands_alone
    for handle in ancestry.above(trace.credential) if trace.credential else ():
        yield handle, How.OPENED, trace.automation and not handle.startswith("S:")


def standing_alone(trace: Trace) -> str:
    """Return the handle that comes nearest to the actor, where a record tells no session.

    Only old records, and copies from other accounts, tell a principal and nothing more.
    """
    if trace.credential or (trace.lasting and not trace.automation):
        return ""
    return next((hub for hub in trace.hubs if hub.startswith("N:")), "")


def _chain(
    handle: str, entries: Sequence[_Entry], gap: timedelta, apart: Mapping[str, str]
) -> Iterator[Join]:
    """Yield joins of entries that follow each other in time, in each part by itself."""
    together: defaultdict[str, list[_Entry]] = defaultdict(list)
    for entry in entries:
        together[apart.get(entry.alert_id, "")].append(entry)
    for some in together.values():
        yield from _linked(handle, some, gap)


def _linked(handle: str, entries: Sequence[_Entry], gap: timedelta) -> Iterator[Join]:
    """Yield a join for each two entries of different alerts that follow each other in time."""
    last: _Entry | None = None
    waiting: list[_Entry] = []
    for entry in entries:
        if entry.passive:
            if last and entry.time - last.time <= gap:
                yield from _joined(handle, last, entry)
            waiting.append(entry)
            continue
        near = [w for w in waiting if entry.time - w.time <= gap]
        for other in ([last] if last and entry.time - last.time <= gap else []) + near:
            yield from _joined(handle, other, entry)
        last, waiting = entry, []


def _joined(handle: str, one: _Entry, other: _Entry) -> Iterator[Join]:
    if one.alert_id != other.alert_id:
        how = max(one.how, other.how, key=_RANK.__getitem__)
        yield Join(how, handle, *sorted((one.alert_id, other.alert_id)))


def _by_address(acts: Acts, ancestry: Ancestry, apart: Mapping[str, str]) -> Iterator[Join]:
    at: defaultdict[str, list[tuple[tuple[object, ...], str, Trace]]] = defaultdict(list)
    for alert_id, traces in acts.items():
        for trace in traces:
            if trace.place and not trace.automation:
                at[trace.place].append((order_of(trace), alert_id, trace))
    for place, seen in at.items():
        uses = [(alert_id, trace) for _, alert_id, trace in sorted(seen, key=lambda s: s[:2])]
        for run in _runs(uses):
            if _are_few([trace for _, trace in run], ancestry):
                yield from _neighbours(place, run, apart)


def _are_few(traces: Sequence[Trace], ancestry: Ancestry) -> bool:
    """Say whether the actors at an address are few, and no strangers meet there in roles.

    Several may share a role. A user who stands beside two of them would make them one.
    """
    actors = {trace.actor for trace in traces}
    users = {top_of(trace, ancestry) for trace in traces if trace.personal}
    others = {top_of(trace, ancestry) for trace in traces} - users
    few = len(users) + len(others) <= MOST_AT_ADDRESS
    return few and 1 < len(actors) <= MOST_AT_ADDRESS and len(others) <= 1


def top_of(trace: Trace, ancestry: Ancestry) -> str:
    """Return who is behind an act, as far as records tell: a session's name if nobody is."""
    above = ancestry.above(trace.credential) if trace.credential else ()
    known = (*trace.lasting, *(handle for handle in reversed(above) if handle[0] in "PIWKS"))
    named = (hub for hub in trace.hubs if hub.startswith("T:"))
    return next(iter((*known, *named)), "") or trace.credential or trace.actor


def _runs(uses: Sequence[tuple[str, Trace]]) -> Iterator[Sequence[tuple[str, Trace]]]:
    """Yield the uses of an address, parted where it rested for hours."""
    run = list(uses[:1])
    for before, after in pairwise(uses):
        if after[1].time - before[1].time > SAME_ADDRESS:
            yield run
            run = []
        run.append(after)
    yield run


def _neighbours(
    place: str, run: Sequence[tuple[str, Trace]], apart: Mapping[str, str]
) -> Iterator[Join]:
    """Yield joins of users with all others; two sessions of roles are never joined directly."""
    entries = [_Entry(t.time, i, How.ADDRESS, not t.personal) for i, t in run]
    yield from _chain(place, entries, SAME_ADDRESS, apart)


def _by_target(alerts: Sequence[Alert], acts: Acts, apart: Mapping[str, str]) -> Iterator[Join]:
    """Yield joins of alerts about callers without a name, by what they did it to."""
    on: defaultdict[tuple[str, str, str], list[Alert]] = defaultdict(list)
    for alert in alerts:
        traces, first = acts[alert.alert_id], alert.first
        if traces and not any(map(name_of, traces)):
            part = apart.get(alert.alert_id, "")
            on[first.account_id, first.subject or first.actor, part].append(alert)
    for (_, subject, _), found in on.items():
        ordered = sorted(found, key=lambda a: (a.first_seen, a.alert_id))
        for one, other in pairwise(ordered):
            if other.first_seen - one.last_seen <= SAME_TARGET:
                yield Join(How.TARGET, subject, *sorted((one.alert_id, other.alert_id)))
