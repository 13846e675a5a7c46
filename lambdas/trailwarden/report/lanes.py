"""Draws acts over time: a lane for each identity, a mark for each act."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from trailwarden.cloudtrail.event import UNKNOWN_TIME
from trailwarden.detection.incidents.incident import Incident
from trailwarden.detection.incidents.members import Member
from trailwarden.notify.identities import name_of
from trailwarden.notify.printable import printable
from trailwarden.report.lettering import short

WIDTH, LEFT, ROW, TOP = 1000, 200, 64, 34
_HEIGHTS = (0, -14, 14, -26, 26, -7, 7)
_CLOSE = 15
_MOST_TICKS, _MOST_NAME = 9, 22
_A_DAY = timedelta(days=1)
_STEPS = [
    *(timedelta(minutes=n) for n in (1, 5, 10, 15, 30, 60, 120, 240, 720)),
    *(timedelta(days=n) for n in (1, 2, 3, 7, 14, 30, 90, 365)),
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
    rows: Sequence[tuple[int, str, str]]
    """The height and name of each identity, and its account, where there are several."""
    marks: Sequence[Mark]


def lanes(incident: Incident, members: Sequence[Member]) -> Lanes:
    """Return the picture of what some members of an incident did when."""
    acted = {deed.alert.first.actor for deed in incident.deeds}
    those = [member for member in members if member.actor in acted]
    rows = {member.actor: TOP + ROW * n + ROW // 2 for n, member in enumerate(those)}
    several = len(incident.account_ids) > 1
    return Lanes(
        height=TOP + ROW * len(rows),
        ticks=list(_ticks(incident)),
        rows=[
            (
                rows[member.actor],
                short(name_of(member.actor), most=_MOST_NAME),
                printable(member.account_id) if several else "",
            )
            for member in those
        ],
        marks=list(_marks(incident, rows)),
    )


def _at(incident: Incident, time: datetime) -> int:
    span = max(incident.end - incident.start, timedelta(minutes=1))
    return round(LEFT + 16 + (WIDTH - LEFT - 40) * ((time - incident.start) / span))


def _ticks(incident: Incident) -> Iterator[tuple[int, str]]:
    if incident.start == UNKNOWN_TIME:
        return
    span = incident.end - incident.start
    step = next((s for s in _STEPS if span / s <= _MOST_TICKS), span / _MOST_TICKS)
    form = "%Y-%m-%d" if step >= _A_DAY else "%H:%M"
    if step < _A_DAY and incident.start.date() != incident.end.date():
        form = "%m-%d %H:%M"
    midnight = incident.start.replace(hour=0, minute=0, second=0, microsecond=0)
    time = midnight + ((incident.start - midnight) // step) * step
    while time <= incident.end:
        if time >= incident.start:
            yield _at(incident, time), f"{time:{form}}"
        time += step


def _marks(incident: Incident, rows: Mapping[str, int]) -> Iterator[Mark]:
    taken: dict[str, list[tuple[int, int]]] = {}
    dated = incident.start.date() != incident.end.date()
    for deed in incident.deeds:
        alert = deed.alert
        if alert.first.actor not in rows or alert.first_seen == UNKNOWN_TIME:
            continue
        x = _at(incident, alert.first_seen)
        others = taken.setdefault(alert.first.actor, [])
        beside = _free(x, others)
        others.append((x, beside))
        time = f"{alert.first_seen:%m-%d %H:%M}" if dated else f"{alert.first_seen:%H:%M}"
        words = f"{time} {deed.severity.label}: {printable(alert.title)}"
        yield Mark(x, rows[alert.first.actor] + beside, deed.severity.label, words)


def _free(x: int, others: Sequence[tuple[int, int]]) -> int:
    """Return how far above or below its line a mark has room; the next place where none has."""
    near = [beside for other, beside in others if abs(other - x) < _CLOSE]
    free = next((height for height in _HEIGHTS if height not in near), None)
    return _HEIGHTS[len(near) % len(_HEIGHTS)] if free is None else free
