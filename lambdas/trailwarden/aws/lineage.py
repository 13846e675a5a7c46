"""Finds what actors of one lineage did, for rules that follow it.

Pages of the journal hold notes beside the observations: which handle showed something in which
group, and which handle descends from which. They are written and read with the observations, so
they take hardly a call more. All is written before it is read: of two that work at once, one sees
both. `detection.kinship` decides, as in a scan of the same events.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

from trailwarden.aws.journal import PAGE
from trailwarden.aws.slots import EPOCH, Packed, Slot, begun, slot_of_journal
from trailwarden.contract.table import digest
from trailwarden.detection.grouping import actor_key
from trailwarden.detection.history import Group
from trailwarden.detection.kinship import (
    LASTS,
    Descent,
    Kinship,
    adding_up,
    by_child,
    own_handles,
)
from trailwarden.detection.observation import Observation
from trailwarden.detection.thinning import Kept, Thinned

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from trailwarden.aws.counting import Counting
    from trailwarden.detection.correlation import Correlation

MOST_ROUNDS = 4
"""How often pages of further accounts are read: each is of a step to another account."""

MOST_PAGES = 24
"""How many pages are read for one batch, besides those that were read to count."""

MOST_PLACES = 60
"""Of how many groups and pages the observations are read for one batch."""

SEEN, DESCENDS = "seen", "descends"
_KEY = digest("lineage")


class _Place(NamedTuple):
    """A group that showed something, and in which page of time."""

    time: datetime
    group: str


class Notes:
    """What a batch tells of handles; written with its observations."""

    is_of_journal, rule_id = True, ""

    def __init__(
        self, counting: Counting, groups: Iterable[Group], descents: Iterable[Descent]
    ) -> None:
        """Take the observations of rules that follow lineage, and the descents."""
        self._counting = counting
        self._notes: dict[tuple[Slot, str], Packed] = {}
        for handle, seen in _handles_of(groups):
            self._add(seen.account_id, Packed(SEEN, _seen(handle, seen), 0))
        for one in descents:
            for account_id in {one.account_id, one.child_account_id}:
                self._add(account_id, Packed(DESCENDS, _descends(one), 0))
        self.new: list[Observation] = []
        self.is_written = self.is_left_out = False

    def _add(self, account_id: str, note: Packed) -> None:
        self._notes.setdefault((_slot(account_id, note.seen.time), _name(note)), note)

    def has_more(self) -> bool:
        """Say whether something has to be written, as far as is known."""
        return any(self._fresh())

    def wanted(self) -> Iterator[tuple[Slot, Packed]]:
        """Yield what has to be written, and where."""
        for one in self._fresh():
            self.is_written = True
            yield one

    def begun(self) -> Iterable[Slot]:
        """Return the slots that may hold something."""
        return {slot for slot, _ in self._notes}

    def _fresh(self) -> Iterator[tuple[Slot, Packed]]:
        known = {slot: {*map(_name, self._counting.known([slot]))} for slot in self.begun()}
        for (slot, name), note in self._notes.items():
            if name not in known[slot]:
                yield slot, note


class Lineage:
    """What the pages tell of actors of one lineage."""

    def __init__(self, counting: Counting, days: Callable[[str], Iterable[Observation]]) -> None:
        """Take what counts; `days` returns the first observations of each day, by their key."""
        self._counting, self._days = counting, days

    def add_up(
        self,
        counting: Mapping[str, Correlation],
        new: Sequence[Group],
        descents: Sequence[Descent],
    ) -> Iterator[tuple[str, Sequence[Observation]]]:
        """Yield what adds up over several actors with the new observations, or by descents."""
        if not new and not descents:
            return
        around = _Around(self._counting, max(each.timespan for each in counting.values()))
        around.look(new, descents)
        fresh = _by_rule(new)
        groups = _by_group(sorted(around.shared_places())[-MOST_PLACES:])
        wanted = [rule_id for rule_id in (counting if descents else fresh) if groups]
        kinship = Kinship(by_child(around.descents))
        asked = [
            _asked(rule_id, counting[rule_id].of_family(), *each)
            for rule_id in wanted
            for each in groups.items()
            if not counting[rule_id].daily
        ]
        for count, kept in self._counting.remembered(asked) if asked else ():
            seen = fresh.get(count.rule_id, ())
            found = _adding_up(count.pace, [*kept, *map(Kept, seen)], kinship)
            yield count.rule_id, found if descents else _near(found, seen, count.pace.timespan)
        for rule_id in wanted:
            if counting[rule_id].daily:
                known = [one for group in groups for one in self._days(f"{rule_id}/{group}")]
                yield rule_id, adding_up(counting[rule_id], known, kinship)


class _Around:
    """All notes around new observations and descents."""

    def __init__(self, counting: Counting, span: timedelta) -> None:
        self._counting, self._span = counting, span
        self.descents: set[Descent] = set()
        self._places: defaultdict[str, set[_Place]] = defaultdict(set)
        self._near: defaultdict[str, set[str]] = defaultdict(set)
        self._slots: set[Slot] = set()

    def look(self, new: Iterable[Group], descents: Iterable[Descent]) -> None:
        """Read the notes of all pages that matter, also of accounts to which a descent leads."""
        waiting = set[Slot]()
        for handle, seen in _handles_of(new):
            self._near[handle].add(handle)
            start, end = seen.time - self._span - LASTS, seen.time + self._span
            waiting |= _slots(seen.account_id, start, end)
        for one in descents:
            waiting |= _slots_of(one, self._span)
        for _ in range(MOST_ROUNDS):
            fresh = sorted(waiting - self._slots)[: MOST_PAGES - len(self._slots)]
            if not fresh:
                return
            self._slots.update(fresh)
            self._counting.read_pages(fresh)
            waiting = {slot for each in fresh for slot in self._learn(each)}

    def _learn(self, slot: Slot) -> Iterator[Slot]:
        """Learn the notes of a page; yield the pages to which these lead."""
        for kind, seen, _ in map(_parts, self._counting.known([slot])):
            if kind == SEEN:
                time = EPOCH + slot.number * PAGE
                self._near[seen.label].add(seen.label)
                self._places[seen.label].add(_Place(time, seen.group))
                continue
            one = _descent(seen)
            self.descents.add(one)
            self._near[one.child].add(one.parent)
            self._near[one.parent].add(one.child)
            if one.account_id != one.child_account_id:
                yield from _slots_of(one, self._span)

    def shared_places(self) -> Iterator[_Place]:
        """Yield the places of actors that descend from others, or are above them."""
        left = set(self._near)
        while left:
            related = self._related(min(left))
            left -= related
            places = [self._places[handle] for handle in related if self._places[handle]]
            found = {place for some in places for place in some}
            if len({place.group for place in found}) > 1 or len(places) > 1:
                yield from found

    def _related(self, handle: str) -> set[str]:
        found, waiting = {handle}, [handle]
        while waiting:
            more = self._near[waiting.pop()] - found
            found |= more
            waiting += more
        return found


def _slot(account_id: str, time: datetime) -> Slot:
    return slot_of_journal(_KEY, actor_key(account_id, ""), time)


def _slots(account_id: str, start: datetime, end: datetime) -> set[Slot]:
    """Return the slots of an account within a time, as far as it is no time to come."""
    first, last = _slot(account_id, start), _slot(account_id, end)
    some = {first._replace(number=n) for n in range(first.number, last.number + 1)}
    return {*begun(some, [Observation(start, "")])}


def _slots_of(one: Descent, span: timedelta) -> set[Slot]:
    start, end = one.since - span - LASTS, one.since + LASTS + span
    both = (one.account_id, one.child_account_id)
    return {slot for account_id in both for slot in _slots(account_id, start, end)}


def _handles_of(groups: Iterable[Group]) -> Iterator[tuple[str, Observation]]:
    for group in groups:
        for seen in group.new:
            yield from ((handle, seen) for handle in own_handles(seen))


def _seen(handle: str, seen: Observation) -> Observation:
    return Observation(seen.time, "", handle, seen.group)


def _descends(one: Descent) -> Observation:
    """Return a descent in the form in which pages hold observations."""
    told = Observation(one.since, "", one.child, one.parent)
    return told._replace(account_id=one.account_id, region=one.child_account_id)


def _descent(seen: Observation) -> Descent:
    return Descent(seen.label, seen.group, seen.time.astimezone(UTC), seen.account_id, seen.region)


def _name(note: Packed) -> str:
    """Return what tells notes of one page apart; of a handle and group, one is enough."""
    time = note.seen.time.isoformat() if note.rule_id == DESCENDS else ""
    return "\n".join((note.rule_id, note.seen.label, note.seen.group, time))


def _parts(note: Packed) -> tuple[str, Observation, float]:
    return note.rule_id, note.seen, note.reach


def _by_rule(new: Iterable[Group]) -> Mapping[str, list[Observation]]:
    found: defaultdict[str, list[Observation]] = defaultdict(list)
    for group in new:
        found[group.rule_id] += group.new
    return found


def _by_group(places: Iterable[_Place]) -> Mapping[str, list[datetime]]:
    found: defaultdict[str, list[datetime]] = defaultdict(list)
    for time, group in places:
        found[group].append(time)
    return found


def _asked(rule_id: str, pace: Correlation, group: str, times: list[datetime]) -> Group:
    """Return what to read of a group: all around the pages in which it showed something."""
    ends = (time for start in times for time in (start, start + PAGE - timedelta(seconds=1)))
    return Group(rule_id, group, pace, [Observation(t, t.isoformat()) for t in ends])


def _adding_up(pace: Correlation, kept: Iterable[Kept], kinship: Kinship) -> Sequence[Observation]:
    ordered = sorted(kept, key=lambda one: one.reach)
    reaches = {(one.seen.origin, one.seen.group): one for one in ordered}

    def select(some: Sequence[Observation]) -> Sequence[Observation]:
        return Thinned(pace, [reaches[seen.origin, seen.group] for seen in some]).select(())

    return adding_up(pace, (one.seen for one in reaches.values()), kinship, select)


def _near(
    found: Iterable[Observation], new: Sequence[Observation], timespan: timedelta
) -> list[Observation]:
    """Return those within a timespan of new observations: the others were found before."""
    return [seen for seen in found if any(abs(seen.time - one.time) <= timespan for one in new)]
