"""When a group does its acts as a habit, as it showed on other days."""

from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass
from datetime import date

from trailwarden.detection.observation import Observation
from trailwarden.detection.routine import Routine
from trailwarden.detection.severity import Severity


@dataclass(frozen=True, kw_only=True)
class Habit(Routine):
    """Acts, each told, of which passing ones are LOW where the group undid one on an earlier day.

    An INFORMATIONAL match undoes the passing acts. It is never told. By itself it shows no habit,
    as anybody can switch on a thing that is on. A routine needs none.
    """

    passing: Set[str]
    """The requests that people undo: a habit of them excuses no other act."""

    def acts(self, observations: Sequence[Observation]) -> Iterator[Observation]:
        """Yield the acts, each as bad as it is for the group."""
        undone = list(self._undone(observations))
        told = [seen for seen in observations if seen.severity != Severity.INFORMATIONAL]
        for seen in super().acts(told):
            today = seen.time.date()
            is_habit = seen.action in self.passing and any(
                day < today and today - day <= self.timespan for day in undone
            )
            yield seen._replace(severity=Severity.LOW) if is_habit else seen

    def _undone(self, observations: Sequence[Observation]) -> Iterator[date]:
        """Yield the days on which the group undid a passing act of its own."""
        has_acted = False
        for seen in observations:
            if seen.severity != Severity.INFORMATIONAL:
                has_acted = has_acted or seen.action in self.passing
            elif has_acted:
                yield seen.time.date()
