"""Correlations that tell of what a group shows for the first time."""

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import ClassVar

from trailwarden.detection.correlation import Correlation
from trailwarden.detection.observation import Observation


@dataclass(frozen=True, kw_only=True)
class News(Correlation):
    """Something that its group did not show within the timespan before, in a known account."""

    learning: timedelta
    """For how long an account has to be heard until anything is new."""

    adds_up: ClassVar[bool] = False
    daily: ClassVar[bool] = True

    @property
    def age(self) -> timedelta:
        """How old observations have to be until all that they may teach counts."""
        return self.learning

    def known_by(self, seen: Observation) -> str:
        """Return the name of the thing that an observation makes known."""
        return seen.label

    def only_teaches(self, seen: Observation) -> bool:  # noqa: ARG002 - it depends on the kind
        """Say whether an observation is never new, however bad its rule is."""
        return False

    @abstractmethod
    def select(
        self,
        observations: Sequence[Observation],
        heard: Mapping[str, Sequence[date]] | None = None,
    ) -> Sequence[Observation]:
        """Return the observations that are new, where the account is known."""
