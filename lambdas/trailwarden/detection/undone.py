"""When a thing goes that its own actor made shortly before: a trial, and no destruction."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from trailwarden.cloudtrail.event import Event
from trailwarden.detection.by_past import ByPast
from trailwarden.detection.grouping import by_actor
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
                yield (
                    seen._replace(severity=min(seen.severity or Severity.LOW, Severity.LOW))
                    if is_trial
                    else seen
                )
            else:
                yield seen


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
