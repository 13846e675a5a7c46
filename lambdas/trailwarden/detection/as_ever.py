"""Whether as much adds up as on earlier days, of the same kinds of acts."""

from collections.abc import Callable, Sequence, Set
from dataclasses import dataclass
from datetime import timedelta
from hashlib import blake2b

from trailwarden.cloudtrail.event import Event
from trailwarden.detection.first_seen import FirstSeen, Past
from trailwarden.detection.observation import Observation
from trailwarden.detection.severity import Severity


def of_request(seen: Observation) -> str:
    """Return the kind of an act that its request tells."""
    return seen.action


def of_thing(seen: Observation) -> str:
    """Return the kind of an act that its label tells, in a few characters: many fit into a text."""
    return blake2b(seen.label.encode("utf-8", "replace"), digest_size=4).hexdigest()


@dataclass(frozen=True, kw_only=True)
class AsEver(FirstSeen):
    """A sum is usual by its kinds of acts and its size, as that of a nightly clean-up.

    A label names the kinds, and a severity is a size: another kind is news, and so is twice as
    much. A small sum teaches nothing of a larger one.
    """

    often: int = 1
    """On how many earlier days it has to have come."""

    lowers: bool = False
    """Whether a usual sum is told as LOW, and not left out. The first is `learning` ago."""

    kinds: Callable[[Observation], str] = of_request
    """What acts have to share with those of earlier days."""

    past_of: Callable[[Observation], str] | None = None
    """Whose earlier days count, where those of the group alone do not: `of_account`."""

    def shown(self, found: Sequence[Observation]) -> tuple[str, int]:
        """Return the label and the size of what added up."""
        kinds = sorted({self.kinds(seen) for seen in found})
        size = sum(seen.label.count(", ") + 1 for seen in found)
        return " ".join(kinds), _size(size)

    def known(self) -> "_Sums":
        """Return a past in which nothing is known yet."""
        return _Sums(self.timespan, self.learning, self.lesson_age, self.made_here)

    def is_severe(self, seen: Observation) -> bool:  # noqa: ARG002 - its severity is a size
        """Say that no sum is severe by itself."""
        return False

    def is_habit(self, seen: Observation, days: Sequence[Observation]) -> bool:
        """Say whether as much of the same kinds came on enough days before."""
        kinds, today = set(seen.label.split()), seen.time.date()
        alike = {
            one.time.date()
            for one in days
            if one.severity >= seen.severity
            and kinds.issubset(one.label.split())
            and timedelta() < today - one.time.date() <= self.timespan
        }
        return len(alike) >= self.often and today - min(alike) >= self.learning


class _Sums(Past):
    """What sums a group showed on earlier days. A sum teaches smaller ones of some of its kinds."""

    def knows(self, seen: Observation) -> bool:
        """Say whether an earlier day within the timespan showed as much of the same kinds."""
        kinds = set(seen.label.split())
        return any(
            severity >= seen.severity and day < seen.time.date() and self.is_near(day, seen)
            for label, days in self.last.items()
            if kinds.issubset(label.split())
            for severity, day in days.items()
        )


def _size(count: int) -> int:
    """Return the size of a sum, in the place of a severity: one more for twice as much."""
    return Severity.INFORMATIONAL + count.bit_length()


def of_account(seen: Observation) -> str:
    """Return the account, whose groups share one past."""
    return seen.account_id


def habit(
    group_by: Callable[[Event], str],
    *,
    often: int = 3,
    kinds: Callable[[Observation], str] = of_request,
) -> AsEver:
    """Take for less what a group did as much of on `often` days, from a week ago on."""
    return AsEver(
        timespan=timedelta(days=60),
        learning=timedelta(days=7),
        group_by=group_by,
        often=often,
        lowers=True,
        kinds=kinds,
    )


def once_of_its_size(
    group_by: Callable[[Event], str], *, at_once_by: Set[str] = frozenset(), at_once: int = 0
) -> AsEver:
    """Tell of what a group did not do as much of within 60 days.

    The first days are told, too, of callers `at_once_by`. So is as much as `at_once`, a power of 2.
    """
    return AsEver(
        timespan=timedelta(days=60),
        learning=timedelta(days=7),
        group_by=group_by,
        at_once_by=at_once_by,
        at_once=_size(at_once) if at_once else 0,
    )
