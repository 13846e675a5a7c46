"""Weak signals: findings of hunting rules, weighed by how bad and how rare for the actor.

No single one is worth a mail. A signal that its actor gave on an earlier day weighs nothing. Acts
of deployments are one kind of sign, for all tactics.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, ClassVar, TypeAlias

from trailwarden.cloudtrail.caller import Caller
from trailwarden.detection.correlation import Correlation
from trailwarden.detection.grouping import actor_key
from trailwarden.detection.observation import MAX_TEXT, Observation, whole
from trailwarden.detection.rule import Rule
from trailwarden.detection.severity import Severity
from trailwarden.detection.spans import DAY

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from trailwarden.detection.finding import Finding

DEPLOYMENT = "Deployment"
"""The kind of all signs that a deployment gives, too."""

PARTS = 24
"""Of how many parts of the timespan the first signal of a kind is told, and is enough."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_POINTS = {Severity.LOW: 2, Severity.MEDIUM: 3, Severity.HIGH: 5, Severity.CRITICAL: 5}
_POINTS_OF_PERSON = _POINTS | {Severity.LOW: 1}
"""People look around and help out, which programs and stolen keys do not."""

_Sign: TypeAlias = tuple[str, int, str]
"""The kind of a signal, its points and its label."""


@dataclass(frozen=True, kw_only=True)
class WeighedSignals(Correlation):
    """Signals of several kinds that weigh enough together within the timespan."""

    kinds: int
    """How many kinds of signals there have to be."""

    at_least: int
    """How many points they have to weigh."""

    usual_for: timedelta
    """How long a signal that its actor gave before weighs nothing."""

    in_a_day: int = 0
    """How many points, of one kind more, are enough within a day; 0 where a day is not looked at.

    A person does many things in a day. So only signals of others count there.
    """

    daily: ClassVar[bool] = True

    @property
    def memory(self) -> timedelta:
        """How far back observations are needed."""
        return self.usual_for

    @property
    def reach(self) -> timedelta:
        """How far apart signals may be that add up."""
        return DAY if self.in_a_day else self.timespan

    @property
    def near(self) -> timedelta:
        """Within which time of others a signal counts, too, that its day showed before."""
        return self.reach

    def apart_from(self, seen: Observation) -> str:
        """Return a signal with its part of the timespan: the first of each is enough."""
        return f"{seen.label} in {(seen.time - _EPOCH) // (self.timespan / PARTS)}"

    def select(self, observations: Sequence[Observation]) -> Sequence[Observation]:
        """Return the rare signals within a timespan that holds enough of them."""
        rare = list(self._rare(observations))
        hot = {*self._hot(rare, self.timespan, self.kinds, self.at_least)}
        if self.in_a_day:
            others = [seen for seen in rare if seen.caller != Caller.PERSON]
            hot |= {*self._hot(others, DAY, self.kinds + 1, self.in_a_day)}
        first: dict[str, Observation] = {}
        for seen in rare:
            if seen in hot:
                first.setdefault(self.apart_from(seen), seen)
        return list(first.values())

    def _hot(
        self, rare: Sequence[Observation], timespan: timedelta, kinds: int, at_least: int
    ) -> Iterator[Observation]:
        """Yield the signals within a timespan that holds enough kinds and points.

        A flood repeats few signs. So they are weighed again only where another one comes or goes.
        """
        signs = [(*weigh(seen), seen.label) for seen in rare]
        held = Counter[_Sign]()
        start = done = 0
        is_enough = False
        for end, last in enumerate(rare):
            known = len(held)
            held[signs[end]] += 1
            is_other = len(held) > known
            while last.time - rare[start].time > timespan:
                if held[signs[start]] == 1:
                    del held[signs[start]]
                    is_other = True
                else:
                    held[signs[start]] -= 1
                start += 1
            if is_other:
                is_enough = _weigh_enough(held, kinds, at_least)
            if is_enough:
                yield from rare[max(start, done) : end + 1]
                done = end + 1

    def of_family(self) -> WeighedSignals:
        """Return what counts signals of which each is rare for its actor."""
        return replace(self, usual_for=timedelta(), in_a_day=0)

    def shared(self, observations: Sequence[Observation]) -> Sequence[Observation]:
        """Return the signals that their actor did not give before, the first of each and a day."""
        first: dict[tuple[str, date], Observation] = {}
        for seen in self._rare(observations):
            first.setdefault((seen.label, seen.time.date()), seen)
        return list(first.values())

    def concerning(
        self,
        new: Sequence[Observation],
        observations: Sequence[Observation],
        heard: Mapping[str, Sequence[date]],  # noqa: ARG002 - a signal was judged by it before
    ) -> Sequence[Observation]:
        """Return those that add up, of what a timespan links to `new`."""
        oldest = min(new).time
        return [seen for seen in self.select(observations) if oldest - seen.time <= self.reach]

    def needed(self, observations: Sequence[Observation]) -> Sequence[Observation]:
        """Return the rare signals, and the first of each other day, which makes later ones usual.

        More signals never make a usual one rare.
        """
        return [
            seen for seen, is_rare, is_first in self._judged(observations) if is_rare or is_first
        ]

    def _rare(self, observations: Sequence[Observation]) -> Iterator[Observation]:
        """Yield the signals that their actor did not give on an earlier day."""
        return (seen for seen, is_rare, _ in self._judged(observations) if is_rare)

    def _judged(
        self, observations: Sequence[Observation]
    ) -> Iterator[tuple[Observation, bool, bool]]:
        """Yield each signal, whether it is rare, and whether it is the first of its day."""
        days: dict[str, list[date]] = {}
        for seen in observations:
            today, before = seen.time.date(), days.setdefault(seen.label, [])
            is_first = not before or before[-1] < today
            if is_first:
                before.append(today)
            yield seen, len(before) == 1 or today - before[-2] > self.usual_for, is_first


@dataclass(frozen=True, kw_only=True)
class Building(Correlation):
    """Acts of one actor, of which a weak one is LOW that is the only kind within the timespan.

    Two kinds that one event shows are one act.
    """

    def select(self, observations: Sequence[Observation]) -> Sequence[Observation]:
        """Return the acts, each as bad as it is beside the others."""
        of_kind: defaultdict[str, list[Observation]] = defaultdict(list)
        for seen in observations:
            of_kind[_kind_of_act(seen)].append(seen)
        return [
            seen if self._is_beside_others(seen, of_kind) else _alone(seen) for seen in observations
        ]

    def concerning(
        self,
        new: Sequence[Observation],
        observations: Sequence[Observation],
        heard: Mapping[str, Sequence[date]],  # noqa: ARG002 - the acts were judged by it before
    ) -> Sequence[Observation]:
        """Return the acts that a timespan links to `new`."""
        oldest = min(new).time
        return [seen for seen in self.select(observations) if oldest - seen.time <= self.timespan]

    def _is_beside_others(
        self, seen: Observation, of_kind: Mapping[str, Sequence[Observation]]
    ) -> bool:
        start, end = seen.time - self.timespan, seen.time + self.timespan
        own = _kind_of_act(seen)
        return any(
            some[place].event_id != seen.event_id
            for kind, some in of_kind.items()
            if kind != own
            for place in range(
                bisect_left(some, start, key=_time_of), bisect_right(some, end, key=_time_of)
            )
        )


def _time_of(seen: Observation) -> datetime:
    return seen.time


def _weigh_enough(signs: Iterable[_Sign], kinds: int, at_least: int) -> bool:
    points: defaultdict[str, dict[str, int]] = defaultdict(dict)
    for kind, weight, label in signs:
        points[kind][label] = max(weight, points[kind].get(label, 0))
    if len(points) < kinds:
        return False
    weights = (
        max(of.values()) if kind == DEPLOYMENT else sum(of.values()) for kind, of in points.items()
    )
    return sum(weights) >= at_least


def _kind_of_act(seen: Observation) -> str:
    return seen.label.partition(": ")[0]


def _alone(seen: Observation) -> Observation:
    return seen._replace(severity=Severity.LOW) if seen.severity == Severity.MEDIUM else seen


def weigh(signal: Observation) -> tuple[str, int]:
    """Return the kind of a signal and how much it weighs."""
    kind, _, rest = signal.label.partition(", ")
    points = _POINTS_OF_PERSON if signal.caller == Caller.PERSON else _POINTS
    return kind, points.get(Severity.parse(rest.partition(": ")[0]), 0)


def signals(finding: Finding) -> Iterator[Observation]:
    """Yield what a rule that counts signals sees in what a hunting rule found.

    Each is labelled with its kind, which is its tactic, its severity and its act. One event that
    two rules hunt for is two signals.
    """
    for seen in whole(finding.observations):
        label = _label(finding.rule, seen)
        yield _of_actor(finding, seen)._replace(label=label, severity=0)


def acts(finding: Finding) -> Iterator[Observation]:
    """Yield what a rule that tells of several acts together sees in what another one found."""
    for seen in whole(finding.observations):
        act = seen.title or finding.rule.title
        label = f"{act}: {seen.subject or seen.label}"
        severity = int(seen.severity or finding.rule.severity)
        title = act if severity >= Severity.HIGH else ""
        told = _of_actor(finding, seen)
        yield told._replace(label=label[:MAX_TEXT], severity=severity, title=title)


def _of_actor(finding: Finding, seen: Observation) -> Observation:
    """Return an observation as a signal of its actor, which is not the event itself."""
    return seen._replace(
        origin=f"{seen.origin}/{finding.rule.id}",
        group=actor_key(seen.account_id, seen.actor),
        subject="",
        title="",
    )


def _label(rule: Rule, seen: Observation) -> str:
    by_deployment = Caller.PIPELINE in rule.exempt and Caller.SECURITY_TEAM not in rule.exempt
    kind = DEPLOYMENT if by_deployment else min(rule.attack).title
    severity = Severity(seen.severity or rule.severity)
    return f"{kind}, {severity.label}: {rule.title}"
