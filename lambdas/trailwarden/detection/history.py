"""The memory of correlations: observations of earlier events."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import NamedTuple, Protocol, TypeAlias

from trailwarden.detection.correlation import Correlation
from trailwarden.detection.kinship import Descent, Kinship, adding_up, by_child
from trailwarden.detection.observation import Observation, in_order


class Group(NamedTuple):
    """What a rule that counts saw just now of one group."""

    rule_id: str
    group: str
    correlation: Correlation
    new: Sequence[Observation]


class Asked(NamedTuple):
    """New observations of one key, and the timespan that links others to them."""

    key: str
    new: Sequence[Observation]
    timespan: timedelta
    daily: bool
    correlation: Correlation | None = None
    """What they may add up to, where it is more than the first of each label and day."""
    is_past: bool = False
    """Whether all that is known is wanted, even where nothing of it is new."""

    @property
    def follows_lineage(self) -> bool:
        """Whether they may add up with those of other actors."""
        return self.correlation is not None and self.correlation.follows_lineage


Found: TypeAlias = Iterator[Sequence[Observation]]


class History(Protocol):
    """Remembers observations for the correlations."""

    @property
    def left_out(self) -> int:
        """How many groups were counted without their memories, because there were too many."""

    def observe(
        self, key: str, observations: Sequence[Observation], timespan: timedelta, *, daily: bool
    ) -> Sequence[Observation]:
        """Remember `observations` and return all of `key` that a timespan links to them.

        Each origin comes once, oldest first. It takes the observations of a batch together, so
        that a store is asked once for them all. With `daily`, the first of each label and day is
        enough.
        """

    def observe_all(self, asked: Sequence[Asked]) -> Iterator[Sequence[Observation]]:
        """Remember new observations of each key, together; yield those linked to them, as above."""

    def add_up(self, groups: Sequence[Group]) -> Iterator[Sequence[Observation]]:
        """Remember new observations of each group; yield those that add up with earlier ones.

        It takes the groups of a batch together, so that a store is asked a few times for them all.
        """

    def recall(
        self,
        asked: Sequence[Asked],
        groups: Sequence[Group],
        descents: Sequence[Descent] = (),
    ) -> tuple[Found, Found]:
        """Do both at once, so that a store writes down together what a batch shows.

        `descents` tell of credentials that were opened or handed over.
        """

    def over_lineage(
        self,
        counting: Mapping[str, Correlation],
        new: Sequence[Group],
    ) -> Iterator[tuple[str, Sequence[Observation]]]:
        """Yield each rule with what adds up for it over several actors of one lineage.

        `new` has the observations of rules that follow lineage. `recall` was told of them, and of
        the descents, just before.
        """


class MemoryHistory:
    """A history that lasts as long as the process and forgets nothing."""

    left_out = 0

    def __init__(self) -> None:
        self._seen: defaultdict[str, list[Observation]] = defaultdict(list)
        self._of_rule: defaultdict[str, list[Observation]] = defaultdict(list)
        self._descents: set[Descent] = set()

    def observe(
        self,
        key: str,
        observations: Sequence[Observation],
        timespan: timedelta,
        *,
        daily: bool = False,
    ) -> Sequence[Observation]:
        """Remember `observations` and return all of `key` that a timespan links to them."""
        seen = self._seen[key] = in_order([*self._seen[key], *observations])
        first, last = min(observations).time, max(observations).time
        if daily:
            return [o for o in seen if first.date() - o.time.date() <= timespan]
        return [o for o in seen if first - o.time <= timespan and o.time - last <= timespan]

    def observe_all(self, asked: Sequence[Asked]) -> Iterator[Sequence[Observation]]:
        """Remember new observations of each key; yield those linked to them."""
        return (self.observe(one.key, one.new, one.timespan, daily=one.daily) for one in asked)

    def add_up(self, groups: Sequence[Group]) -> Iterator[Sequence[Observation]]:
        """Remember new observations of each group; yield those that add up with earlier ones."""
        for rule_id, group, correlation, new in groups:
            seen = self.observe(f"{rule_id}/{group}", new, correlation.memory)
            yield correlation.select(seen)

    def recall(
        self,
        asked: Sequence[Asked],
        groups: Sequence[Group],
        descents: Sequence[Descent] = (),
    ) -> tuple[Found, Found]:
        """Do both, and remember who descends from whom."""
        self._descents.update(descents)
        return self.observe_all(asked), self.add_up(groups)

    def over_lineage(
        self,
        counting: Mapping[str, Correlation],
        new: Sequence[Group],
    ) -> Iterator[tuple[str, Sequence[Observation]]]:
        """Yield each rule with what adds up for it over several actors of one lineage."""
        for group in new:
            self._of_rule[group.rule_id] += group.new
        kinship = Kinship(by_child(self._descents))
        for rule_id, correlation in counting.items():
            yield rule_id, adding_up(correlation, self._of_rule[rule_id], kinship)
