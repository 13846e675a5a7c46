"""When a group shows something for the first time: what others call new terms."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import date, timedelta

from trailwarden.cloudtrail.event import Event
from trailwarden.detection.grouping import is_team, personal
from trailwarden.detection.news import News
from trailwarden.detection.observation import Observation
from trailwarden.detection.severity import Severity

HABIT_DAYS = 3
"""On how many days a severe act of the first days has to come until it teaches."""


@dataclass(frozen=True, kw_only=True)
class FirstSeen(News):
    """A label that its group has not shown within the timespan before.

    Nothing is new until the account has been heard for `learning`, by any record. So the first act
    of its kind in an account is new, and no act of an account's first days. An account that was not
    heard for a whole timespan has to be learned again. Time is in whole days, in UTC. Of each label
    and severity only the first of a day counts, so that no more need be remembered.

    A known act excuses nothing worse: a label is new again with a higher severity. A match that is
    INFORMATIONAL is a lesson: it makes its label known, and is never told.

    Nobody is told of a severe act of the first days, and an intruder may have done it. So it makes
    itself known after `learning`, or as a habit of several days.
    """

    own_past: bool = False
    """Whether the group itself has to be known for `learning`, not only its account.

    For a principal that is compared with itself: the first network of a new colleague is no news.
    """

    known_days: int = 0
    """On how many earlier days its group has to have been seen, where it has its own past."""

    at_once: int = 0
    """From which severity on an act is new in the first days, too, if its match says that one."""

    at_once_by: Set[str] = frozenset()
    """The kinds of callers whose acts are new in the first days, too."""

    usual: str = ""
    """A label that only teaches and is never new. Acts of exempt callers are observed under it.

    Without it, a group with its own past would not be known by them.
    """

    restless: int = 0
    """How many labels of one kind its group shows until another one says nothing; 0 for never.

    A kind is the first word of a label: `network 198.51.100.0/16`. A runner has other networks
    every day, and so no usual one.
    """

    of_teams: bool = False
    """Whether a person of a known permission set is less of a surprise, in all accounts of a class.

    The group is that of `by_team` or the like. A person's first time is LOW where the permission
    set was seen on an earlier day. Only a match that calls itself HIGH stays so.
    """

    lesson_age: timedelta = timedelta()
    """How old a lesson has to be until it counts, so that an intruder's own teaches nothing."""

    made_here: str = ""
    """Begins the label of a lesson that counts at once: what the account made is its own."""

    severe: bool = False
    """Whether a match is severe that does not say how bad it is."""

    exempt_teach: bool = False
    """Whether what exempt callers do is a lesson: a deployment shows what an account uses."""

    @property
    def is_taught(self) -> bool:
        """Whether exempt callers teach."""
        return self.exempt_teach

    @property
    def age(self) -> timedelta:
        """How old observations have to be until all that they may teach counts."""
        return max(self.learning, self.lesson_age)

    def only_teaches(self, seen: Observation) -> bool:
        """Say whether an observation is a lesson, or of the label that is never new."""
        is_usual = bool(self.usual) and seen.label == self.usual
        return seen.severity == Severity.INFORMATIONAL or is_usual

    def select(
        self,
        observations: Sequence[Observation],
        heard: Mapping[str, Sequence[date]] | None = None,
    ) -> Sequence[Observation]:
        """Return the observations of a label that is new, where the account is known."""
        days: defaultdict[str, list[date]] = defaultdict(list)
        for seen in observations:
            days[seen.account_id].append(seen.time.date())
        known = {} if self.own_past or heard is None else heard
        past = self.known()

        def would_be_told(seen: Observation) -> bool:
            return (
                0 < self.at_once <= seen.severity
                or seen.caller in self.at_once_by
                or self._is_learned(seen.time.date(), days[seen.account_id])
                or self._is_learned(seen.time.date(), known.get(seen.account_id, ()))
            )

        return [
            self._of_team(seen, past)
            for seen in observations
            if self._is_news(seen, past, would_be_told) and would_be_told(seen)
        ]

    def known(self) -> "Past":
        """Return a past in which nothing is known yet."""
        return Past(self.timespan, self.learning, self.lesson_age, self.made_here)

    def concerning(
        self,
        new: Sequence[Observation],
        observations: Sequence[Observation],
        heard: Mapping[str, Sequence[date]],
    ) -> Sequence[Observation]:
        """Return those that are new; what came before `new` has its own past out of sight."""
        oldest = min(new).time
        return [seen for seen in self.select(observations, heard) if seen.time >= oldest]

    def _is_news(
        self, seen: Observation, past: "Past", would_be_told: Callable[[Observation], bool]
    ) -> bool:
        """Say whether nothing as bad was seen within the timespan before, and remember it."""
        known = past.knows(seen)
        restless = 0 < self.restless <= past.others_of_kind(seen)
        past.add(seen, is_early=self.is_severe(seen) and not would_be_told(seen))
        return not (known or restless or self.only_teaches(seen))

    def is_severe(self, seen: Observation) -> bool:
        """Say whether an act is so severe that one of the first days teaches nothing by itself."""
        return seen.severity >= Severity.HIGH or (self.severe and not seen.severity)

    def _of_team(self, seen: Observation, past: "Past") -> Observation:
        """Return an observation, less bad where others of its permission set did so before."""
        if not (self.of_teams and is_team(seen.group)) or seen.severity > Severity.MEDIUM:
            return seen
        return seen._replace(severity=Severity.LOW) if past.knows_group_of(seen) else seen

    def _is_learned(self, today: date, past: Sequence[date]) -> bool:
        """Say whether one of the days of `past`, oldest first, is long enough ago."""
        first = bisect_left(past, -self.timespan, key=lambda day: day - today)
        is_old = first < len(past) and today - past[first] >= self.learning
        return is_old and (
            not self.known_days
            or len({day for day in past[first:] if day < today}) >= self.known_days
        )


class Past:
    """What a group showed so far: of each label the last day, by severity; 0 is the rule's own."""

    def __init__(
        self, timespan: timedelta, learning: timedelta, lesson_age: timedelta, made_here: str
    ) -> None:
        self._timespan, self._learning = timespan, learning
        self._lesson_age, self._made_here = lesson_age, made_here
        self._lessons: defaultdict[str, list[date]] = defaultdict(list)
        self.last: dict[str, dict[int, date]] = {}
        self._early: dict[str, dict[int, set[date]]] = {}
        self._days: set[date] = set()

    def add(self, seen: Observation, *, is_early: bool = False) -> None:
        """Remember an observation; an early one makes its label known once it is a habit."""
        today = seen.time.date()
        if seen.severity == Severity.INFORMATIONAL:
            self._lessons[seen.label].append(today)
        self._days.add(today)
        if is_early:
            early = self._early.setdefault(seen.label, {})
            early.setdefault(seen.severity, set()).add(today)
        else:
            self.last.setdefault(seen.label, {})[seen.severity] = today

    def knows(self, seen: Observation) -> bool:
        """Say whether the label was taught, or seen as bad, within the timespan before."""
        return self._is_taught(seen) or any(
            self.is_near(day, seen)
            for severity, day in self._known_days(seen)
            if severity == seen.severity or severity > seen.severity > 0
        )

    def _known_days(self, seen: Observation) -> Iterator[tuple[int, date]]:
        """Yield the last day of a label by severity, also of early acts that make it known."""
        yield from self.last.get(seen.label, {}).items()
        for severity, days in self._early.get(seen.label, {}).items():
            is_old = seen.time.date() - min(days) >= self._learning
            if is_old or len(days) >= HABIT_DAYS:
                yield severity, max(days)

    def _is_taught(self, seen: Observation) -> bool:
        today = seen.time.date()
        made = self._lessons.get(f"{self._made_here}{seen.label}", ()) if self._made_here else ()
        lessons = self._lessons.get(seen.label, ())
        return any(day <= today and self.is_near(day, seen) for day in made) or any(
            self._lesson_age <= today - day <= self._timespan for day in lessons
        )

    def others_of_kind(self, seen: Observation) -> int:
        """Return how many other labels of the same kind were seen within the timespan before."""
        kind = seen.label.partition(" ")[0]
        return sum(
            label != seen.label
            and label.partition(" ")[0] == kind
            and any(self.is_near(day, seen) for day in days.values())
            for label, days in self.last.items()
        )

    def knows_group_of(self, seen: Observation) -> bool:
        """Say whether the group was seen on an earlier day."""
        today = seen.time.date()
        return any(day < today and self.is_near(day, seen) for day in self._days)

    def is_near(self, day: date, seen: Observation) -> bool:
        """Say whether a day is within the timespan before an observation."""
        return seen.time.date() - day <= self._timespan


def each_day(event: Event, act: str) -> str:
    """Return a label of an act that is new on each day."""
    return personal(event, f"{act} on {event.event_time:%Y-%m-%d}")


def first_use(
    group_by: Callable[[Event], str],
    *,
    days: int = 60,
    learning: int = 7,
    own_past: bool = False,
    known_days: int = 0,
    at_once: int = 0,
    at_once_by: Set[str] = frozenset(),
    usual: str = "",
    restless: int = 0,
    of_teams: bool = False,
    lesson_age: int = 0,
    made_here: str = "",
    severe: bool = False,
    exempt_teach: bool = False,
) -> FirstSeen:
    """Tell of a label that its group has not shown for `days`, after `learning` days of watching.

    This is the correlation of most rules about new principals, Regions, images and the like. The
    account has to be known by then; with `own_past`, the group itself. What a match calls as bad as
    `at_once`, or callers `at_once_by` do, waits for neither.
    """
    return FirstSeen(
        timespan=timedelta(days=days),
        learning=timedelta(days=learning),
        group_by=group_by,
        own_past=own_past,
        known_days=known_days,
        at_once=at_once,
        at_once_by=at_once_by,
        usual=usual,
        restless=restless,
        of_teams=of_teams,
        lesson_age=timedelta(days=lesson_age),
        made_here=made_here,
        severe=severe,
        exempt_teach=exempt_teach,
    )
