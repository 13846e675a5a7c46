"""What is new beside what is usual."""

from collections.abc import Sequence
from dataclasses import dataclass

from trailwarden.correlation import FirstSeen, Observation


@dataclass(frozen=True, kw_only=True)
class FirstSeenExcept(FirstSeen):
    """A label that is new, where one label only teaches: it is never new itself.

    What is rare would otherwise never be learned, and its first time would teach, not tell.
    """

    usual: str

    def select(self, observations: Sequence[Observation]) -> Sequence[Observation]:
        """Return the observations of a label that is new and not the usual one."""
        return [seen for seen in super().select(observations) if seen.label != self.usual]
