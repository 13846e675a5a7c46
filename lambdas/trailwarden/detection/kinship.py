"""Adds up the acts of one hand that changes its user, role or key between them.

For an hour a session descends from the credential that opened it. So does a key, user or machine
from the caller that made it or took it over. Acts add up where one of few actors is above all
others, or where all are one person. A hub that only opens sessions for others adds nothing up.

More records never make less add up, so their order does not matter.
"""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence, Set
from datetime import datetime, timedelta
from functools import lru_cache
from itertools import combinations, groupby, islice
from operator import attrgetter, itemgetter
from sys import intern
from typing import NamedTuple

from trailwarden.cloudtrail.event import UNKNOWN_TIME
from trailwarden.cloudtrail.handles import account_of
from trailwarden.cloudtrail.lineage import Trace
from trailwarden.detection.correlation import Correlation
from trailwarden.detection.incidents.ancestry import HIGHEST
from trailwarden.detection.incidents.bearing import trace_of
from trailwarden.detection.incidents.linking import SKEW
from trailwarden.detection.observation import Observation, in_order

LASTS = timedelta(hours=1)
"""How long acts descend from an opening or a gift: most sessions end by then, and all of chains."""

MOST_ACTORS = 3
"""The acts of how many actors add up: an intruder sheds a few skins, and a hub serves many."""

MOST_COMPARED = 8
"""How many actors below one credential are compared: those that did most different things."""

MOST_OF_ACTOR = 500
"""How many acts of one actor are compared: the first ones."""

MOST_ABOVE = 16
"""How many hands are climbed to at one step: the latest that opened or gave it."""

_FOLLOWED = ("C:", "G:", "I:", "K:", "P:", "S:", "W:")
"""The handles behind which one hand is; a role or a chosen name may be anybody's."""

Select = Callable[[Sequence[Observation]], Sequence[Observation]]
"""Return those observations that add up."""


class Descent(NamedTuple):
    """A handle that another one opened or handed over. Sorts by the handles."""

    child: str
    parent: str
    since: datetime
    account_id: str
    """The account in which the parent acts."""
    child_account_id: str
    """The account in which the child acts, as far as the record tells."""


DescentsOf = Callable[[str], Sequence[Descent]]
"""Return the descents of a handle, as `needed` does: how others opened it, or handed it over."""


def by_child(descents: Iterable[Descent]) -> DescentsOf:
    """Return what finds the descents of a handle among these, which are all held."""
    distinct = groupby(sorted(set(descents)), key=attrgetter("child"))
    of_child = {child: needed(some) for child, some in distinct}
    return lambda child: of_child.get(child, ())


def needed(descents: Iterable[Descent]) -> Sequence[Descent]:
    """Return those descents of one handle that decide, the oldest first.

    `descents` are sorted. Of many times by one parent, the first and last of each hour cover as
    much.
    """
    kept: list[Descent] = []
    for one in descents:
        before = kept[-2] if len(kept) > 1 else None
        if before and before.parent == one.parent and one.since - SKEW <= before.since + LASTS:
            kept[-1] = one
        else:
            kept.append(one)
    return sorted(kept, key=_when)


def _when(descent: Descent) -> tuple[datetime, str]:
    return descent.since, descent.parent


class Kinship:
    """Who descends from whom, as far as records tell."""

    def __init__(self, descents_of: DescentsOf) -> None:
        self._descents_of = descents_of

    def line(self, seen: Observation) -> set[str]:
        """Return the handles of who acted, and of all above; none for automation."""
        level = found = {*own_handles(seen)}
        for _ in range(HIGHEST):
            level = self._above(level, seen.time, found)
            if not level:
                break
            found = found | level
        return found

    def _above(self, level: Set[str], time: datetime, found: Set[str]) -> set[str]:
        """Return the parents of some handles at that time, without those that are found."""
        held = [
            descent
            for handle in level
            for descent in _holding(self._descents_of(handle), time)
            if descent.parent not in found
        ]
        latest = sorted(held, key=_when, reverse=True) if len(held) > MOST_ABOVE else held
        return {*islice(dict.fromkeys(descent.parent for descent in latest), MOST_ABOVE)}

    def families(self, seen: Iterable[Observation]) -> Iterator["Family"]:
        """Yield each hand that acted, with those below it, where there are several."""
        below: defaultdict[str, list[Observation]] = defaultdict(list)
        for one in seen:
            for handle in self.line(one):
                below[handle].append(one)
        families = (family for handle, some in below.items() if (family := family_of(handle, some)))
        yield from {family.acts: family for family in families}.values()


def _holding(descents: Sequence[Descent], time: datetime) -> Sequence[Descent]:
    """Return those by which an act of that time descends from the parent."""
    if not descents:
        return descents
    start = bisect_left(descents, time - LASTS, key=attrgetter("since"))
    return descents[start : bisect_right(descents, time + SKEW, start, key=attrgetter("since"))]


class Family(NamedTuple):
    """The observations of one hand, and of all that descend from it."""

    own: Set[str]
    """The origins of those of the hand itself."""
    seen: Sequence[Observation]
    """All of them, oldest first."""

    @property
    def acts(self) -> tuple[Set[str], Sequence[str]]:
        """What tells it from other families: another handle of one hand has the same."""
        return self.own, tuple(one.origin for one in self.seen)


def family_of(handle: str, seen: Iterable[Observation]) -> Family | None:
    """Return a handle's family: `seen` has all acts below it; None where one hand did them all."""
    ordered = in_order(seen)
    own = frozenset(one.origin for one in ordered if handle in own_handles(one))
    return Family(own, ordered) if own and len({*map(_hand, ordered)}) > 1 else None


def may_have_kin(lineage: str, account_id: str, actor: str, linked: Container[str]) -> bool:
    """Say whether an observation with this lineage may add up with those of another actor.

    `linked` has the handles that descend from others, or that others descend from. People whom AWS
    knows are behind several actors anyway.
    """
    return any(h in linked or _is_person(h) for h in _own_handles(lineage, account_id, actor))


def own_handles(seen: Observation) -> Sequence[str]:
    """Return the handles of the one hand that acted; none for automation, which serves many.

    Nor are there any of an act in another account than the actor's: the actor's own account has a
    copy of it.
    """
    return _own_handles(seen.lineage, seen.account_id, seen.actor)


@lru_cache(1 << 12)
def _own_handles(lineage: str, account_id: str, actor: str) -> Sequence[str]:
    if account_of(actor) not in ("", account_id):
        return ()
    trace = trace_of(Observation(UNKNOWN_TIME, "", account_id=account_id, lineage=lineage))
    return tuple(_handles(trace)) if trace else ()


def _handles(trace: Trace) -> Iterator[str]:
    """Yield the handle of the user, person or machine, where there is one; else the session."""
    if trace.automation:
        return
    lasting = [handle for handle in trace.lasting if handle.startswith(_FOLLOWED)]
    if trace.credential and (not lasting or lasting[0].endswith(":root")):
        yield trace.credential
    yield from (_here(handle, trace.account_id) for handle in lasting)


def descents(trace: Trace) -> Iterator[Descent]:
    """Yield the handles that a request opened or gave, each with those of who asked for it."""
    if trace.automation:
        return
    here, time = trace.account_id, trace.time
    if opening := trace.opening:
        there = opening.session_arn.split(":")[4] if opening.session_arn.count(":") > 4 else here  # noqa: PLR2004 - an ARN's parts
        for parent in opening.parents:
            if parent.startswith(_FOLLOWED):
                above = intern(_here(parent, here))
                yield Descent(opening.child, above, time, intern(here), intern(there or here))
    for handle in trace.gives:
        for giver in _handles(trace):
            if handle.startswith(_FOLLOWED):
                yield Descent(_here(handle, here), intern(giver), time, intern(here), intern(here))


def _here(handle: str, account_id: str) -> str:
    """Return the handle of a person as it is in one account; any other one as it is."""
    return f"{handle} in {account_id}" if _is_person(handle) else handle


def _is_person(handle: str) -> bool:
    return handle.startswith("I:")


def adding_up(
    correlation: Correlation,
    seen: Iterable[Observation],
    kinship: Kinship,
    select: Select | None = None,
) -> Sequence[Observation]:
    """Return the observations that add up over several hands of one family, oldest first."""
    ordered = [one for some in _by_group(seen) for one in correlation.shared(some)]
    families = kinship.families(ordered)
    return sorted({one for family in families for one in chosen_of(family, correlation, select)})


def chosen_of(
    family: Family, correlation: Correlation, select: Select | None = None
) -> set[Observation]:
    """Return the acts of one family that add up."""
    pace = correlation.of_family()
    chooses = select or pace.select
    return {
        one
        for run in _runs(family, pace.timespan)
        for some in _of_few_actors(pace, run)
        for one in _near_own(chooses(some), family.own, pace.timespan)
    }


def _runs(family: Family, timespan: timedelta) -> Iterator[Family]:
    """Yield the acts of a family, parted where it rested for longer than a timespan."""
    run: list[Observation] = []
    for one in family.seen:
        if run and one.time - run[-1].time > timespan:
            yield family._replace(seen=run)
            run = []
        run.append(one)
    yield family._replace(seen=run)


def _by_group(seen: Iterable[Observation]) -> Iterator[Sequence[Observation]]:
    groups: defaultdict[str, list[Observation]] = defaultdict(list)
    for one in seen:
        groups[one.group].append(one)
    yield from map(in_order, groups.values())


def _of_few_actors(correlation: Correlation, family: Family) -> Iterator[Sequence[Observation]]:
    """Yield the observations of each few actors, the one at the top among them, that may add up."""
    tops = {one.group for one in family.seen if one.origin in family.own}
    acts = {some[0].group: _first_of_each(some) for some in _by_group(family.seen)}
    compared = _most_different(acts, tops)
    for few in combinations(compared, min(MOST_ACTORS, len(compared))):
        if tops.isdisjoint(few):
            continue
        some = sorted(one for group in few for one in acts[group])
        if correlation.may_hold([one.label for one in some]):
            yield some


def _first_of_each(some: Sequence[Observation]) -> Sequence[Observation]:
    """Return as many acts as are compared: the first of each label before any second one."""
    rounds: defaultdict[str, int] = defaultdict(int)
    ranked = []
    for place, one in enumerate(some):
        ranked.append((rounds[one.label], place))
        rounds[one.label] += 1
    return [some[place] for _, place in sorted(sorted(ranked)[:MOST_OF_ACTOR], key=itemgetter(1))]


def _most_different(acts: Mapping[str, Sequence[Observation]], tops: Set[str]) -> Sequence[str]:
    """Return the actors to compare: those at the top, then who adds most that none before did.

    So actors who do the same crowd out no other.
    """
    labels = {group: {one.label for one in some} for group, some in acts.items()}
    chosen: list[str] = []
    known: set[str] = set()
    left = set(acts)
    while left and len(chosen) < MOST_COMPARED:
        best = min(left, key=lambda g: (g not in tops, -len(labels[g] - known), -len(acts[g]), g))
        chosen.append(best)
        known |= labels[best]
        left.remove(best)
    return chosen


def _near_own(
    chosen: Sequence[Observation], own: Set[str], timespan: timedelta
) -> Iterator[Observation]:
    """Yield those that have an act of the hand at the top beside them, which adds up, too."""
    times = [one.time for one in chosen if one.origin in own]
    yield from (one for one in chosen if any(abs(one.time - t) <= timespan for t in times))


def _hand(seen: Observation) -> tuple[str, str]:
    return seen.group, seen.session
