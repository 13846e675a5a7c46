"""Tells who guesses passwords from people who mistype their own: these are in a minute later."""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from trailwarden.detection.correlation import Count
from trailwarden.detection.observation import Observation
from trailwarden.detection.spans import MINUTE

SIGNED_IN = "signed in: "
"""How the label of a success begins."""
SOON = 10 * MINUTE
"""How long after a mistake its person is in. Later, the owner of a sprayed name comes to work."""
FEW = 3
"""How many mistakes one success explains: a longer run is a guess that worked."""


@dataclass(frozen=True, kw_only=True)
class MostlyFailed(Count):
    """At least `at_least` failures within the timespan that no success explains.

    A success of the same label explains a few failures shortly before it. Explained failures count,
    too, where they are the smaller part: some guesses work.
    """

    different: bool = True
    """Whether failures of one label count as one."""

    def counted(self, seen: Observation) -> str:
        """Return what an observation is counted as: itself, for a success may explain it."""
        return seen.origin

    def may_hold(self, labels: Sequence[str]) -> bool:
        """Say whether there are enough failures."""
        failed = [label for label in labels if not label.startswith(SIGNED_IN)]
        return len(set(failed) if self.different else failed) >= self.least

    def add_up(
        self, observations: Sequence[Observation], at_least: int, timespan: timedelta
    ) -> Sequence[Observation]:
        """Return every failure within a timespan that holds enough of them."""
        failures = [seen for seen in observations if not _is_success(seen)]
        explained = _explained(observations)
        names = _Names()
        hot: list[int] = []
        start = done = 0
        for end, last in enumerate(failures):
            names.add(self._name(last), 1, is_bare=last.origin not in explained)
            while last.time - failures[start].time > timespan:
                first = failures[start]
                names.add(self._name(first), -1, is_bare=first.origin not in explained)
                start += 1
            if names.are_enough(at_least):
                hot.extend(range(max(start, done), end + 1))
                done = end + 1
        return [failures[n] for n in hot]

    def _name(self, seen: Observation) -> str:
        return seen.label if self.different else seen.origin


class _Names:
    """How many names failed within a timespan, and how many of them nothing explains."""

    def __init__(self) -> None:
        self._failures: defaultdict[bool, dict[str, int]] = defaultdict(dict)
        self._all = self._bare = 0

    def add(self, name: str, number: int, *, is_bare: bool) -> None:
        """Count failures of a name, or take them back."""
        before = self._standing(name)
        of_kind = self._failures[is_bare]
        of_kind[name] = of_kind.get(name, 0) + number
        if not of_kind[name]:
            del of_kind[name]
        after = self._standing(name)
        self._all += after[0] - before[0]
        self._bare += after[1] - before[1]

    def are_enough(self, at_least: int) -> bool:
        """Say whether so many names failed, without those that are the greater part explained."""
        return self._bare >= at_least or (self._all >= at_least and 2 * self._bare > self._all)

    def _standing(self, name: str) -> tuple[bool, bool]:
        is_bare = name in self._failures[True]
        return is_bare or name in self._failures[False], is_bare


def _explained(observations: Sequence[Observation]) -> set[str]:
    """Return the origins of failures that a success shortly after them explains."""
    failed: defaultdict[str, list[Observation]] = defaultdict(list)
    explained: set[str] = set()
    for seen in observations:
        if not _is_success(seen):
            failed[seen.label].append(seen)
    for seen in filter(_is_success, observations):
        before = failed[seen.label.removeprefix(SIGNED_IN)]
        first = bisect_left(before, seen.time - SOON, key=lambda one: one.time)
        end = bisect_right(before, seen.time, key=lambda one: one.time)
        if end - first <= FEW:
            explained.update(one.origin for one in before[first:end])
    return explained


def _is_success(seen: Observation) -> bool:
    return seen.label.startswith(SIGNED_IN)
