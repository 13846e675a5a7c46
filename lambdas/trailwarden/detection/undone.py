"""When a thing goes that its own actor made shortly before: a trial, and no destruction."""

import re
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar

from trailwarden.cloudtrail.event import Event
from trailwarden.detection.by_past import REFUSED, ByPast
from trailwarden.detection.grouping import by_actor
from trailwarden.detection.match import Match
from trailwarden.detection.observation import Observation
from trailwarden.detection.severity import Severity


@dataclass(frozen=True, kw_only=True)
class Undone(ByPast):
    """Acts on things, of which those on a thing that the group made within the timespan are LOW.

    The label of a lesson is `made` with a name. That of an act ends with the name of its thing, or
    the thing is its subject. A name that another thing takes over is no longer that of a trial.
    """

    def acts(self, observations: Sequence[Observation]) -> Iterator[Observation]:
        """Yield the acts, each as bad as it is."""
        made: dict[str, datetime] = {}
        for seen in observations:
            if seen.label.startswith(_MADE):
                made[seen.label.removeprefix(_MADE)] = seen.time
            elif seen.label.startswith(_TAKEN):
                made.pop(seen.label.removeprefix(_TAKEN), None)
            elif since := made.pop(_thing(seen, made), None):
                is_trial = seen.time - since <= self.timespan
                yield (seen._replace(severity=_mild(seen)) if is_trial else seen)
            else:
                yield seen


MADE, FOUND, USED = "made", "made, or there before", "used"
"""Labels of requests after which a thing is there; only the first shows that it was not before."""


@dataclass(frozen=True, kw_only=True)
class UndoneIfNew(ByPast):
    """Removals of one thing, which are LOW where their actor made it shortly before.

    A request that makes it may succeed, too, where the thing is there. Then the first who made or
    used it since its last removal tells whether it is new. Exempt callers only teach.
    """

    is_taught: ClassVar[bool] = True

    trial: timedelta

    def failed(self, match: Match) -> Match:
        """Return the match of a removal that left the thing there."""
        return match._replace(label=f"{REFUSED}{next(iter(match.labels), '')}")

    def teaches(self, labels: Iterable[str]) -> bool:  # noqa: ARG002 - a removal teaches, too
        """Say that all that exempt callers do teaches."""
        return True

    def acts(self, observations: Sequence[Observation]) -> Iterator[Observation]:
        """Yield the removals, each as bad as it is."""
        there: deque[Observation] = deque()
        """What made or used the thing since its last removal, as far as the timespan reaches."""
        for seen in observations:
            while there and seen.time - there[0].time > self.timespan:
                there.popleft()
            if seen.label in {MADE, FOUND, USED}:
                there = deque() if seen.label == MADE else there
                there.append(seen)
                continue
            if seen.severity != Severity.INFORMATIONAL:
                is_trial = there and self._is_trial(there[0], seen)
                yield seen._replace(severity=_mild(seen)) if is_trial else seen
            there = there if seen.label.startswith(REFUSED) else deque()

    def _is_trial(self, first: Observation, seen: Observation) -> bool:
        is_own = first.label != USED and first.actor == seen.actor
        return is_own and seen.time - first.time <= self.trial


def by_actor_and_kind(event: Event) -> str:
    """Group by actor, Region and kind of thing: others of the same name are other things."""
    found = _KIND.match(event.name)
    kind = found[1] if found else event.name
    return f"{by_actor(event)}/{event.aws_region}/{event.service}:{kind}"


def made(name: str) -> str:
    """Return the label of a request that makes a thing."""
    return f"{_MADE}{name}"


def taken_over(name: str) -> str:
    """Return the label of a request by which a thing takes the name of another one."""
    return f"{_TAKEN}{name}"


_MADE, _TAKEN = "made ", "taken over "
_KIND = re.compile(
    r"(?:Create|Delete|Modify|Restore)([A-Z]\w*?)(?:From\w+|To[A-Z]\w+|ReadReplica)?\Z"
)
"""A request that makes, renames or deletes, and the kind: `RestoreDBInstanceFromDBSnapshot`."""


def _thing(seen: Observation, made: Mapping[str, datetime]) -> str:
    """Return the name of the thing of an act."""
    named = seen.label.partition(" ")[2]
    return named if named in made else seen.subject


def _mild(seen: Observation) -> int:
    return min(seen.severity or Severity.LOW, Severity.LOW)
