"""Tells of the first use of a way in after somebody made it, however long they wait."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import ClassVar

from trailwarden.detection.correlation import Correlation
from trailwarden.detection.observation import Observation

NEWS_FOR = timedelta(days=1)
"""For how long after a change new uses are told of a thing whose old uses go on."""


@dataclass(frozen=True, kw_only=True)
class FirstEntry(Correlation):
    """The first use of a thing after it was made or changed.

    The label of a change is `made`. Any other label is a use, and says by whom and from where: each
    hour the first of each label is enough to know. A use tells of the changes of its day, and says
    when an older one was: that is another alert's.
    """

    made: str

    goes_on: bool = False
    """Whether a change leaves the thing in use: a use as before is no news then.

    After such a one, others are news for a day.
    """

    daily: ClassVar[bool] = True
    hourly: ClassVar[bool] = True
    has_sides: ClassVar[bool] = True

    def side(self, seen: Observation) -> str:
        """Return whether an observation is a change, or a use."""
        return self.made if seen.label == self.made else ""

    def may_hold(self, labels: Sequence[str]) -> bool:
        """Say whether there are a change and a use."""
        return self.made in labels and len(set(labels)) > 1

    def select(self, observations: Sequence[Observation]) -> Sequence[Observation]:
        """Return the first use after each change, and recent changes."""
        found: list[Observation] = []
        changes: list[Observation] = []
        known, before = set[str](), set[str]()
        span = self.timespan
        for seen in observations:
            if seen.label == self.made:
                before = before if changes else {*known}
                changes.append(seen)
                span = self.timespan
                continue
            known.add(seen.label)
            if self.goes_on and seen.label in before:
                span = min(span, NEWS_FOR)
                continue
            if changes and seen.time - changes[-1].time <= span:
                today = [one for one in changes if one.time.date() == seen.time.date()]
                found += today
                found.append(seen if today else _since(changes[-1], seen))
            changes.clear()
            before.clear()
        return found

    def concerning(
        self,
        new: Sequence[Observation],
        observations: Sequence[Observation],
        heard: Mapping[str, Sequence[date]],  # noqa: ARG002 - the past of the group alone counts
    ) -> Sequence[Observation]:
        """Return those that add up; what came before `new` has its own past out of sight."""
        oldest = min(new).time.date()
        return [seen for seen in self.select(observations) if seen.time.date() >= oldest]


def _since(change: Observation, seen: Observation) -> Observation:
    return seen._replace(label=f"{seen.label}, since {change.time:%Y-%m-%d %H:%M}")
