"""Tells of acts on a thing of which something was learned before.

Nothing in a request says that a role is an administrator's, or that a policy is a restriction. The
request that made it so does, and deployments mostly send that.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from trailwarden.detection.correlation import Correlation, Observation


@dataclass(frozen=True, kw_only=True)
class Learned(Correlation):
    """An act on one thing, after a lesson about it. Acts of exempt callers only teach.

    The label of a lesson is `lesson`; one of `ends` makes it forgotten. Any other label is an act.
    So a late lesson tells of an act, and a late end of one takes it back.
    """

    lesson: str

    ends: str

    def select(self, observations: Sequence[Observation]) -> Sequence[Observation]:
        """Return the acts that came within the timespan after a lesson."""
        return list(self._acts(observations))

    def concerning(
        self, new: Sequence[Observation], observations: Sequence[Observation], *_: object
    ) -> Sequence[Observation]:
        """Return those acts; what came before `new` has its own past out of sight."""
        oldest = min(new).time
        return [seen for seen in self.select(observations) if seen.time >= oldest]

    def _acts(self, observations: Sequence[Observation]) -> Iterator[Observation]:
        taught = None
        for seen in observations:
            if seen.label == self.lesson:
                taught = seen.time
            elif seen.label == self.ends:
                taught = None
            elif taught and seen.time - taught <= self.timespan and seen.severity != _ONLY_TEACHES:
                yield seen


_ONLY_TEACHES = 1
"""The severity of what exempt callers do."""
