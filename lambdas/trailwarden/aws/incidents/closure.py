"""Gathers from the table all that an alert may be joined with, by the handles of who acted.

It reads more than belongs together, and never less: `detection.incident` decides. So the answer is
that of a scan of the same events, in any order. The reading is bounded.
"""

from __future__ import annotations

from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

from trailwarden.aws.clock import now
from trailwarden.aws.incidents.links import (
    MOST_OF_A_HANDLE,
    Entry,
    Kind,
    nameless_target,
    place_handle,
)
from trailwarden.detection.incidents.bearing import traces_of
from trailwarden.detection.incidents.deciding import UNDECIDED, Decisions
from trailwarden.detection.incidents.linking import (
    MOST_AT_ADDRESS,
    SAME_ADDRESS,
    SAME_TARGET,
    standing_alone,
)
from trailwarden.detection.rule import Mode

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from trailwarden.aws.alert_item import Stored
    from trailwarden.aws.alert_table import AlertTable
    from trailwarden.aws.incidents.links import Links
    from trailwarden.cloudtrail.lineage import Trace

MOST_HANDLES = 200
"""Of how many handles it is read what they have to do with."""

MOST_READS = 600
"""How often something is read: what happens for long is read again and again, further on."""

MOST_ALERTS, MOST_SEVERE = 500, 100
"""How many alerts are gathered, and how many severe ones besides where a flood hides them."""

BEFORE = AFTER = timedelta(hours=62)
"""How far from an act it is looked: a session lives for a day and a half, and links for a day."""

PATIENCE = timedelta(seconds=20)
"""How long the reading may take."""

MOST_RUNS = 8
"""How often it is looked further back or on, at an address."""

_HUBS = ("N:", "R:", "T:")
"""The handles behind which many may be: who is above a session by one joins all who bear it."""

AT_A_TIME, MANY = 10, 12
"""How many handles are read at the same time, where there are many."""


class _Asked(NamedTuple):
    """A handle, with the time that is looked at."""

    handle: str
    start: datetime
    end: datetime
    fully: bool
    """Whether alerts count of those who bear it together with many others."""

    def covers(self, other: _Asked) -> bool:
        """Say whether all is read that another one asks for."""
        is_within = self.start <= other.start and other.end <= self.end
        return is_within and self.fully >= other.fully

    def and_also(self, other: _Asked) -> _Asked:
        """Return what asks for all that both ask for."""
        start, end = min(self.start, other.start), max(self.end, other.end)
        return _Asked(self.handle, start, end, self.fully or other.fully)


class _Wanted:
    """The handles that are to be read, and how far each was read.

    Who acted, and who is above, comes first. A flood of those who were opened or made must not hide
    where it comes from.
    """

    def __init__(self) -> None:
        self.read: dict[str, _Asked] = {}
        self._first: dict[str, _Asked] = {}
        self._below: dict[str, _Asked] = {}

    def __bool__(self) -> bool:
        """Say whether something is to be read."""
        return bool(self._first or self._below)

    def add(self, asked: _Asked, *, below: bool) -> None:
        """Have a handle read as far as is asked, if it neither was nor is to be already."""
        handle = asked.handle
        known = self._first.get(handle) or self._below.get(handle) or self.read.get(handle)
        if not known or not known.covers(asked):
            place = self._below if below and handle not in self._first else self._first
            place[handle] = known.and_also(asked) if known else asked
        elif handle in self._below and not below:
            self._first[handle] = self._below[handle]
        if handle in self._first:
            self._below.pop(handle, None)

    def take(self, *, even_below: bool) -> list[_Asked]:
        """Return the handles to read now; those below only where there are no others."""
        if even_below and not self._first:
            self._first, self._below = self._below, {}
        taken, self._first = [*self._first.values()], {}
        return taken


class Closure:
    """All that some alerts may be joined with."""

    def __init__(self, links: Links, table: AlertTable, decisions: Decisions = UNDECIDED) -> None:
        self._links, self._table, self._decisions = links, table, decisions
        self.stored: dict[str, Stored] = {}
        """The alerts, by their ids."""
        self.traces: set[Trace] = set()
        """What records tell of credentials, and the alerts' events."""
        self.left_out = 0
        """How many handles and alerts were not looked at: there are too many."""
        self._wanted = _Wanted()
        self._used: set[tuple[str, bool, Entry]] = set()
        self._severe: set[str] = set()
        """The alerts that stand out of floods."""
        self._near: dict[str, None] = {}
        """The alerts to read besides: those at an address, and what people decided."""
        self._places: set[tuple[str, datetime]] = set()
        self._ends, self._reads = now() + PATIENCE, 0

    def gather(self, alerts: Iterable[Stored]) -> None:
        """Gather what these alerts may be joined with. Raises TimeoutError if that takes long."""
        self._learn_all(alerts)
        known = self._wanted.read
        while self._wanted or self._near:
            self._hurry()
            asked = self._wanted.take(even_below=not self._near)
            found, self._near = self._near, {}
            self._reads += len(asked)
            if self._reads > MOST_READS:
                self.left_out += len(asked)
                return
            new = [one for one in asked if one.handle not in known]
            room = max(MOST_HANDLES - len(known), 0)
            dropped = {one.handle for one in new[room:]}
            self.left_out += len(dropped)
            kept = [one for one in asked if one.handle not in dropped]
            known |= {one.handle: one for one in kept}
            for one, entries in zip(kept, self._read(kept), strict=True):
                self.left_out += len(entries) >= MOST_OF_A_HANDLE
                for entry in entries:
                    found |= dict.fromkeys(self._follow(one, entry))
            self._fetch(found)

    def _read(self, asked: Sequence[_Asked]) -> Iterator[Sequence[Entry]]:
        if len(asked) < MANY:
            return map(self._under, asked)
        with ThreadPoolExecutor(AT_A_TIME) as pool:
            return iter([*pool.map(self._under, asked)])

    def _under(self, asked: _Asked) -> Sequence[Entry]:
        self._hurry()
        return self._links.under(asked.handle, asked.start, asked.end)

    def _hurry(self) -> None:
        if now() > self._ends:
            raise TimeoutError("it takes too long to read what belongs together")

    def _follow(self, asked: _Asked, entry: Entry) -> Iterator[str]:
        """Follow an entry under a handle; yield the alerts that it leads to."""
        use = asked.handle, asked.fully, entry
        if use in self._used:
            return
        self._used.add(use)
        if entry.kind is Kind.ALERT or (entry.kind is Kind.HUB and asked.fully):
            self._severe |= {entry.alert_id} if entry.is_severe else set()
            yield entry.alert_id
        for trace in entry.traces:
            self.traces.add(trace)
            self._follow_trace(trace)

    def _follow_trace(self, trace: Trace) -> None:
        """Look for what a request opened or gave, and for who made it."""
        for handle in filter(None, (trace.credential, *trace.lasting)):
            self._want(handle, trace.time)
        if trace.opening:
            self._want(trace.opening.child, trace.time, below=True)
            for parent in trace.opening.parents:
                self._want(parent, trace.time, fully=parent.startswith(_HUBS))
        for handle in trace.gives:
            self._want(handle, trace.time, fully=True, below=True)

    def _want(
        self, handle: str, time: datetime, *, fully: bool = False, below: bool = False
    ) -> None:
        asked = _Asked(handle, time - BEFORE, time + AFTER, fully)
        self._wanted.add(asked, below=below)

    def _fetch(self, alert_ids: Iterable[str]) -> None:
        new = [alert_id for alert_id in alert_ids if alert_id not in self.stored]
        severe = [alert_id for alert_id in new if alert_id in self._severe]
        others = [alert_id for alert_id in new if alert_id not in self._severe]
        kept = severe[: max(MOST_ALERTS + MOST_SEVERE - len(self.stored), 0)]
        kept += others[: max(MOST_ALERTS - len(self.stored) - len(kept), 0)]
        self.left_out += len(new) - len(kept)
        self._learn_all(self._table.get_all(kept) if kept else ())

    def _learn_all(self, alerts: Iterable[Stored]) -> None:
        """Learn alerts, and look for what their events have to do with."""
        for stored in sorted(alerts, key=lambda s: s.alert.alert_id):
            if stored.alert.alert_id not in self.stored:
                self.stored[stored.alert.alert_id] = stored
                self._near |= dict.fromkeys(self._learn(stored))

    def _learn(self, stored: Stored) -> Iterator[str]:
        """Learn an alert; yield those that an address leads to. A hunt leads to nothing."""
        alert = stored.alert
        traces = traces_of(alert)
        self.traces.update(traces)
        if alert.mode is not Mode.ALERT:
            return
        yield from self._decisions.beside(alert.alert_id)
        for trace in traces:
            self._follow_trace(trace)
            alone = standing_alone(trace)
            for hub in trace.hubs:
                self._want(hub, trace.time, fully=hub == alone)
            if trace.place and not trace.automation:
                yield from self._at_place(trace.place, trace.time)
        if handle := nameless_target(alert, traces):
            start, end = alert.first_seen - SAME_TARGET, alert.last_seen + SAME_TARGET
            for entry in self._links.under(handle, start - AFTER, end + AFTER):
                yield entry.alert_id

    def _at_place(self, place: str, time: datetime) -> Iterator[str]:
        """Yield the alerts of few actors that used an address within hours of each other."""
        if (place, time) in self._places:
            return
        run = {time: ""}
        entries: dict[datetime, set[Entry]] = defaultdict(set)
        start = end = time
        for _ in range(MOST_RUNS):
            found = self._links.under(place_handle(place), start - SAME_ADDRESS, end + SAME_ADDRESS)
            for entry in found:
                entries[entry.time].add(entry)
            before = start, end
            run |= dict.fromkeys(entries, "")
            start, end = min(run), max(run)
            if (start, end) == before:
                break
        some = [entry for at in entries.values() for entry in at]
        self._places |= {(place, entry.time) for entry in some}
        if 1 < len({entry.actor for entry in some}) <= MOST_AT_ADDRESS:
            yield from (entry.alert_id for entry in some)
