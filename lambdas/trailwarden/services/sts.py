"""Tells whether a session of STS was used at two places at a time.

Two places of different kinds say something only where both asked for one service. A host reaches
some services by an endpoint, and all others by its gateway.
"""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import permutations
from operator import attrgetter
from typing import ClassVar, TypeAlias

from trailwarden.cloudtrail.address import is_of_machines
from trailwarden.detection.correlation import Correlation
from trailwarden.detection.observation import Observation
from trailwarden.detection.severity import Severity
from trailwarden.services.uses import (
    AT,
    BY,
    ENDPOINT,
    FOR,
    OWN,
    OWN_ENDPOINT,
    SEVERE,
    SYSTEM,
    is_inside,
    is_moving,
    use_of,
)

READDRESSED = "another address was given"
"""Labels a lesson: from then on, the host of the group has another address."""
_POOL = 3
"""How many networks of a program, of before, are those of a pool of gateways."""
_STEADY = 3
"""On how many days a host has to have had one network, so that it has no other."""
_DAY, _FIRST_DAY = timedelta(days=1), datetime(1, 1, 2, tzinfo=UTC)
_time = attrgetter("time")

Uses: TypeAlias = Mapping[str, Sequence[Observation]]
"""The uses of sessions from each place, oldest first."""


@dataclass(frozen=True, kw_only=True)
class TwoPlaces(Correlation):
    """Uses of a session from two places, one of which the group had not used for a day.

    What stays where it is gives itself away by two places of one session. A host that starts again
    gets another address and other credentials, and never returns to the address before. The same
    holds for a host that is given an address, and for a network that gets an endpoint. What moves,
    as a laptop does, has to return within `apart`. Of two programs or browsers, one need not
    return. A program that had several networks before comes through a pool of gateways, and gets
    new ones. A laptop may have two networks by turns, and so may a vendor: that is LOW, where it
    tells of one device or program, and of no severe act.
    """

    apart: timedelta
    """How far apart the uses may be."""

    steady: timedelta = timedelta()
    """How far apart they may be where the group had one network on the days before."""

    moving: bool = False
    """Whether some of it moves."""

    others: bool = False
    """Whether the group has several sessions at a time, which make a place usual at once."""

    host: bool = False
    """Whether the group is a host, which people may give an address."""

    daily: ClassVar[bool] = True

    has_sides: ClassVar[bool] = True

    @property
    def lessons(self) -> frozenset[str]:
        """Return what people teach of a host."""
        return frozenset({READDRESSED}) if self.host else frozenset()

    def side(self, seen: Observation) -> str:
        """Return the place of a use."""
        return use_of(seen).network

    def may_hold(self, labels: Sequence[str]) -> bool:
        """Say whether there are two places."""
        return len({label.partition(FOR)[0].partition(BY)[0] for label in labels}) > 1

    @property
    def near(self) -> timedelta:
        """Within which time of others each minute of what moves counts."""
        return self.apart if self.moving else timedelta()

    def summary(self, seen: Observation) -> str:
        """Return the label of a use, without the minute of what moves."""
        return seen.label.rpartition(AT)[0] if is_moving(seen) else seen.label

    def select(self, observations: Sequence[Observation]) -> Sequence[Observation]:
        """Return the uses that contradict each other."""
        past: defaultdict[str, list[Observation]] = defaultdict(list)
        moves = [seen.time for seen in observations if seen.label == READDRESSED]
        observations = [seen for seen in observations if seen.label != READDRESSED]
        for seen in observations:
            past[use_of(seen).known_as].append(seen)
        contradictions = [
            found
            for uses in _comparable(observations)
            for here, there in permutations(uses, 2)
            for found in self._compared(uses[here], uses[there], moves, past)
            if not all(self._is_usual(past[place], found[-1]) for place in (here, there))
            if not self._is_of_pool(past, found[-1])
        ]
        hot = {seen.origin for found in contradictions for seen in found}
        bad = {
            seen.origin
            for found in contradictions
            if not _is_laptop(found) or any(self._is_severe(past, seen) for seen in found)
            for seen in found
        }
        return [
            seen if seen.origin in bad else seen._replace(severity=Severity.LOW)
            for seen in observations
            if seen.origin in hot
        ]

    def concerning(
        self,
        new: Sequence[Observation],
        observations: Sequence[Observation],
        heard: object = None,  # noqa: ARG002 - only the uses themselves count
    ) -> Sequence[Observation]:
        """Return those that contradict; what came long before `new` has its past out of sight."""
        oldest = min(new).time - _DAY
        return [seen for seen in self.select(observations) if seen.time >= oldest]

    def _is_severe(self, past: Uses, seen: Observation) -> bool:
        """Say whether a severe act came from a place that was not usual."""
        use = use_of(seen)
        is_severe = use.service.startswith(SEVERE)
        return is_severe and not self._is_usual(past[use.known_as], seen)

    def _is_usual(self, uses: Sequence[Observation], now: Observation) -> bool:
        """Say whether a place was used a day ago, or by an earlier session.

        The timespan is in whole days, of which the first use is enough to know.
        """
        start = now.time - min(self.timespan, now.time - _FIRST_DAY)
        first = bisect_left(uses, start.date(), key=lambda seen: seen.time.date())
        if first < bisect_right(uses, now.time - _DAY, key=_time):
            return True
        earlier = uses[first : bisect_left(uses, now.time, key=_time)] if self.others else ()
        session = use_of(now).session
        return any(use_of(seen).session != session for seen in earlier)

    def _is_of_pool(self, past: Uses, now: Observation) -> bool:
        """Say whether a program came from several networks before, by earlier sessions or days."""
        use = use_of(now)
        if not use.program or use.is_of_person:
            return False
        places = [place for place in past if place.partition(BY)[2] == use.program]
        known = {place.partition(BY)[0] for place in places if self._is_usual(past[place], now)}
        return len(known) >= _POOL

    def _compared(
        self,
        here: Sequence[Observation],
        there: Sequence[Observation],
        changes: Sequence[datetime],
        past: Uses,
    ) -> Iterator[Sequence[Observation]]:
        """Yield the contradictions of two places, as far as these can be compared."""
        one, other = use_of(here[0]), use_of(there[0])
        if _are_apart(one.network, other.network):
            yield from self._contradictions(here, there, changes, past)
        elif self.steady and _is_abroad(one.network, other.network):
            # a steady host has one family of addresses, or both since long
            for seen in there:
                session = use_of(seen).session
                at_home = [one for one in here if use_of(one).session == session]
                if _contradicts(at_home, seen, self.steady, changes):
                    is_steady = _is_steady(past, here[0], seen, self.timespan, alone=True)
                    yield from [_beside(at_home, seen)] if is_steady else []

    def _contradictions(
        self,
        here: Sequence[Observation],
        there: Sequence[Observation],
        changes: Sequence[datetime],
        past: Uses,
    ) -> Iterator[Sequence[Observation]]:
        sessions: defaultdict[str, list[Observation]] = defaultdict(list)
        for seen in here:
            sessions[use_of(seen).session].append(seen)
        for seen in there:
            of_session = sessions.get(use_of(seen).session, [])
            moves = is_moving(seen)
            yield from _returns(
                of_session if moves or self.others else here, seen, self.apart if moves else _DAY
            )
            if _contradicts(of_session, seen, self.apart, changes):
                yield (seen,)
            elif (
                self.steady
                and _contradicts(of_session, seen, self.steady, changes)
                and _is_steady(past, of_session[0], seen, self.timespan)
            ):
                yield _beside(of_session, seen)


def _contradicts(
    uses: Sequence[Observation], seen: Observation, apart: timedelta, changes: Sequence[datetime]
) -> bool:
    """Say whether a use contradicts those of its session elsewhere."""
    moves, start = is_moving(seen), seen.time - min(apart, seen.time - _FIRST_DAY)
    # the first use of an hour stands for all of that hour
    start = start if moves else start.replace(minute=0, second=0, microsecond=0)
    return any(
        not _is_explained(one, seen, changes) and (not moves or _differ(one, seen))
        for one in _between(uses, start, seen.time + apart)
    )


def _beside(at_home: Sequence[Observation], seen: Observation) -> Sequence[Observation]:
    """Return a use with the nearest one of that day at home, so that people see both places."""
    of_day = [one for one in at_home if one.time.date() == seen.time.date()]
    nearest = sorted(of_day, key=lambda one: abs(one.time - seen.time))[:1]
    return *nearest, seen


def _is_explained(one: Observation, other: Observation, changes: Sequence[datetime]) -> bool:
    """Say whether a host went from one place to the other one, and need not return."""
    first, last = sorted((one, other))
    if bisect_left(changes, first.time) < bisect_right(changes, last.time):
        return True
    return not is_inside(use_of(first).place) and use_of(last).place.startswith(OWN_ENDPOINT)


def _is_steady(
    past: Uses, one: Observation, now: Observation, span: timedelta, *, alone: bool = False
) -> bool:
    """Say whether a host had the one place on days within a span before, and no other of its kind.

    `alone` asks that it had none of the kind of `now`, either.
    """
    home, today = use_of(one).known_as, now.time.date()
    days: defaultdict[str, set[date]] = defaultdict(set)
    for place, uses in past.items():
        before = {seen.time.date() for seen in uses if seen.time.date() < today}
        days[place] = {day for day in before if today - day <= span}
    kinds = {_kind_of(home), _kind_of(use_of(now).known_as if alone else home)}
    alike = (of for place, of in days.items() if _kind_of(place) in kinds)
    return len(days[home]) >= _STEADY and sum(map(bool, alike)) == 1


def _kind_of(place: str) -> tuple[bool, bool]:
    return is_inside(place), ":" in place


def _differ(one: Observation, other: Observation) -> bool:
    """Say whether two uses are by two programs, as far as they tell."""
    programs = {use_of(seen).program for seen in (one, other)}
    is_told = "" not in programs and not any(each.startswith(SYSTEM) for each in programs)
    return len(programs) > 1 and is_told


def _is_laptop(found: Sequence[Observation]) -> bool:
    """Say whether one device may have moved to a network and back, or has two gateways."""
    if len(found) == 1 or not all(map(is_moving, found)):
        return False
    *home, away = map(use_of, found)
    kinds = [(each.program.partition(" ")[0], each.program) for each in home if each.program]
    kind = away.program.partition(" ")[0]
    return all(away.program == program for other, program in kinds if other == kind)


def _returns(
    here: Sequence[Observation], seen: Observation, within: timedelta
) -> Iterator[Sequence[Observation]]:
    """Yield a use from elsewhere with those before and after it."""
    before = bisect_left(here, seen.time, key=_time) - 1
    after = bisect_right(here, seen.time, key=_time)
    if before >= 0 and after < len(here) and here[after].time - here[before].time <= within:
        yield here[before], here[after], seen


def _comparable(observations: Iterable[Observation]) -> Iterator[Uses]:
    """Yield uses that say something of each other: all from outside, and all of one service."""
    outside: defaultdict[str, list[Observation]] = defaultdict(list)
    services: defaultdict[str, defaultdict[str, list[Observation]]] = defaultdict(
        lambda: defaultdict(list)
    )
    for seen in observations:
        use = use_of(seen)
        services[use.service][use.known_as].append(seen)
        if not is_inside(use.place):
            outside[use.known_as].append(seen)
    yield outside
    yield from (uses for uses in services.values() if any(map(is_inside, uses)))


def _are_apart(here: str, there: str) -> bool:
    """Say whether one holder cannot be at two places: by one family of addresses, for networks."""
    if here == there:
        return False
    if OWN in {here, there}:
        return not (is_inside(here) or is_inside(there))
    if is_inside(here) and is_inside(there):
        # some records name an endpoint without its owner
        are_endpoints = here.startswith(ENDPOINT) and there.startswith(ENDPOINT)
        return are_endpoints and here.rpartition(" ")[2] != there.rpartition(" ")[2]
    if is_inside(here) or is_inside(there):
        return True
    return (":" in here) == (":" in there)


def _is_abroad(here: str, there: str) -> bool:
    """Say whether one is a network of IPv4, and the other one of IPv6 where AWS has no machines."""
    are_outside = not (is_inside(here) or is_inside(there) or OWN in {here, there})
    return are_outside and "." in here and ":" in there and not is_of_machines(there)


def _between(uses: Sequence[Observation], start: datetime, end: datetime) -> Sequence[Observation]:
    return uses[bisect_left(uses, start, key=_time) : bisect_right(uses, end, key=_time)]
