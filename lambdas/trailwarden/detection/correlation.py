"""Decides when events add up to something that no single one of them is.

The names are those of Sigma correlations, such as `event_count` over a `timespan`. A key groups the
events.

A correlation is a pure function: it selects the observations that add up. More observations never
unselect one, except in `FirstSeen`: there an earlier one takes the place of a later one. So order,
repetition and lateness do not change the result.
"""

from abc import ABC, abstractmethod
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import ClassVar

from trailwarden.cloudtrail.event import Event
from trailwarden.detection.grouping import by_lineage
from trailwarden.detection.hands import hands
from trailwarden.detection.match import Match
from trailwarden.detection.observation import Observation
from trailwarden.detection.spans import DAY

_CROWD = 3
"""The multiple of the count that is enough over all sessions of a role."""


@dataclass(frozen=True, kw_only=True)
class Correlation(ABC):
    """Decides which observations of one group add up."""

    timespan: timedelta
    """How far apart in event time they may be."""

    group_by: Callable[[Event], str]
    """What they have in common: usually the actor, never what an attacker can vary."""

    adds_up: ClassVar[bool] = True
    """Whether one finding tells of several events together; else of each by itself."""

    daily: ClassVar[bool] = False
    """Whether of each label the first observation of a day is enough to know."""

    hourly: ClassVar[bool] = False
    """Whether of each label the first of an hour is needed, too, where a correlation is `daily`."""

    parts_hands: ClassVar[bool] = False
    """Whether the first of a label and day is needed of each hand in a role."""

    thins: ClassVar[bool] = False
    """Whether a few observations may stand for many alike, as `thinning` tells."""

    repeats: ClassVar[int] = 20
    """How many observations that count as one are enough to know of an eighth of the timespan."""

    has_sides: ClassVar[bool] = False
    """Whether nothing adds up until a group shows two sides."""

    @property
    def lessons(self) -> frozenset[str]:
        """The labels that exempt callers teach: what became of a group, and never told."""
        return frozenset()

    @property
    def is_taught(self) -> bool:
        """Whether exempt callers teach what they did to a thing."""
        return bool(self.lessons)

    @property
    def follows_lineage(self) -> bool:
        """Whether the acts of several actors add up, where they descend from one of them."""
        return self.group_by is by_lineage

    def of_family(self) -> "Correlation":
        """Return a correlation of what several groups share, where all sessions are one hand."""
        return self

    def shared(self, observations: Sequence[Observation]) -> Sequence[Observation]:
        """Return those of one group, oldest first, that may add up with those of another one."""
        return observations

    def placed(self, seen: Observation) -> Observation:
        """Return an observation in the group that it counts in."""
        return seen

    def teaches(self, labels: Iterable[str]) -> bool:
        """Say whether acts with these labels teach something, where exempt callers only teach."""
        return not self.lessons or any(label in self.lessons for label in labels)

    def failed(self, match: Match) -> Match:
        """Return the match of a request that came to nothing, and so left things as they are."""
        return match

    @property
    def memory(self) -> timedelta:
        """How far apart observations may be that have to do with each other."""
        return self.timespan

    @property
    def near(self) -> timedelta:
        """Within which time of others an observation counts by itself, not only its `summary`."""
        return timedelta()

    def apart_from(self, seen: Observation) -> str:
        """Return what tells an observation from others nearby; empty where its day is enough."""
        return seen.label if self.summary(seen) != seen.label else ""

    def summary(self, seen: Observation) -> str:
        """Return the label of which the first on a day is remembered for the timespan."""
        return f"{seen.label} at {seen.time:%H}" if self.hourly else seen.label

    def side(self, seen: Observation) -> str:  # noqa: ARG002 - it depends on the kind
        """Return the side that an observation shows, where `has_sides`."""
        return ""

    def paces(self) -> "Sequence[Correlation]":
        """Return the numbers it asks for, each with a timespan of its own."""
        return (self,)

    def counted(self, seen: Observation) -> str:
        """Return what an observation is counted as: those that are counted as one repeat it."""
        return seen.label

    def may_hold(self, labels: Sequence[str]) -> bool:  # noqa: ARG002 - it depends on the kind
        """Say whether observations of one group with these labels may add up.

        It is asked first, as most groups never add up, and reading the rest of them takes time.
        """
        return True

    def needed(self, observations: Sequence[Observation]) -> Sequence[Observation]:
        """Return those of a group, oldest first, without which others would not add up alike.

        More of the group may come afterwards.
        """
        return observations

    @abstractmethod
    def select(self, observations: Sequence[Observation]) -> Sequence[Observation]:
        """Return those of `observations`, each origin once and oldest first, that add up."""

    def concerning(
        self,
        new: Sequence[Observation],  # noqa: ARG002 - more never unselects, whatever is new
        observations: Sequence[Observation],
        heard: Mapping[str, Sequence[date]],  # noqa: ARG002 - only what is new asks since when
    ) -> Sequence[Observation]:
        """Return those that add up, of what a timespan links to `new`.

        `heard` has the days on which each account was heard, oldest first.
        """
        return self.select(observations)


@dataclass(frozen=True, kw_only=True)
class Count(Correlation):
    """Enough of something within the timespan, or within a day for patient actors.

    A role may be a team's or a fleet's. So a group may be of one role. Then the acts of its
    sessions add up where one session, or one address, did enough. They add up, too, where all did
    much more.
    """

    at_least: int

    in_a_day: int = 0
    """How many are enough within a day; 0 where a day is not looked at."""

    together: bool = False
    """Whether all sessions add up, as where it is about them."""

    thins: ClassVar[bool] = True

    def of_family(self) -> "Count":
        """Return the number it asks for within the timespan, over all sessions."""
        return replace(self, in_a_day=0, together=True)

    def paces(self) -> Sequence[Correlation]:
        """Return the numbers it asks for within the timespan, and within a day."""
        fast = replace(self, in_a_day=0)
        slow = replace(fast, at_least=self.in_a_day, timespan=DAY)
        return (fast, slow) if self.in_a_day else (self,)

    @property
    def memory(self) -> timedelta:
        """How far apart observations may be that have to do with each other."""
        return max(self.timespan, DAY) if self.in_a_day else self.timespan

    @property
    def least(self) -> int:
        """How many are enough at the pace that asks for the fewest."""
        return min(self.at_least, self.in_a_day or self.at_least)

    def select(self, observations: Sequence[Observation]) -> Sequence[Observation]:
        """Return every observation that is one of enough, by one hand."""
        sessions = {(seen.actor, seen.session) for seen in observations}
        if self.together or len(sessions) <= 1 or len({actor for actor, _ in sessions}) > 1:
            return self._at_either_pace(observations, 1)
        each = ((hand, 1) for hand in hands(observations))
        chosen = {
            seen.origin
            for hand, factor in (*each, (observations, _CROWD))
            for seen in self._at_either_pace(hand, factor)
        }
        return [seen for seen in observations if seen.origin in chosen]

    def _at_either_pace(
        self, observations: Sequence[Observation], factor: int
    ) -> Sequence[Observation]:
        fast = self.add_up(observations, self.at_least * factor, self.timespan)
        if not self.in_a_day:
            return fast
        slow = self.add_up(observations, self.in_a_day * factor, DAY)
        chosen = {seen.origin for seen in (*fast, *slow)}
        return [seen for seen in observations if seen.origin in chosen]

    @abstractmethod
    def add_up(
        self, observations: Sequence[Observation], at_least: int, timespan: timedelta
    ) -> Sequence[Observation]:
        """Return every observation that is one of `at_least` within a timespan."""


@dataclass(frozen=True, kw_only=True)
class EventCount(Count):
    """At least `at_least` events within the timespan."""

    def counted(self, seen: Observation) -> str:
        """Return what an observation is counted as: itself."""
        return seen.origin

    def may_hold(self, labels: Sequence[str]) -> bool:
        """Say whether there are enough events."""
        return len(labels) >= self.least

    def add_up(
        self, observations: Sequence[Observation], at_least: int, timespan: timedelta
    ) -> Sequence[Observation]:
        """Return every observation that is one of `at_least` within a timespan."""
        runs = zip(observations, observations[at_least - 1 :], strict=False)
        starts = (
            start for start, (first, last) in enumerate(runs) if last.time - first.time <= timespan
        )
        return [observations[n] for n in _covered(starts, at_least)]


@dataclass(frozen=True, kw_only=True)
class ValueCount(Count):
    """Events with at least `at_least` different labels within the timespan."""

    repeats: ClassVar[int] = 2

    def may_hold(self, labels: Sequence[str]) -> bool:
        """Say whether there are enough different labels."""
        return len(set(labels)) >= self.least

    def add_up(
        self, observations: Sequence[Observation], at_least: int, timespan: timedelta
    ) -> Sequence[Observation]:
        """Return every observation within a timespan that holds enough different labels."""
        return within(observations, [seen.label for seen in observations], at_least, timespan)


def within(
    observations: Sequence[Observation], values: Sequence[str], at_least: int, timespan: timedelta
) -> Sequence[Observation]:
    """Return every observation within a timespan that holds enough different values, one of each.

    `values` are those of the observations, in their order.
    """
    hot: list[int] = []
    counts: dict[str, int] = {}
    start = done = 0
    for end, (last, value) in enumerate(zip(observations, values, strict=True)):
        counts[value] = counts.get(value, 0) + 1
        while last.time - observations[start].time > timespan:
            _decrement(counts, values[start])
            start += 1
        if len(counts) >= at_least:
            hot.extend(range(max(start, done), end + 1))
            done = end + 1
    return [observations[n] for n in hot]


@dataclass(frozen=True, kw_only=True)
class TemporalOrdered(Correlation):
    """Events labelled with each of `labels`, in that order, within the timespan.

    CloudTrail's clock has whole seconds: events of one second count as being in order.
    """

    labels: tuple[str, ...]
    """Each of them once."""

    thins: ClassVar[bool] = True

    def may_hold(self, labels: Sequence[str]) -> bool:
        """Say whether each label is there."""
        return {*labels}.issuperset(self.labels)

    def select(self, observations: Sequence[Observation]) -> Sequence[Observation]:
        """Return every observation that is a link of a chain within the timespan."""
        times = {label: [o.time for o in observations if o.label == label] for label in self.labels}
        return [o for o in observations if self._is_link(o, times)]

    def _is_link(self, seen: Observation, times: dict[str, list[datetime]]) -> bool:
        return any(
            self._fits(seen.time, place, times)
            for place, label in enumerate(self.labels)
            if label == seen.label
        )

    def _fits(self, time: datetime, place: int, times: dict[str, list[datetime]]) -> bool:
        earliest = latest = time
        for label in reversed(self.labels[:place]):
            before = bisect_right(times[label], earliest)
            if not before:
                return False
            earliest = times[label][before - 1]
        for label in self.labels[place + 1 :]:
            after = bisect_left(times[label], latest)
            if after == len(times[label]):
                return False
            latest = times[label][after]
        return latest - earliest <= self.timespan


def _covered(starts: Iterable[int], length: int) -> Iterator[int]:
    """Yield every index that lies in a run of `length` from one of the ascending `starts`."""
    done = 0
    for start in starts:
        yield from range(max(start, done), start + length)
        done = start + length


def _decrement(counts: dict[str, int], label: str) -> None:
    counts[label] -= 1
    if not counts[label]:
        del counts[label]
