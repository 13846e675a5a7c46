"""Different acts over many services, as an intruder's are who looks around."""

import re
from collections.abc import Sequence, Set
from dataclasses import dataclass
from datetime import timedelta

from trailwarden.cloudtrail.caller import Caller
from trailwarden.detection.correlation import ValueCount, within
from trailwarden.detection.observation import Observation

_ACT = re.compile(r"[a-z0-9-]+:[A-Z]\w+")


@dataclass(frozen=True, kw_only=True)
class SpreadCount(ValueCount):
    """At least `at_least` different labels within the timespan, where many services take part."""

    services: int
    """How many."""

    anyway: int = 0
    """How many labels are enough in however few services; 0 where none are."""

    @property
    def least(self) -> int:
        """How many labels are enough at the pace that asks for the fewest."""
        least = super().least
        return min(least, self.anyway * least // self.at_least) if self.anyway else least

    def add_up(
        self, observations: Sequence[Observation], at_least: int, timespan: timedelta
    ) -> Sequence[Observation]:
        """Return every observation within timespans that hold enough services, and labels."""
        services = [_service_of(seen) for seen in observations]
        wide = within(observations, services, self.services, timespan)
        found = super().add_up(wide, at_least, timespan)
        if not self.anyway:
            return found
        many = super().add_up(observations, self.anyway * at_least // self.at_least, timespan)
        chosen = {seen.origin for seen in (*found, *many)}
        return [seen for seen in observations if seen.origin in chosen]

    explored: Set[str] = frozenset()
    """Services of which a person's calls count for nothing, since an editor makes them."""

    def select(self, observations: Sequence[Observation]) -> Sequence[Observation]:
        """Return what adds up, without what a person's editor explores."""
        return super().select([seen for seen in observations if not self._is_explored(seen)])

    def _is_explored(self, seen: Observation) -> bool:
        return seen.caller == Caller.PERSON and seen.action.partition(":")[0] in self.explored


def _service_of(seen: Observation) -> str:
    """Return the service of the act that a label names, as `lambda:ListFunction`; else the own."""
    return (seen.label if _ACT.fullmatch(seen.label) else seen.action).partition(":")[0]
