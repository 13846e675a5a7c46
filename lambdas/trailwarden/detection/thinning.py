"""Thins a group's observations for a store: few enough to stay small, enough to decide.

A timespan is divided into eighths. Of one hand and thing, an eighth keeps only so many: until they
add up by themselves, or repeat a label often enough. Then they stand for all of the eighth, to both
its ends. An observation may also reach: it stands for others of its label that come soon before or
after.

So no sum is missed: a timespan that holds an observation holds an end of one that stands for it.
The price is this. Where an eighth is full, or an observation reaches, observations a little farther
apart than the timespan add up, too.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from trailwarden.detection.correlation import Correlation
from trailwarden.detection.hands import shared_place
from trailwarden.detection.incidents.bearing import credential_of
from trailwarden.detection.observation import Observation, in_order

EIGHTHS = 8

MOST = 4_000
"""How many observations of an eighth are kept, of any kind."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Kept(NamedTuple):
    """An observation that is kept, and for how many seconds around it it stands."""

    seen: Observation
    reach: float = 0


class _Kind(NamedTuple):
    """What tells an observation from those that repeat it."""

    counted: str
    action: str
    region: str
    source_ip_address: str
    severity: int
    hunting: bool


class _Eighth:
    """The kept observations of one eighth of a timespan, of one hand and thing."""

    __slots__ = ("_correlation", "_kinds", "adds_up", "of_origin")  # there may be one for each hand

    def __init__(self, correlation: Correlation) -> None:
        self._correlation = correlation
        self.of_origin: dict[str, Kept] = {}
        self._kinds: dict[_Kind, int] = {}
        self.adds_up = False

    @property
    def kept(self) -> Iterable[Kept]:
        """The kept observations, in the order in which they came."""
        return self.of_origin.values()

    def add(self, one: Kept) -> None:
        """Keep one more."""
        if one.seen.origin in self.of_origin:
            return
        self.of_origin[one.seen.origin] = one
        kind = self._kind(one.seen)
        self._kinds[kind] = self._kinds.get(kind, 0) + 1
        if not self.adds_up:
            seen = in_order(each.seen for each in self.kept)
            self.adds_up = len(seen) >= MOST or bool(self._correlation.select(seen))

    def needs(self, seen: Observation) -> bool:
        """Say whether `seen` is neither kept, nor do kept ones stand for it."""
        return seen.origin not in self.of_origin and not self.is_full(seen)

    def is_full(self, seen: Observation) -> bool:
        """Say whether the kept observations stand for `seen`."""
        return self.adds_up or self._kinds.get(self._kind(seen), 0) >= self._correlation.repeats

    def reaches(self, seen: Observation, reach: float) -> bool:
        """Say whether one that is kept stands for `seen`, which reaches as far itself."""
        counted = self._counted(seen)
        return any(
            one.reach
            and self._counted(one.seen) == counted
            and abs((seen.time - one.seen.time).total_seconds()) <= min(one.reach, reach)
            for one in self.kept
        )

    def _counted(self, seen: Observation) -> tuple[str, str, str, int, bool]:
        """Return what decides how an observation counts, and how bad it is."""
        counted, place = self._correlation.counted(seen), shared_place(seen)
        return counted, seen.action, place, seen.severity, seen.hunting

    def _kind(self, seen: Observation) -> _Kind:
        return _Kind(
            self._correlation.counted(seen),
            seen.action,
            seen.region,
            seen.source_ip_address,
            seen.severity,
            seen.hunting,
        )


_Hand = tuple[str, str, str, str]


class Thinned:
    """The kept observations of one rule and group."""

    def __init__(self, correlation: Correlation, kept: Iterable[Kept] = ()) -> None:
        self._correlation = correlation
        self._length = max(correlation.timespan / EIGHTHS, timedelta(seconds=1))
        self._eighths: defaultdict[int, dict[_Hand, _Eighth]] = defaultdict(dict)
        self._labels: defaultdict[int, set[str]] = defaultdict(set)
        for one in kept:
            self._keep(self._eighth(one.seen), one)

    def add(self, seen: Observation, *, reach: float = 0) -> bool:
        """Keep an observation, unless kept ones stand for it; say whether it was kept."""
        eighth = self._eighth(seen)
        if not eighth.needs(seen):
            return False
        self._keep(eighth, Kept(seen, reach))
        return True

    def needs(self, seen: Observation) -> bool:
        """Say whether `add` would keep an observation."""
        known = self._eighths.get(self._number(seen), {}).get(self._hand(seen))
        return known is None or known.needs(seen)

    def stands_for(self, seen: Observation, reach: float) -> bool:
        """Say whether one of the same kind reaches `seen`, which reaches as far itself."""
        number, hand = self._number(seen), self._hand(seen)
        near = range(number - EIGHTHS, number + EIGHTHS + 1)
        return any(
            self._eighths[n][hand].reaches(seen, reach)
            for n in near
            if n in self._eighths and hand in self._eighths[n]
        )

    @property
    def kept(self) -> list[Kept]:
        """The kept observations, oldest first."""
        return sorted(one for _, eighth in self._all() for one in eighth.kept)

    def labels_near(self, time: datetime, most: int) -> set[str]:
        """Return labels that are kept from one timespan before `time` to one after it.

        It looks for no more than `most` of them.
        """
        number = (time - _EPOCH) // self._length
        near = range(number - EIGHTHS - 1, number + EIGHTHS + 2)
        labels = (label for n in near if n in self._labels for label in self._labels[n])
        found: set[str] = set()
        for label in labels:
            found.add(label)
            if len(found) >= most:
                break
        return found

    def select(self, new: Iterable[Observation]) -> list[Observation]:
        """Return those that add up, of the kept ones and of `new`."""
        seen = in_order([*new, *(one.seen for one in self.kept)])
        copies = dict(self._copies())
        stand_ins = [
            original._replace(origin=name, time=time) for name, (original, time) in copies.items()
        ]
        chosen = {
            copies[one.origin][0].origin if one.origin in copies else one.origin
            for one in self._correlation.select(sorted([*seen, *stand_ins]))
        }
        return [one for one in seen if one.origin in chosen]

    def _keep(self, eighth: _Eighth, one: Kept) -> None:
        eighth.add(one)
        self._labels[self._number(one.seen)].add(self._correlation.counted(one.seen))

    def _eighth(self, seen: Observation) -> _Eighth:
        hands, hand = self._eighths[self._number(seen)], self._hand(seen)
        if hand not in hands:
            hands[hand] = _Eighth(self._correlation)
        return hands[hand]

    def _all(self) -> Iterator[tuple[int, _Eighth]]:
        for number, hands in self._eighths.items():
            yield from ((number, eighth) for eighth in hands.values())

    def _hand(self, seen: Observation) -> _Hand:
        """Return the key to keep it apart by: hands count apart, and things are told apart."""
        credential = credential_of(seen) if self._correlation.follows_lineage else ""
        return seen.actor, seen.session, seen.subject, credential

    def _number(self, seen: Observation) -> int:
        return (seen.time - _EPOCH) // self._length

    def _copies(self) -> Iterator[tuple[str, tuple[Observation, datetime]]]:
        """Yield names of stand-ins, with the original and the time it reaches."""
        for number, eighth in self._all():
            start = _moved(_EPOCH, number * self._length)
            for seen, reach in eighth.kept:
                shift = timedelta(seconds=reach)
                if reach:
                    yield f"{seen.origin}\x1f-", (seen, _moved(seen.time, -shift))
                    yield f"{seen.origin}\x1f+", (seen, _moved(seen.time, shift))
                if eighth.is_full(seen):
                    yield f"{seen.origin}\x1f<", (seen, start)
                    yield f"{seen.origin}\x1f>", (seen, _moved(start, self._length))


def _moved(time: datetime, shift: timedelta) -> datetime:
    """Return another time; the ends of time do not overflow."""
    try:
        return time + shift
    except OverflowError:
        end = (
            "9999-12-31T23:59:59.999999+00:00" if shift > timedelta() else "0001-01-01T00:00+00:00"
        )
        return datetime.fromisoformat(end)


def thinned(correlation: Correlation, observations: Sequence[Observation]) -> list[Observation]:
    """Return those of `observations` that decide as all of them do."""
    kept = Thinned(correlation)
    for seen in in_order(observations):
        kept.add(seen)
    return [one.seen for one in kept.kept]
