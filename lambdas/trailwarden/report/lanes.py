"""Draws acts over time: a lane for each identity, a mark for each act."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from trailwarden.detection.incidents.incident import Incident
from trailwarden.detection.incidents.members import Member
from trailwarden.notify.identities import name_of
from trailwarden.notify.printable import printable
from trailwarden.report.graph import short

WIDTH, LEFT, ROW, TOP = 1000, 200, 64, 34
_HEIGHTS = (0, -16, 16, -26, 26, -8, 8)
_CLOSE = 15
_MOST_TICKS = 9
_STEPS = [
    timedelta(seconds=n)
    for n in (60, 300, 600, 900, 1800, 3600, 7200, 14400, 43200, 86400, 604800, 2592000)
]
SHAPES: Mapping[str, str] = {
    "critical": "M0,-8L8,8L-8,8Z",
    "high": "M-6,-6H6V6H-6Z",
    "medium": "M0,-7L7,0L0,7L-7,0Z",
    "low": "M-5,0a5,5 0 1,0 10,0a5,5 0 1,0 -10,0",
    "informational": "M-3,0a3,3 0 1,0 6,0a3,3 0 1,0 -6,0",
}
"""A shape for each severity: colour alone tells not everybody."""


@dataclass(frozen=True)
class Mark:
    """An act."""

    x: int
    y: int
    severity: str
    words: str

    @property
    def shape(self) -> str:
        """The path of the mark, around its middle."""
        return SHAPES[self.severity]


@dataclass(frozen=True)
class Lanes:
    """The picture of an incident's time."""

    height: int
    ticks: Sequence[tuple[int, str]]
    rows: Sequence[tuple[int, str]]
    marks: Sequence[Mark]


def lanes(incident: Incident, members: Sequence[Member]) -> Lanes:
    """Return the picture of what some members of an incident did when."""
    rows = {m.actor: TOP + ROW * n + ROW // 2 for n, m in enumerate(members)}
    return Lanes(
        height=TOP + ROW * len(rows),
        ticks=list(_ticks(incident)),
        rows=[(y, short(name_of(actor))) for actor, y in rows.items()],
        marks=list(_marks(incident, rows)),
    )


def _at(incident: Incident, time: datetime) -> int:
    span = max(incident.end - incident.start, timedelta(minutes=1))
    return round(LEFT + 16 + (WIDTH - LEFT - 40) * ((time - incident.start) / span))


def _ticks(incident: Incident) -> Iterator[tuple[int, str]]:
    span = incident.end - incident.start
    step = next((s for s in _STEPS if span / s <= _MOST_TICKS), None)
    dated = incident.start.date() != incident.end.date()
    if step is None:
        return
    midnight = incident.start.replace(hour=0, minute=0, second=0, microsecond=0)
    time = midnight + ((incident.start - midnight) // step) * step
    while time <= incident.end:
        if time >= incident.start:
            yield _at(incident, time), f"{time:%m-%d %H:%M}" if dated else f"{time:%H:%M}"
        time += step


def _marks(incident: Incident, rows: Mapping[str, int]) -> Iterator[Mark]:
    taken: dict[str, list[int]] = {}
    for deed in incident.deeds:
        actor = deed.alert.first.actor
        if actor not in rows:
            continue
        x = _at(incident, deed.alert.first_seen)
        near = sum(abs(other - x) < _CLOSE for other in taken.setdefault(actor, []))
        taken[actor].append(x)
        y = rows[actor] + _HEIGHTS[near % len(_HEIGHTS)]
        severity = deed.severity.label
        words = f"{deed.alert.first_seen:%H:%M} {severity}: {printable(deed.alert.title)}"
        yield Mark(x, y, severity, words)
