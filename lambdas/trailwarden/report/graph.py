"""Draws who turned into whom: boxes in rows of three, and arrows between them.

A longer chain turns at the end of a row and goes back below it. So it needs no more width.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from trailwarden.detection.incidents.incident import Incident
from trailwarden.detection.incidents.members import Member
from trailwarden.detection.incidents.turning import Turn
from trailwarden.detection.severity import Severity
from trailwarden.notify import times
from trailwarden.notify.counting import counted
from trailwarden.notify.identities import how, name_of
from trailwarden.notify.printable import printable
from trailwarden.report.lettering import brief, short

WIDTH, HEIGHT, GAP = 210, 62, 46
ACROSS = 330
COLUMNS = 3
"""How many boxes stand in a row: as many as a sheet of paper has room for."""
MARGIN, SIDE = 14, 110
"""The room around all boxes, and that beside a row where a chain turns."""
LINE, LABEL = 13, 28
"""The height of a line, and of the two lines of an arrow."""
MOST_NAME, MOST_KEY = 22, 26


@dataclass(frozen=True)
class Box:
    """An identity."""

    x: int
    y: int
    severity: str
    height: int
    name: str
    lines: Sequence[str]
    """The account, where there are several, the key and the times."""


@dataclass(frozen=True)
class Arrow:
    """How one identity became another."""

    path: str
    x: int
    y: int
    lines: Sequence[str]
    """When and how, around `x`; the first line is at `y`."""
    dashed: bool
    """Whether only a name or an address tells of it, or it leads back."""


@dataclass(frozen=True)
class Graph:
    """All boxes and arrows, with the same in words."""

    width: int
    height: int
    boxes: Sequence[Box]
    arrows: Sequence[Arrow]
    words: str


class Place(NamedTuple):
    """Where a box stands: its corner, its row of columns, and how far it is from who began."""

    x: int
    y: int
    height: int
    band: int
    depth: int

    @property
    def middle(self) -> int:
        """The height of its middle."""
        return self.y + self.height // 2

    @property
    def is_leftward(self) -> bool:
        """Whether its row is read from right to left."""
        return self.band % 2 == 1


def graph(incident: Incident, members: Sequence[Member]) -> Graph:
    """Return the picture of some members of an incident."""
    shown = {member.actor for member in members}
    turns = [turn for turn in incident.turns if {turn.parent, turn.child} <= shown]
    tall = HEIGHT + (LINE + 3 if _is_wide(incident) else 0)
    places = _places(_depths([member.actor for member in members], turns), tall)
    dated = incident.start.date() != incident.end.date()
    said = [f"{_clock(t.time, dated=dated)} {_turned(t)}" for t in turns]
    right = max((place.x for place in places.values()), default=MARGIN) + WIDTH + MARGIN
    turns_back = max((place.band for place in places.values()), default=0) > 0
    return Graph(
        width=right + (SIDE if turns_back else 0),
        height=max((place.y for place in places.values()), default=0) + tall + GAP,
        boxes=[_box(incident, m, places[m.actor], dated=dated) for m in members],
        arrows=list(_arrows(turns, places, dated=dated)),
        words=". ".join(said) or "One identity only",
    )


def _turned(turn: Turn) -> str:
    return f"{name_of(turn.parent)} {how(turn)} {name_of(turn.child)}"


def _depths(actors: Sequence[str], turns: Sequence[Turn]) -> Mapping[str, int]:
    """Return the column of each actor: right of all that it came from, without going in circles."""
    depths = dict.fromkeys(actors, 0)
    above: dict[str, set[str]] = {actor: set() for actor in actors}
    for turn in turns:
        if turn.parent == turn.child or turn.child in above[turn.parent]:
            continue
        above[turn.child] |= {turn.parent, *above[turn.parent]}
        for actor in actors:
            if turn.child in above[actor]:
                above[actor] |= above[turn.child]
    forward = [turn for turn in turns if turn.parent in above[turn.child]]
    for _ in actors:
        for turn in forward:
            if turn.child not in above[turn.parent]:
                depths[turn.child] = max(depths[turn.child], depths[turn.parent] + 1)
    return depths


def _places(depths: Mapping[str, int], height: int) -> Mapping[str, Place]:
    """Return the place of each actor, by the column of each."""
    rows: dict[int, int] = {}
    row_of = {actor: _next(rows, depth) for actor, depth in depths.items()}
    bands = max(depths.values(), default=0) // COLUMNS + 1
    high = [max(rows.get(b * COLUMNS + c, 0) for c in range(COLUMNS)) for b in range(bands)]
    left = MARGIN + (SIDE if bands > 2 else 0)  # noqa: PLR2004 - the second row turns left
    places = {}
    for actor, depth in depths.items():
        band, column = divmod(depth, COLUMNS)
        column = COLUMNS - 1 - column if band % 2 else column
        y = 26 + (sum(high[:band]) + row_of[actor]) * (height + GAP)
        places[actor] = Place(left + column * ACROSS, y, height, band, depth)
    return places


def _next(rows: dict[int, int], depth: int) -> int:
    row = rows.get(depth, 0)
    rows[depth] = row + 1
    return row


def _box(incident: Incident, member: Member, place: Place, *, dated: bool) -> Box:
    of_actor = [deed for deed in incident.deeds if deed.alert.first.actor == member.actor]
    worst = max((deed.severity for deed in of_actor), default=Severity.INFORMATIONAL)
    key = printable(next(iter(member.keys), "no key"))
    span = (
        f"{_span(member, dated=dated)}, {counted(len(of_actor), 'act') if of_actor else 'no act'}"
    )
    name = short(name_of(member.actor), most=MOST_NAME)
    account = [f"in {printable(member.account_id or 'unknown')}"] if _is_wide(incident) else []
    lines = [*account, short(key, most=MOST_KEY), span]
    return Box(place.x, place.y, worst.label, place.height, name, lines)


def _is_wide(incident: Incident) -> bool:
    return len(incident.account_ids) > 1


def _span(member: Member, *, dated: bool) -> str:
    first, last = member.first, member.last
    if first.date() != last.date():
        return f"{first:%m-%d} to {last:%m-%d}"
    end = f" to {last:%H:%M}" if f"{first:%H:%M}" != f"{last:%H:%M}" else ""
    return f"{_clock(first, dated=dated)}{end}"


def _clock(time: datetime, *, dated: bool) -> str:
    return times.shown(time, "%m-%d %H:%M" if dated else "%H:%M")


def _arrows(turns: Sequence[Turn], places: Mapping[str, Place], *, dated: bool) -> Iterator[Arrow]:
    """Yield the arrows; words that would lie on others move above them."""
    taken: set[tuple[int, int]] = set()
    for turn in turns:
        parent, child = places[turn.parent], places[turn.child]
        lines = [_clock(turn.time, dated=dated), brief(how(turn))]
        draw = _back
        if child.depth > parent.depth:
            draw = {0: _along, 1: _around}.get(child.band - parent.band, _back)
        if draw is _back:
            lines = [" ".join(lines)]
        path, x, y = draw(parent, child)
        while (x, y) in taken:
            y -= LABEL if draw is not _back else LINE
        taken.add((x, y))
        yield Arrow(path, x, y, lines, not turn.certain or child.depth <= parent.depth)


def _along(parent: Place, child: Place) -> tuple[str, int, int]:
    """Lead to a box of the same row, and say so in the gap before it."""
    start, end = parent.x + WIDTH, child.x - 1
    middle = end - (ACROSS - WIDTH) // 2
    if child.is_leftward:
        start, end = parent.x, child.x + WIDTH + 1
        middle = end + (ACROSS - WIDTH) // 2
    return _curve(start, parent.middle, middle, child.middle, end), middle, child.middle - 20


def _around(parent: Place, child: Place) -> tuple[str, int, int]:
    """Lead around the end of a row to a box of the next one."""
    if parent.is_leftward:
        start, end = parent.x, child.x - 1
        far = min(start, end) - SIDE // 2
    else:
        start, end = parent.x + WIDTH, child.x + WIDTH + 1
        far = max(start, end) + SIDE // 2
    path = _curve(start, parent.middle, far, child.middle, end)
    return path, far, (parent.middle + child.middle) // 2


def _curve(start: int, high: int, middle: int, low: int, end: int) -> str:
    return f"M{start},{high}C{middle},{high} {middle},{low} {end},{low}"


def _back(parent: Place, child: Place) -> tuple[str, int, int]:
    """Lead below the boxes to one that is no further on, or rows away."""
    start, end = parent.x + WIDTH // 3, child.x + WIDTH * 2 // 3
    above, below = parent.y + parent.height, child.y + child.height
    low = max(above, below) + 26
    path = f"M{start},{above}C{start},{low} {end},{low} {end},{below + 1}"
    return path, (start + end) // 2, low + 8
