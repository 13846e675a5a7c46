"""When an act is a principal's routine, as its earlier days show."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import ClassVar, NamedTuple

from trailwarden.cloudtrail.event import Event
from trailwarden.detection.by_past import ByPast
from trailwarden.detection.grouping import by_actor
from trailwarden.detection.hands import hand_of
from trailwarden.detection.observation import Observation
from trailwarden.detection.severity import Severity


def of_action(seen: Observation) -> str:
    """Return the kind of an act: its request, and its title where the rule covers several."""
    return f"{seen.action} {seen.title}"


def of_title(seen: Observation) -> str:
    """Return the kind of an act that its title tells, whichever request it was."""
    return seen.title


def of_label(seen: Observation) -> str:
    """Return the kind of an act that its whole label tells."""
    return seen.label


def of_no_size(_seen: Observation) -> int:
    """Return the same size for each act."""
    return 0


@dataclass(frozen=True, kw_only=True)
class Routine(ByPast):
    """Acts, each told, which are LOW where the group did as bad of the kind on other days.

    These are `often` days, the first at least `learning` ago: an intruder's own week teaches
    nothing. Another kind, a worse or a larger act is told in full. Of each label, severity and hand
    the first of a day is told: a label has to name the thing.
    """

    daily: ClassVar[bool] = True
    parts_hands: ClassVar[bool] = True

    often: int = 3

    learning: timedelta = timedelta(days=7)

    kind: Callable[[Observation], str] = of_action
    """What acts have to share. It is nothing that a caller chooses freely, such as a session."""

    size: Callable[[Observation], int] = of_no_size
    """How large an act is. One of twice the size of the others is no routine."""

    def summary(self, seen: Observation) -> str:
        """Return the label and the hand: another one in the same role is told on that day, too."""
        return f"{seen.label} by {hand_of(seen)}"

    def acts(self, observations: Sequence[Observation]) -> Iterator[Observation]:
        """Yield the acts, each as bad as it is for the group."""
        past: defaultdict[str, set[_Act]] = defaultdict(set)
        told: set[tuple[str, int, date]] = set()
        for seen in observations:
            first = self.summary(seen), seen.severity, seen.time.date()
            if first in told:
                continue
            told.add(first)
            size = self.size(seen).bit_length()
            act = _Act(seen.time.date(), seen.severity, size)
            known = past[self.kind(seen)]
            yield _mild(seen) if self._is_usual(act, known) else seen
            known.add(act)

    def _is_usual(self, act: "_Act", known: set["_Act"]) -> bool:
        days = {
            one.day
            for one in known
            if timedelta() < act.day - one.day <= self.timespan and one.is_as_much(act)
        }
        return len(days) >= self.often and act.day - min(days) >= self.learning


class _Act(NamedTuple):
    day: date
    severity: int
    size: int

    def is_as_much(self, other: "_Act") -> bool:
        """Say whether this is as bad and as large; 0 is the rule's own severity."""
        is_as_bad = self.severity == other.severity or self.severity > other.severity > 0
        return is_as_bad and self.size >= other.size


def routine(
    group_by: Callable[[Event], str] = by_actor,
    *,
    often: int = 3,
    kind: Callable[[Observation], str] = of_action,
    size: Callable[[Observation], int] = of_no_size,
) -> Routine:
    """Take for LOW what a group did on `often` days of the last 60, the first a week ago."""
    sixty = timedelta(days=60)
    return Routine(timespan=sixty, group_by=group_by, often=often, kind=kind, size=size)


def _mild(seen: Observation) -> Observation:
    return seen._replace(severity=min(seen.severity or Severity.LOW, Severity.LOW))
