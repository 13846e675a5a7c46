"""When a group does its acts as a habit, as it showed on other days."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from trailwarden.detection.observation import Observation
from trailwarden.detection.routine import Routine
from trailwarden.detection.severity import Severity


@dataclass(frozen=True, kw_only=True)
class Habit(Routine):
    """Acts, each told, which are LOW where the group gave a lesson on an earlier day.

    An INFORMATIONAL match is a lesson. It is never told. A routine needs none.
    """

    def acts(self, observations: Sequence[Observation]) -> Iterator[Observation]:
        """Yield the acts, each as bad as it is for the group."""
        lessons = [o.time.date() for o in observations if o.severity == Severity.INFORMATIONAL]
        told = [seen for seen in observations if seen.severity != Severity.INFORMATIONAL]
        for seen in super().acts(told):
            today = seen.time.date()
            is_habit = any(day < today and today - day <= self.timespan for day in lessons)
            yield seen._replace(severity=Severity.LOW) if is_habit else seen
