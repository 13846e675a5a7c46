"""Tells of acts on a thing of which something was learned before.

Nothing in a request says that a role is an administrator's, or that a policy is a restriction. The
request that made it so does, and deployments mostly send that.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from fnmatch import fnmatchcase

from trailwarden.detection.by_past import ByPast
from trailwarden.detection.correlation import Observation


@dataclass(frozen=True, kw_only=True)
class Learned(ByPast):
    """An act on one thing, after a lesson about it. Acts of exempt callers only teach.

    The label of a lesson is `lesson`; one of `ends` makes it forgotten. Any other label is an act.
    Where a group has many things, `lesson: name` is about one of them. Then an act's label is a
    glob of the names of its things. All labels are compared without case.

    A late lesson tells of the acts after it, and a late end of one takes them back.
    """

    lesson: str

    ends: str

    def acts(self, observations: Sequence[Observation]) -> Iterator[Observation]:
        """Yield the acts that came within the timespan after a lesson."""
        taught: dict[str, datetime] = {}
        for seen in observations:
            kind, _, name = seen.label.lower().partition(": ")
            if kind == self.lesson:
                taught[name] = seen.time
            elif kind == self.ends:
                taught.pop(name, None)
            elif seen.severity != _ONLY_TEACHES and self._is_on_known(seen, taught):
                yield seen

    def _is_on_known(self, seen: Observation, taught: Mapping[str, datetime]) -> bool:
        glob = seen.label.lower()
        return any(
            (not name or fnmatchcase(name, glob)) and seen.time - since <= self.timespan
            for name, since in taught.items()
        )


_ONLY_TEACHES = 1
"""The severity of what exempt callers do."""
