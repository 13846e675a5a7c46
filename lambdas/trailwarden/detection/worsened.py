"""When a setting got worse than it was last known to be."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from math import inf
from typing import ClassVar

from trailwarden.detection.by_past import REFUSED, ByPast
from trailwarden.detection.match import Match
from trailwarden.detection.observation import Observation
from trailwarden.detection.severity import Severity


@dataclass(frozen=True, kw_only=True)
class Worsened(ByPast):
    """A setting that got worse than its last known state, of one thing.

    A label is a state: `retention in days: 7; deletion protection: off`. Each part ends in a
    number, or in one of `LEVELS`; less is worse. INFORMATIONAL only teaches a state. Without a
    known state, the rule tells of a setting of nothing. A label that is no state, or was refused,
    is told by itself. A refused request that only switches on is not told.
    """

    complete: bool = False
    """Whether a request says all parts, so that one that it leaves out is off."""

    rising: bool = False
    """Whether more is worse, as of the hours that a session lasts."""

    is_taught: ClassVar[bool] = True

    unknown: int = 2
    """The severity, LOW by default, where no earlier state is known; CRITICAL for no other."""

    unknown_title: str = ""
    """The act, where no earlier state is known."""

    changed: int = 0
    """The severity, where it is told, of a request that worsens nothing and sets something else."""

    changed_title: str = ""
    """The act, where nothing got worse."""

    def acts(self, observations: Sequence[Observation]) -> Iterator[Observation]:
        """Yield the states that are worse than the known states before them."""
        known: dict[str, tuple[float, datetime]] = {}
        last: dict[str, str] = {}
        for seen in observations:
            state, said = self._levels(seen.label), _said(seen.label) if self.changed else {}
            if seen.label.startswith(REFUSED) or not (state or said):
                is_told = seen.severity != _ONLY_TEACHES and not _only_switches_on(seen.label)
                yield from (seen,) if is_told else ()
                continue
            before = {
                part: level
                for part, (level, since) in known.items()
                if seen.time - since <= self.timespan
            }
            told = self._told(seen, state, before) or self._change(seen, said, last)
            last |= said
            known = {} if self.complete else known
            known = known | {part: (level, seen.time) for part, level in state.items()}
            if told and seen.severity != _ONLY_TEACHES:
                yield told

    def failed(self, match: Match) -> Match:
        """Return the match of a request that left the state as it is."""
        return match._replace(label=refused_state(match.label))

    def parts_of(self, seen: Observation) -> set[str]:
        """Return the parts whose state an observation says; none where it says no state."""
        if seen.label.startswith(REFUSED):
            return set()
        return {*self._levels(seen.label), *(_said(seen.label) if self.changed else ())}

    def _change(
        self, seen: Observation, said: Mapping[str, str], last: Mapping[str, str]
    ) -> Observation | None:
        """Return a request that sets something else than the last ones, if that is told."""
        if all(last.get(part) in _same_as(value) for part, value in said.items()):
            return None
        least = min(seen.severity or self.changed, self.changed)
        return seen._replace(severity=least, title=self.changed_title or seen.title)

    def _levels(self, label: str) -> dict[str, float]:
        sign = -1 if self.rising else 1
        return {part: sign * level for part, level in levels(label).items()}

    def _told(
        self, seen: Observation, state: Mapping[str, float], known: Mapping[str, float]
    ) -> Observation | None:
        after = {**dict.fromkeys(known, 0.0), **state} if self.complete else state
        if any(level < known[part] for part, level in after.items() if part in known):
            return seen
        said = _said(seen.label)
        off = {said.get(part) for part, level in state.items() if part not in known and level <= 0}
        if self.rising or not off - {LEFT_OFF}:
            return None
        most = Severity.LOW if off <= {LEFT_OFF, BESIDE} else self.unknown
        least = min(seen.severity or most, most)
        severity = least if most < Severity.CRITICAL else seen.severity
        return seen._replace(severity=severity, title=self.unknown_title or seen.title)


def refused_state(label: str | Sequence[str]) -> str:
    """Return the label of a request that was refused, and so left things as they are."""
    return REFUSED + (label if isinstance(label, str) else "; ".join(label))


def _only_switches_on(label: str) -> bool:
    """Say whether a request that was refused would have made nothing worse."""
    said = _said(label.removeprefix(REFUSED))
    return label.startswith(REFUSED) and bool(said) and {*said.values()} == {"on"}


def _said(label: str) -> dict[str, str]:
    """Return what a label says of each part, also where that is no level."""
    pairs = (part.partition(": ") for part in label.split("; "))
    return {name: said for name, _, said in pairs if said}


def _same_as(value: str) -> frozenset[str]:
    """Return the texts that say the same of a part."""
    return _WAYS_OFF if value in _WAYS_OFF else frozenset({value})


LEFT_OFF = "left off"
"""Off, said by a form that sends all settings: it is told only where the part was on."""

BESIDE = "off beside other changes"
"""Off, said with other changes where few send all settings: LOW where no state is known."""

_WAYS_OFF = frozenset({"off", LEFT_OFF, BESIDE})

LEVELS: Mapping[str, float] = {
    "off": 0,
    LEFT_OFF: 0,
    BESIDE: 0,
    "on": 1,
    "forever": inf,
    "none": 0,
    "low": 1,
    "medium": 2,
    "high": 3,
}
"""What words in a state are worth."""

_ONLY_TEACHES = 1


def levels(label: str) -> dict[str, float]:
    """Return how much each part of a state is worth.

    >>> levels("retention in days: 7; deletion protection: off")
    {'retention in days': 7.0, 'deletion protection': 0}
    """
    pairs = (part.rpartition(": ") for part in label.split("; "))
    return {name: level for name, _, said in pairs if (level := _level(said)) is not None}


def _level(said: str) -> float | None:
    try:
        return LEVELS[said] if said in LEVELS else float(said)
    except ValueError:
        return None


def short(name: str) -> str:
    """Return a name for a part that is short and still another one than those of other names.

    A label is cut where it is too long, and no part behind the cut would be compared.

    >>> short("monthly"), len(short("a rule of a plan with a long name"))
    ('monthly', 24)
    """
    if len(name) <= _SHORT:
        return name
    return f"{name[: _SHORT - 5]}~{sha256(name.encode()).hexdigest()[:4]}"


_SHORT = 24


def state(**parts: object) -> str:
    """Return the label of a state, without parts that are None; underscores stand for blanks.

    >>> state(deletion_protection=False, retention_in_days=7, logs=None)
    'deletion protection: off; retention in days: 7'
    """
    said = {True: "on", False: "off"}
    told = {name.replace("_", " "): part for name, part in parts.items() if part is not None}
    return "; ".join(
        f"{name}: {said[part] if isinstance(part, bool) else part}" for name, part in told.items()
    )
