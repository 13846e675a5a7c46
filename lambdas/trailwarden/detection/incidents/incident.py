"""One intruder, one incident: the alerts that belong together, and why.

A pure function of alerts and traces: no order, repetition or delay changes the answer. Alerts stay
as they are. An incident only gathers them.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from typing import NamedTuple

from trailwarden.cloudtrail.event import UNKNOWN_TIME
from trailwarden.cloudtrail.lineage import Trace
from trailwarden.detection.alert import Alert, Belonging
from trailwarden.detection.attack import Tactic
from trailwarden.detection.finding import hashed
from trailwarden.detection.incidents.ancestry import Ancestry, order_of
from trailwarden.detection.incidents.deciding import UNDECIDED, Decisions
from trailwarden.detection.incidents.giving import gifts_of
from trailwarden.detection.incidents.hunting import hunts_of
from trailwarden.detection.incidents.linking import (
    Acts,
    Gift,
    Join,
    acts_of,
    joins,
    name_of,
)
from trailwarden.detection.incidents.parting import Parts, parts_of
from trailwarden.detection.incidents.turning import Turn, turns_of
from trailwarden.detection.rule import Mode
from trailwarden.detection.severity import Severity
from trailwarden.detection.spans import DAY

ID_LENGTH = 12
STAGES = 3
"""How many tactics within a day make an intrusion of what began with a pivot."""
HIGHS = 2
"""How many different HIGH acts within a day make a HIGH incident CRITICAL, with a pivot."""


@dataclass(frozen=True)
class Deed:
    """An act, told by the rule that tells most of it, and by others under other names."""

    alert: Alert
    others: Sequence[Alert] = ()

    @property
    def severity(self) -> Severity:
        """How bad the worst rule has it."""
        return max(alert.severity for alert in (self.alert, *self.others))

    @property
    def tactic(self) -> Tactic | None:
        """The first tactic of the rule: rules list several, and one act is one stage."""
        return next(iter(self.alert.rule.attack), None)


@dataclass(frozen=True)
class Incident:
    """Alerts that belong to one intruder, as far as records tell."""

    alerts: Sequence[Alert]
    """What people are told, oldest first."""
    acts: Acts
    """The traces of all alerts, also of what hunting rules found."""
    anchor: tuple[str, str]
    """Who began, as a handle, and on which day."""
    anchors: frozenset[tuple[str, str]]
    """The anchors of its parts: it had one of them before more was known."""
    joins: Sequence[Join] = ()
    """Why each alert is in it: enough joins to reach all of them."""
    gifts: Sequence[Gift] = ()
    turns: Sequence[Turn] = ()
    """Who turned into whom, in order of time."""
    hunts: Sequence[Alert] = field(default=())
    """What hunting rules found of the same actors."""
    elsewhere: Sequence[Alert] = field(default=())
    """The parts that its actors have in alerts that are told in another incident."""

    @cached_property
    def id(self) -> str:
        """The same when more is found later of that actor and day."""
        return incident_id(self.anchor)

    @property
    def aliases(self) -> Sequence[str]:
        """The ids that it, or a part of it, may have had before more was known."""
        return sorted({incident_id(anchor) for anchor in self.anchors} - {self.id})

    @property
    def belonging(self) -> Belonging:
        """What its alerts tell of it."""
        return Belonging(self.id, self.severity, tuple(self.aliases))

    @property
    def start(self) -> datetime:
        """When the first event happened whose time is known."""
        return min(self._times)

    @property
    def end(self) -> datetime:
        """When the last event happened whose time is known."""
        return max(self._times)

    @property
    def _times(self) -> Sequence[datetime]:
        """The times of its events; `UNKNOWN_TIME` alone where none is known."""
        times = {time for one in self.alerts for time in (one.first_seen, one.last_seen)}
        return [*(times - {UNKNOWN_TIME} or times)]

    @cached_property
    def deeds(self) -> Sequence[Deed]:
        """The acts: alerts of one act are one deed under several names."""
        return _deeds(self.alerts)

    @property
    def stages(self) -> Sequence[Tactic]:
        """The tactics of acts that are MEDIUM or worse, in order of time."""
        worth = (deed for deed in self.deeds if deed.severity >= Severity.MEDIUM)
        return list(dict.fromkeys(deed.tactic for deed in worth if deed.tactic))

    @property
    def account_ids(self) -> Sequence[str]:
        """The accounts of the alerts, in order of time."""
        return list(dict.fromkeys(a for alert in self.alerts for a in alert.account_ids if a))

    @property
    def actors(self) -> Sequence[str]:
        """The actors of the alerts, in order of time."""
        return list(dict.fromkeys(seen.actor for a in self.alerts for seen in a.observations))

    @cached_property
    def pivots(self) -> Sequence[Gift]:
        """What one principal made or took over, and another then used for something told."""
        every = (*self.alerts, *self.elsewhere)
        worth = {alert.alert_id for alert in every if alert.severity >= Severity.MEDIUM}
        return [g for g in self.gifts if g.user in worth and g.trace.actor != g.holder]

    @property
    def base(self) -> Severity:
        """How bad the worst alert is."""
        return max(alert.severity for alert in self.alerts)

    @cached_property
    def severity(self) -> Severity:
        """How bad it is: worse than its alerts only where an intruder changed who they are."""
        base = self.base
        if base is Severity.CRITICAL or not self.pivots or self.only_automation:
            return base
        for day in self._days():
            stages = {deed.tactic for deed in day if deed.tactic}
            highs = {d.alert.rule.id for d in day if d.severity >= Severity.HIGH}
            if len(stages) >= STAGES and base is Severity.HIGH and len(highs) >= HIGHS:
                return Severity.CRITICAL
            if len(stages) >= STAGES and base is Severity.MEDIUM:
                return Severity.HIGH
        return base

    @property
    def tells_of_intruder(self) -> bool:
        """Whether it may be said that somebody is inside."""
        return bool(self.pivots) and self.severity >= Severity.HIGH

    @property
    def only_automation(self) -> bool:
        """Whether deploy roles and roles of the security team did all of it."""
        traces = [trace for alert in self.alerts for trace in self.acts[alert.alert_id]]
        return bool(traces) and all(trace.automation for trace in traces)

    def _days(self) -> Iterable[Sequence[Deed]]:
        """Yield the deeds of MEDIUM and worse of the day that each of them begins."""
        deeds = _deeds([*self.alerts, *self.elsewhere]) if self.elsewhere else self.deeds
        worth = [deed for deed in deeds if deed.severity >= Severity.MEDIUM]
        for first in worth:
            start = first.alert.first_seen
            yield [d for d in worth if start <= d.alert.first_seen <= start + DAY]


def incident_id(anchor: tuple[str, str]) -> str:
    """Return the id of an incident by who began it, and on which day."""
    return hashed("incident", *anchor)[:ID_LENGTH]


def group(
    alerts: Iterable[Alert], traces: Iterable[Trace], decisions: Decisions = UNDECIDED
) -> list[Incident]:
    """Return the incidents that alerts add up to, the worst and oldest first.

    `traces` are those of the alerts' events, of all openings, and of all that hands something over.
    What people decided goes before what records tell.
    """
    every = sorted(
        {a.alert_id: a for a in alerts}.values(), key=lambda a: (a.first_seen, a.alert_id)
    )
    known = sorted(set(traces), key=order_of)
    acts, ancestry = acts_of(every, known), Ancestry(known)
    told = {alert.alert_id: alert for alert in every if alert.mode is Mode.ALERT}
    parts = parts_of(told.values(), acts, ancestry)
    decided = parts.decided(decisions)
    gifts = decided.gifts(gifts_of(parts.alerts, parts.acts, ancestry, known))
    links = joins(parts.alerts, parts.acts, ancestry, gifts, decided.apart)
    union = _Union(decided.joins(links, parts.acts))
    found = _Found(told, ancestry, union, gifts, parts, decisions)
    together = _together(found)
    hunts = {alert.alert_id: alert for alert in every if alert.mode is not Mode.ALERT}
    of_them = {
        k: [t for p in some.here for t in parts.acts[p.alert_id]] for k, some in together.items()
    }
    near = hunts_of(hunts.values(), acts, of_them)
    incidents = [_incident(found, some, hunts, near.get(key, {})) for key, some in together.items()]
    return sorted(incidents, key=lambda i: (-i.severity, i.start, i.id))


class _Union:
    """Which alerts belong together, and the joins that were needed for it."""

    def __init__(self, found: Iterable[Join]) -> None:
        self._above: dict[str, str] = {}
        self.needed = [join for join in found if self._join(join.one, join.other)]

    def find(self, one: str) -> str:
        """Return the alert that stands for all that belong to `one`."""
        while (above := self._above.get(one, one)) != one:
            self._above[one] = self._above.get(above, above)
            one = above
        return one

    def _join(self, one: str, other: str) -> bool:
        first, second = sorted((self.find(one), self.find(other)))
        self._above[second] = first
        return first != second


class _Found(NamedTuple):
    """Facts that all incidents share."""

    told: Mapping[str, Alert]
    ancestry: Ancestry
    union: _Union
    gifts: Sequence[Gift]
    parts: Parts
    decisions: Decisions


class _Members(NamedTuple):
    """What belongs together."""

    parts: Sequence[Alert]
    """The parts of alerts that are joined, also of alerts that are told in another incident."""
    alerts: Sequence[Alert]
    """The alerts that are told in it."""
    besides: Sequence[Alert]
    """Other parts of these alerts: of hands of whom nothing else is told."""

    @property
    def here(self) -> Iterator[Alert]:
        """Yield the parts of the alerts that are told in it."""
        yield from (*self.parts, *self.besides)


def _together(found: _Found) -> Mapping[str, _Members]:
    """Return what belongs together. An alert of several hands is told where the worst is told."""
    joined: defaultdict[str, list[Alert]] = defaultdict(list)
    for part in found.parts.alerts:
        joined[found.union.find(part.alert_id)].append(part)
    home: dict[str, str] = {}
    for key in sorted(joined, key=lambda key: _weight(joined[key])):
        for part in joined[key]:
            home.setdefault(found.parts.whole[part.alert_id], key)
    besides: defaultdict[str, list[Alert]] = defaultdict(list)
    for key in joined.keys() - home.values():
        for part in joined[key]:
            besides[home[found.parts.whole[part.alert_id]]].append(part)
    alerts: defaultdict[str, list[Alert]] = defaultdict(list)
    for alert in found.told.values():
        alerts[home[alert.alert_id]].append(alert)
    return {key: _Members(joined[key], some, besides[key]) for key, some in alerts.items()}


def _weight(parts: Sequence[Alert]) -> tuple[object, ...]:
    """Return what sorts parts that are joined: the worst, then most of them, then the first."""
    worst = max(part.severity for part in parts)
    return -worst, -len(parts), min((part.first_seen, part.alert_id) for part in parts)


def _incident(found: _Found, members: _Members, hunts: Mapping[str, Alert], near: Acts) -> Incident:
    parts = found.parts
    joined = {part.alert_id for part in members.parts}
    told = {alert.alert_id for alert in members.alerts}
    given = (parts.given(gift) for gift in found.gifts if gift.giver in joined)
    gifts = list(dict.fromkeys(gift for gift in given if gift.giver != gift.user))
    away = (part for part in members.parts if parts.whole[part.alert_id] not in told)
    why = parts.of_alerts(found.union.needed, told)
    acts: defaultdict[str, list[Trace]] = defaultdict(list)
    for part in members.here:
        if (alert_id := parts.whole[part.alert_id]) in told:
            acts[alert_id] += parts.acts[part.alert_id]
    of_told = {alert_id: sorted(acts[alert_id], key=order_of) for alert_id in told}
    began = [_beginning(found, part) for part in members.parts]
    more = [_beginning(found, part) for part in members.besides]
    return Incident(
        alerts=members.alerts,
        acts={**of_told, **near},
        anchor=min(began).anchors[0],
        anchors=frozenset(anchor for one in (*began, *more) for anchor in one.anchors),
        joins=why,
        gifts=gifts,
        turns=turns_of(of_told, found.ancestry, gifts, why),
        hunts=[hunts[alert_id] for alert_id in near],
        elsewhere=[replace(part, alert_id=parts.whole[part.alert_id]) for part in away],
    )


class _Beginning(NamedTuple):
    """When and by whom an alert began. Sorts by time."""

    time: datetime
    handles: tuple[str, ...]
    """Who is behind it: the topmost user, person or machine first, if one is known."""
    apart: str = ""
    """The part of its own in which it stands, where somebody decided so."""

    @property
    def anchors(self) -> Sequence[tuple[str, str]]:
        """Return each handle with the day: what somebody split begins as an incident of its own."""
        day = f"{self.time:%Y-%m-%d} {self.apart}".rstrip()
        return [(handle, day) for handle in self.handles]


def _beginning(found: _Found, alert: Alert) -> _Beginning:
    """Return who began what a part of an alert tells, by the first act that names an actor.

    All of its handles count: those above the session may become known later than the alert.
    """
    acts, ancestry = found.parts.acts[alert.alert_id], found.ancestry
    apart = found.decisions.apart.get(found.parts.whole[alert.alert_id], "")
    if not acts:
        return _Beginning(alert.first_seen, (f"alert {alert.alert_id}",), apart)
    first = min(filter(name_of, acts), key=order_of, default=min(acts, key=order_of))
    above = ancestry.above(first.credential) if first.credential else ()
    if first.automation:
        above = [handle for handle in above if handle.startswith("S:")]
    nameless = f"{alert.first.account_id} {alert.first.subject or alert.first.actor}"
    choices = (
        *(handle for handle in reversed(above) if handle[0] in "PIW"),
        *(handle for handle in reversed(above) if handle[0] in "KS"),
        *((name_of(first), first.credential) if name_of(first) else (nameless,)),
    )
    return _Beginning(first.time, tuple(dict.fromkeys(filter(None, choices))), apart)


def _deeds(alerts: Sequence[Alert]) -> Sequence[Deed]:
    """Return the acts of alerts: one whose events others tell already is another name of them.

    What counts several events comes after what tells of each by itself.
    """
    ordered = sorted(
        alerts,
        key=lambda a: (a.adds_up, -a.severity, a.first_seen, a.rule.id, a.alert_id),
    )
    told: dict[str, str] = {}
    names: dict[str, list[Alert]] = {}
    for alert in ordered:
        event_ids = alert.event_ids
        if event_ids and all(event_id in told for event_id in event_ids):
            names[told[event_ids[-1]]].append(alert)
            continue
        names[alert.alert_id] = [alert]
        for event_id in event_ids:
            told.setdefault(event_id, alert.alert_id)
    deeds = [Deed(first, tuple(others)) for first, *others in names.values()]
    return sorted(deeds, key=lambda d: (d.alert.first_seen, -d.severity, d.alert.alert_id))
