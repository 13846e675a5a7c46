"""When a group does its acts as a habit, as it showed on other days."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from trailwarden.detection.correlation import Correlation, Observation
from trailwarden.detection.severity import Severity


@dataclass(frozen=True, kw_only=True)
class Habit(Correlation):
    """Acts, each told, which are LOW where the group gave a lesson on an earlier day.

    An INFORMATIONAL match is a lesson. It is never told.
    """

    daily: ClassVar[bool] = True

    def select(self, observations: Sequence[Observation]) -> Sequence[Observation]:
        """Return the acts, each as bad as it is for the group."""
        return list(self._acts(observations))

    def concerning(
        self,
        new: Sequence[Observation],
        observations: Sequence[Observation],
        heard: Mapping[str, Sequence[date]],  # noqa: ARG002 - an act counts in any account
    ) -> Sequence[Observation]:
        """Return the acts from `new` on; those before have their past out of sight."""
        oldest = min(new).time
        return [seen for seen in self.select(observations) if seen.time >= oldest]

    def _acts(self, observations: Sequence[Observation]) -> Iterator[Observation]:
        lessons = [o.time.date() for o in observations if o.severity == Severity.INFORMATIONAL]
        for seen in observations:
            if seen.severity == Severity.INFORMATIONAL:
                continue
            today = seen.time.date()
            is_habit = any(day < today and today - day <= self.timespan for day in lessons)
            yield seen._replace(severity=Severity.LOW) if is_habit else seen
