"""The lessons of the past for a deployment that was not there.

The past told nobody. So acts of the last days teach nothing: an intruder may have done them. Nor do
severe acts that were news at their time. The deployment tells both once, when they come again.
Lessons that have more acts told count at any time.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from trailwarden.detection.as_ever import AsEver
from trailwarden.detection.engine import Sighting, grouped
from trailwarden.detection.finding import findings
from trailwarden.detection.heard import HeardOn
from trailwarden.detection.history import Asked
from trailwarden.detection.learned import Learned
from trailwarden.detection.news import News
from trailwarden.detection.observation import Observation, in_order
from trailwarden.detection.routine import Routine
from trailwarden.detection.rule import Rule
from trailwarden.detection.severity import Severity
from trailwarden.detection.usual import days_of, past_of, shares_past
from trailwarden.detection.worsened import Worsened

QUIET = timedelta(days=7)
"""How long before the end of the past something has to be known, so that it teaches."""

SEVERE = Severity.HIGH
"""From which severity on something teaches only if it was no news, and went on for `QUIET`."""


@dataclass(frozen=True)
class Past:
    """The past as far as it is known: its end, today, and when accounts were heard."""

    end: date
    """The last day of which there are records."""
    today: date
    heard: HeardOn

    @property
    def quiet(self) -> date:
        """The last day that teaches by itself."""
        return min(self.end, self.today) - QUIET


@dataclass
class Withheld:
    """How many labels teach nothing."""

    recent: int = 0
    """They came in the last days first."""
    severe: int = 0
    """They are severe, and were news or came on a few days only."""


def teaches(rule: Rule) -> bool:
    """Say whether a rule is one of those that a past teaches."""
    taught = News | Learned | Routine | Worsened
    return isinstance(rule.correlation, taught) or bool(rule.unless_usual)


def lessons(sightings: Iterable[Sighting], past: Past, withheld: Withheld) -> Iterator[Asked]:
    """Yield what the past of each rule and group teaches, under the keys of a history."""
    for (rule, group), seen in grouped(sightings):
        counts, usual = rule.correlation, rule.unless_usual
        key = f"{rule.id}/{group}"
        if isinstance(counts, News):
            known = first_times(counts, rule.severity, seen, past, withheld)
            yield Asked(key, known, counts.memory, counts.daily, counts)
        elif isinstance(counts, Learned):
            yield Asked(key, _of_things(counts, seen, past), counts.memory, counts.daily, counts)
        elif isinstance(counts, Routine):
            known = in_order(_of_routine(counts, rule.severity, seen, past))
            yield Asked(key, known, counts.memory, counts.daily, counts)
        elif isinstance(counts, Worsened):
            known = in_order(_of_states(counts, rule.severity, seen, past))
            yield Asked(key, known, counts.memory, counts.daily, counts)
        elif counts and usual:
            found = list(findings(rule, counts.concerning(seen, seen, past.heard)))
            days = in_order(days_of(found))
            if isinstance(usual, AsEver) and usual.lowers:
                known = in_order(_of_habit(rule, usual, days, past, withheld))
            else:
                known = first_times(usual, rule.severity, days, past, withheld)
            of = f"{rule.id}/{past_of(found[0])}" if found and shares_past(rule) else key
            yield Asked(f"{of}/days", known, usual.timespan, daily=True)


def first_times(
    correlation: News,
    severity: Severity,
    observations: Sequence[Observation],
    past: Past,
    withheld: Withheld,
) -> list[Observation]:
    """Return at most two observations of each label: they know of it what all of them know.

    `observations` are those of one group, oldest first. `severity` is that of a label without one.
    """
    labels: defaultdict[tuple[str, int], list[Observation]] = defaultdict(list)
    for seen in observations:
        labels[correlation.known_by(seen), seen.severity].append(seen)
    new = correlation.select(observations, past.heard)
    news = {(correlation.known_by(seen), seen.severity) for seen in new}
    found: list[Observation] = []
    for of, seen_then in labels.items():
        known = _unbroken(seen_then, correlation.timespan, past.quiet)
        if not known:
            withheld.recent += 1
        elif _is_severe(correlation, known[0], severity) and (of in news or not _goes_on(known)):
            withheld.severe += 1
        else:
            found += _needed(correlation, known, past)
    return in_order(found)


def _unbroken(
    observations: Iterable[Observation], timespan: timedelta, quiet: date
) -> list[Observation]:
    """Return those of a label that were no news, or that came long enough ago."""
    known: list[Observation] = []
    for seen in observations:
        today = seen.time.date()
        if today <= quiet or (known and today - known[-1].time.date() <= timespan):
            known.append(seen)
    return known


def _is_severe(correlation: News, seen: Observation, severity: Severity) -> bool:
    said = 0 if isinstance(correlation, AsEver) else seen.severity  # of a sum it is the size
    return not correlation.only_teaches(seen) and (said or severity) >= SEVERE


def _goes_on(known: Sequence[Observation]) -> bool:
    return known[-1].time.date() - known[0].time.date() >= QUIET


def _needed(correlation: News, known: Sequence[Observation], past: Past) -> Iterator[Observation]:
    """Yield the newest, and the newest that is old enough to count as learned."""
    old = [seen for seen in known if past.today - seen.time.date() >= correlation.age]
    for seen in {id(seen): seen for seen in (*old[-1:], known[-1])}.values():
        if past.today - seen.time.date() <= correlation.timespan:
            yield seen


def _of_routine(
    correlation: Routine, severity: Severity, observations: Sequence[Observation], past: Past
) -> Iterator[Observation]:
    """Yield of each kind of act the last days that make it a routine.

    The last week teaches nothing, and a severe act only where it went on for a week.
    """
    kinds: defaultdict[tuple[str, int], dict[date, Observation]] = defaultdict(dict)
    for seen in observations:
        day = seen.time.date()
        if day <= past.quiet and past.today - day <= correlation.timespan:
            kinds[correlation.kind(seen), seen.severity][day] = seen
    for (_, said), days in kinds.items():
        if (said or severity) < SEVERE or max(days) - min(days) >= QUIET:
            yield from (days[day] for day in sorted(days)[-correlation.often :])


def _of_habit(
    rule: Rule, usual: AsEver, observations: Sequence[Observation], past: Past, withheld: Withheld
) -> Iterator[Observation]:
    """Yield of each sum the last days that make it a habit, as those of a routine.

    Several groups may share a past: then each of them may have come on a few days only.
    """
    sums: defaultdict[tuple[str, int], dict[date, Observation]] = defaultdict(dict)
    for seen in observations:
        if past.today - seen.time.date() <= usual.timespan:
            sums[seen.label, seen.severity][seen.time.date()] = seen
    for days in sums.values():
        known = sorted(day for day in days if day <= past.quiet)
        if not known:
            withheld.recent += 1
        elif rule.severity >= SEVERE and not (shares_past(rule) or known[-1] - known[0] >= QUIET):
            withheld.severe += 1
        else:
            yield from (days[day] for day in known[-usual.often :])


def _of_states(
    correlation: Worsened, severity: Severity, observations: Sequence[Observation], past: Past
) -> Iterator[Observation]:
    """Yield the last known states of a thing, newest first, as lessons.

    A state that got worse in the last days, or severely, is told again: it teaches nothing.
    """
    told = {seen.origin: seen.severity or severity for seen in correlation.acts(observations)}
    parts = set[str]()
    for seen in reversed(observations):
        day, named = seen.time.date(), correlation.parts_of(seen)
        is_open = seen.origin in told and (day > past.quiet or told[seen.origin] >= SEVERE)
        is_known = named <= parts or past.today - day > correlation.timespan
        if is_open or is_known or (correlation.complete and parts):
            continue
        parts |= named
        yield seen._replace(severity=Severity.INFORMATIONAL)


def _of_things(
    correlation: Learned, observations: Sequence[Observation], past: Past
) -> list[Observation]:
    """Return the newest lesson of each thing, and the newest end of one that is old enough."""
    newest: dict[str, Observation] = {}
    for seen in observations:
        label, day = seen.label.lower(), seen.time.date()
        kind = label.partition(": ")[0]
        is_end = kind == correlation.ends and day <= past.quiet
        if (is_end or kind == correlation.lesson) and past.today - day <= correlation.timespan:
            newest[label] = seen
    return in_order(newest.values())
