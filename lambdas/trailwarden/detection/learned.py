"""Tells of acts on a thing of which something was learned before.

Nothing in a request says that a role is an administrator's, or that a policy is a restriction. The
request that made it so does, and deployments mostly send that.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from fnmatch import fnmatchcase
from typing import ClassVar

from trailwarden.detection.by_past import REFUSED, ByPast
from trailwarden.detection.match import Match
from trailwarden.detection.observation import Observation
from trailwarden.detection.severity import Severity


@dataclass(frozen=True, kw_only=True)
class Learned(ByPast):
    """An act on one thing, after a lesson about it. Exempt callers only teach.

    The label of a lesson is `lesson`; one of `ends` makes it forgotten. Any other label is an act.
    Where a group has many things, `lesson: name` is about one of them. Then an act's label is a
    glob of the names of its things. All labels are compared without case.

    A late lesson tells of the acts after it, and a late end of one takes them back.
    """

    is_taught: ClassVar[bool] = True

    lesson: str

    ends: str

    bears: str = ""
    """Begins the label `bears: thing = name`: a lesson on `name` is one on the thing, too.

    So an instance profile is as powerful as the role in it. The last such label counts.
    """

    each_apart: bool = False
    """Whether each thing of a request is a group and a subject of its own, below `group_by`.

    Then each label is one name, and a lesson is `lesson: name`.
    """

    names_things: bool = False
    """Whether the label of an act, the name of one thing, is also its subject."""

    once: bool = False
    """Whether repeated acts of one actor on one thing are told on their first day alone."""

    def placed(self, seen: Observation) -> Observation:
        """Return an observation in the group of its thing."""
        kind, _, name = seen.label.partition(": ")
        is_act = kind.lower() not in {self.lesson, self.ends, self.bears}
        if not self.each_apart:
            return seen._replace(subject=seen.label) if self.names_things and is_act else seen
        thing = name if kind.lower() in {self.lesson, self.ends} else seen.label
        return seen._replace(group=f"{seen.group}/{thing.lower()}", subject=thing)

    def teaches(self, labels: Iterable[str]) -> bool:
        """Say whether one of the labels is a lesson: an act on a known thing is none."""
        lessons = {self.lesson, self.ends, self.bears} - {""}
        return any(label.lower().partition(": ")[0] in lessons for label in labels)

    def acts(self, observations: Sequence[Observation]) -> Iterator[Observation]:
        """Yield the acts that came within the timespan after a lesson."""
        taught: dict[str, datetime] = {}
        borne: dict[str, str] = {}
        told: dict[tuple[str, str], datetime] = {}
        for seen in observations:
            kind, _, name = seen.label.lower().partition(": ")
            if kind == self.lesson:
                taught[name] = seen.time
            elif kind == self.ends:
                taught.pop(name, None)
            elif self.bears and kind == self.bears:
                thing, _, borne[thing] = name.partition(" = ")
            elif seen.severity != _ONLY_TEACHES and self._is_on_known(seen, taught, borne):
                first = told.setdefault((seen.actor, seen.label), seen.time)
                if not self.once or seen.time - first <= _DAY:
                    yield seen

    def _is_on_known(
        self, seen: Observation, taught: Mapping[str, datetime], borne: Mapping[str, str]
    ) -> bool:
        glob = seen.label.lower()
        things = {**{name: name for name in taught}, **borne}
        return any(
            (not thing or fnmatchcase(thing, glob)) and seen.time - taught[name] <= self.timespan
            for thing, name in things.items()
            if name in taught
        )


@dataclass(frozen=True, kw_only=True)
class Raised(Learned):
    """Every act on one thing, and as bad as `to` after a lesson about it.

    An act that is INFORMATIONAL is told only then. Else one is LOW whose actor made the thing
    within a day before: it was a trial.
    """

    to: Severity

    made: str
    """The label of a request that makes the thing."""

    def failed(self, match: Match) -> Match:
        """Return the match of a request that took nothing, and is not raised."""
        return match._replace(label=[f"{REFUSED}{label}" for label in match.labels])

    def acts(self, observations: Sequence[Observation]) -> Iterator[Observation]:
        """Yield the acts, each as bad as it is."""
        taught: datetime | None = None
        makers: dict[str, datetime] = {}
        for seen in observations:
            made = makers.get(seen.actor)
            if seen.label == self.lesson:
                taught = seen.time
            elif seen.label == self.made:
                makers[seen.actor] = seen.time
            elif seen.label.startswith(REFUSED):
                yield seen
            elif taught and seen.time - taught <= self.timespan:
                yield seen._replace(severity=max(seen.severity, self.to))
            elif seen.severity != Severity.INFORMATIONAL:
                is_trial = made and seen.time - made <= _DAY
                yield seen._replace(severity=Severity.LOW) if is_trial else seen


_DAY = timedelta(days=1)
_ONLY_TEACHES = Severity.INFORMATIONAL
"""The severity of what exempt callers do."""
