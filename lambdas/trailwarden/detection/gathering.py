"""Gathers sightings of rules in one file, in bounded memory, for any content.

Of one alert as many matches are held as are counted. Of a group that counts, enough is held to
decide. Too many alerts of one rule become one, of their actor or of them all. Matches beyond even
that are counted in `left_out`, because people have to hear of them.

The same file gives the same, so that reading it again adds nothing.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from zlib import crc32

from trailwarden.cloudtrail.lineage import Trace
from trailwarden.detection.engine import Sighting
from trailwarden.detection.finding import Finding, alert_key
from trailwarden.detection.holding import Traces
from trailwarden.detection.incidents.bearing import trace_of
from trailwarden.detection.observation import Observation
from trailwarden.detection.rule import Rule
from trailwarden.detection.thinning import Thinned

MATCHES, HELD = 2_000, 60_000
"""How many matches are held of one alert or group, and in all."""

FEW, MOST_HELD = 50, 150_000
"""How many there are of each where others take all the room, and then in all."""

DECIDING = 4 * MATCHES
"""How many are held of one group that decide, for there may be a hand for each record."""

ALERTS_OF_GROUP, ALERTS_OF_RULE, ALERTS = 40, 60, 80
"""How many alerts there are of one rule and group, of one rule, and in all."""

AT_LEAST = 3
"""How many alerts each rule may have, and each alert or group matches, however full it is."""

TOGETHER = "many at once, told as one alert"
"""The subject of an alert that stands for others."""

TOGETHER_OF_RULE = 5
"""How many of those a rule may have."""

GROUPS_OF_RULE, GROUPS = 3_000, 10_000
"""How many groups of one rule are counted, and in all."""

AT_ONCE, ITEMS_OF_GROUP = 100, 10
"""How many items one call writes or reads, and about how many those of a group are."""

LABELS = 50
"""How many labels of one group and file may be new."""

Key = tuple[str, str, str, str]


@dataclass
class _Alert:
    rule: Rule
    seen: list[Observation] = field(default_factory=list)
    worst: int = 0

    def add(self, seen: Observation, room: int) -> bool:
        """Hold a match, where there is room for it or it is the worst; say whether there was."""
        has_room = len(self.seen) < room
        if has_room:
            self.seen.append(seen)
        elif seen.severity > self.worst:
            self.seen[-1] = seen
        self.worst = max(self.worst, seen.severity)
        return has_room


@dataclass
class _Group:
    rule: Rule
    seen: list[Observation] = field(default_factory=list)
    kept: list[Thinned] = field(default_factory=list)
    days: dict[tuple[str, int, date], int] = field(default_factory=dict)

    def add(self, seen: Observation, room: int) -> bool:
        """Hold an observation, if it is needed; say whether there was room for it."""
        assert self.rule.correlation  # noqa: S101 - only rules that count have groups
        if self.rule.correlation.daily:
            return self._add_first(seen)
        if len(self.seen) < room:
            self.seen.append(seen)
            return True
        if not self.rule.correlation.thins:
            return False
        if room < FEW or len(self.seen) >= DECIDING:
            return bool(self.kept) and not any(kept.needs(seen) for kept in self.kept)
        if not self.kept:
            self.kept = [Thinned(pace) for pace in self.rule.correlation.paces()]
            for each in self.seen:
                self._keep(each)
        if self._keep(seen):
            self.seen.append(seen)
        return True

    def _keep(self, seen: Observation) -> bool:
        return any([kept.add(seen) for kept in self.kept])  # noqa: C419 - each keeps it

    def _add_first(self, seen: Observation) -> bool:
        """Hold the first of a label, severity and day, of each hand or hour where these count."""
        counts = self.rule.correlation
        is_finer = counts is not None and (counts.parts_hands or counts.hourly)
        label = counts.summary(seen) if counts and is_finer else seen.label
        key = label, seen.severity, seen.time.date()
        place = self.days.get(key)
        if place is not None:
            self.seen[place] = min(self.seen[place], seen)
            return True
        if len(self.days) >= LABELS:
            return False
        self.days[key] = len(self.seen)
        self.seen.append(seen)
        return True


class Gathering:
    """What rules saw in one file."""

    def __init__(self) -> None:
        self._alerts: dict[Key, _Alert] = {}
        self._traces = Traces(self._handles)
        self._of_rule: Counter[str] = Counter()
        self._of_group: Counter[tuple[str, str]] = Counter()
        self._together: Counter[str] = Counter()
        self._groups: dict[tuple[str, str], _Group] = {}
        self._groups_of_rule: Counter[str] = Counter()
        self.held = 0
        """How many matches and observations are held."""
        self.told_together: Counter[str] = Counter()
        """How many matches of each rule are in an alert that stands for others."""
        self.left_out: Counter[str] = Counter()
        """How many observations of each rule are not held: there are too many groups."""

    def add(self, sighting: Sighting) -> None:
        """Hold what a rule saw."""
        rule, seen = sighting
        if rule.correlation is None:
            self._add_match(rule, seen)
        elif not self._add_counted(rule, seen):
            self.left_out[rule.id] += 1

    def add_trace(self, trace: Trace) -> None:
        """Hold who opened or gave something, up to as many as are kept of a file."""
        self._traces.add(trace)

    @property
    def traces(self) -> list[Trace]:
        """Who opened or gave what; of too many those that matter, these first."""
        return self._traces.kept

    @property
    def traces_left_out(self) -> int:
        """How many openings and gifts are not held."""
        return self._traces.left_out

    def _handles(self) -> set[str]:
        """Return the handles of those of whom alerts tell."""
        traces = (trace_of(seen) for of in self._alerts.values() for seen in of.seen)
        return {handle for t in traces if t for handle in (t.credential, *t.lasting) if handle}

    def single(self) -> list[Finding]:
        """Return the findings that need no counting."""
        return [Finding(of.rule, (seen,)) for of in self._alerts.values() for seen in of.seen]

    def counting(self, part: int = 0, parts: int = 1) -> Iterator[Sighting]:
        """Yield what rules that count saw; where there is much of it, in parts.

        All rules' observations of one group are in one part, because they are written together.
        """
        for (_, group), held in self._groups.items():
            if _part_of(group, parts) == part:
                yield from (Sighting(held.rule, seen) for seen in held.seen)

    @property
    def alerts(self) -> int:
        """How many alerts need no counting."""
        return len(self._alerts)

    @property
    def weight(self) -> int:
        """About how many calls it takes to count the sightings that it holds."""
        alone = sum(map(_is_read_alone, self._groups.values()))
        written = sum(len(g.seen) for g in self._groups.values() if _is_read_alone(g))
        return alone + (written + (len(self._groups) - alone) * ITEMS_OF_GROUP) // AT_ONCE

    @property
    def _room(self) -> int:
        """How many matches may be held of one alert or group."""
        if self.held < HELD:
            return MATCHES
        return FEW if self.held < MOST_HELD else AT_LEAST

    def _add_counted(self, rule: Rule, seen: Observation) -> bool:
        """Hold an observation of a rule that counts; say whether there was room for it."""
        if not (group := self._group(rule, seen.group)):
            return False
        before = len(group.seen)
        has_room = group.add(seen, self._room)
        self.held += len(group.seen) - before
        return has_room

    def _add_match(self, rule: Rule, seen: Observation) -> None:
        if alert := self._alert(rule, seen):
            self.held += alert.add(seen, self._room)
            return
        self.told_together[rule.id] += 1
        for group in (seen.group, ""):
            other = seen._replace(subject=TOGETHER, group=group)
            if alert := self._alert_together(rule, other):
                self.held += alert.add(other, self._room)
                return
        self.left_out[rule.id] += 1

    def _alert(self, rule: Rule, seen: Observation) -> _Alert | None:
        """Return the alert of a match, if it may have one of its own."""
        key = rule.id, *alert_key(rule, seen)
        if known := self._alerts.get(key):
            return known
        of_rule, group = self._of_rule[rule.id], (rule.id, seen.group)
        if of_rule >= AT_LEAST and (
            of_rule >= ALERTS_OF_RULE
            or self._of_group[group] >= ALERTS_OF_GROUP
            or len(self._alerts) >= ALERTS
        ):
            return None
        self._of_rule[rule.id] += 1
        self._of_group[group] += 1
        self._alerts[key] = _Alert(rule)
        return self._alerts[key]

    def _alert_together(self, rule: Rule, seen: Observation) -> _Alert | None:
        """Return an alert that stands for others, if there may be one more."""
        key = rule.id, *alert_key(rule, seen)
        if key not in self._alerts:
            if self._together[rule.id] >= TOGETHER_OF_RULE - bool(seen.group):
                return None
            self._together[rule.id] += 1
            self._alerts[key] = _Alert(rule)
        return self._alerts[key]

    def _group(self, rule: Rule, group: str) -> _Group | None:
        key = rule.id, group
        if known := self._groups.get(key):
            return known
        if self._groups_of_rule[rule.id] >= GROUPS_OF_RULE or (
            len(self._groups) >= GROUPS and self._groups_of_rule[rule.id] >= AT_LEAST
        ):
            return None
        self._groups_of_rule[rule.id] += 1
        self._groups[key] = _Group(rule)
        return self._groups[key]


def _is_read_alone(group: _Group) -> bool:
    """Say whether a group takes a call to be read, as those do that are not thinned."""
    return group.rule.correlation is not None and not group.rule.correlation.thins


def _part_of(group: str, parts: int) -> int:
    return crc32(group.encode("utf-8", "replace")) % parts
