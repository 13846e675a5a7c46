"""Acts that are judged by what their group did before."""

from abc import abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from trailwarden.detection.correlation import Correlation
from trailwarden.detection.observation import Observation

REFUSED = "refused: "
"""How the label of a request begins that left things as they are."""


@dataclass(frozen=True, kw_only=True)
class ByPast(Correlation):
    """Acts of one group, each told or not, and as bad, by those before it."""

    adds_up: ClassVar[bool] = False

    @abstractmethod
    def acts(self, observations: Sequence[Observation]) -> Iterator[Observation]:
        """Yield the acts to tell of, each as bad as it is; `observations` come oldest first."""

    def select(self, observations: Sequence[Observation]) -> Sequence[Observation]:
        """Return the acts to tell of, each as bad as it is."""
        return list(self.acts(observations))

    def concerning(
        self,
        new: Sequence[Observation],
        observations: Sequence[Observation],
        heard: Mapping[str, Sequence[date]],  # noqa: ARG002 - the past of the group alone counts
    ) -> Sequence[Observation]:
        """Return the acts from `new` on: those before may have their own past out of sight."""
        oldest = min(new).time
        return [seen for seen in self.acts(observations) if seen.time >= oldest]
