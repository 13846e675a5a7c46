"""Draws who turned into whom: boxes from left to right, and arrows between them."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from trailwarden.detection.incidents.incident import Incident
from trailwarden.detection.incidents.members import Member
from trailwarden.detection.incidents.turning import Turn
from trailwarden.detection.severity import Severity
from trailwarden.notify.identities import how, name_of

WIDTH, HEIGHT = 190, 62
ACROSS, DOWN = 320, 108
MARGIN = 14
MOST_TEXT, MOST_WORDS = 26, 22
LEAST_WIDTH = 760
_LEADING = re.compile(r"(?: on)?(?: the machine| the task| the function)? (?:of|for|as|to)\Z")


@dataclass(frozen=True)
class Box:
    """An identity."""

    x: int
    y: int
    severity: str
    name: str
    key: str
    span: str


@dataclass(frozen=True)
class Arrow:
    """How one identity became another."""

    path: str
    x: int
    y: int
    time: str
    words: str
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


def graph(incident: Incident, members: Sequence[Member]) -> Graph:
    """Return the picture of some members of an incident."""
    shown = {member.actor for member in members}
    turns = [turn for turn in incident.turns if {turn.parent, turn.child} <= shown]
    depths = _depths([member.actor for member in members], turns)
    places = _places(depths)
    rows = max((y for _, y in places.values()), default=0)
    width = max(MARGIN * 2 + max(depths.values(), default=0) * ACROSS + WIDTH, LEAST_WIDTH)
    said = [f"{t.time:%H:%M} {name_of(t.parent)} {how(t)} {name_of(t.child)}" for t in turns]
    return Graph(
        width=width,
        height=rows + DOWN,
        boxes=[_box(incident, member, *places[member.actor]) for member in members],
        arrows=[_arrow(turn, places, depths) for turn in turns],
        words=". ".join(said) or "One identity only",
    )


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


def _places(depths: Mapping[str, int]) -> Mapping[str, tuple[int, int]]:
    rows: dict[int, int] = {}
    places = {}
    for actor, depth in depths.items():
        row = rows.setdefault(depth, 0)
        rows[depth] += 1
        places[actor] = (MARGIN + depth * ACROSS, 26 + row * DOWN)
    return places


def _box(incident: Incident, member: Member, x: int, y: int) -> Box:
    of_actor = [deed for deed in incident.deeds if deed.alert.first.actor == member.actor]
    worst = max((deed.severity for deed in of_actor), default=Severity.INFORMATIONAL)
    key = next(iter(member.keys), "no key")
    acts = f"{len(of_actor)} act{'s' if len(of_actor) != 1 else ''}"
    span = f"{member.first:%H:%M} to {member.last:%H:%M}, {acts}"
    return Box(x, y, worst.label, short(name_of(member.actor)), short(key), span)


def _arrow(turn: Turn, places: Mapping[str, tuple[int, int]], depths: Mapping[str, int]) -> Arrow:
    (x1, y1), (x2, y2) = places[turn.parent], places[turn.child]
    time, words = f"{turn.time:%H:%M}", brief(how(turn))
    if depths[turn.child] > depths[turn.parent]:
        start, end = (x1 + WIDTH, y1 + HEIGHT // 2), (x2 - 1, y2 + HEIGHT // 2)
        middle = end[0] - (ACROSS - WIDTH) // 2
        path = f"M{start[0]},{start[1]}C{middle},{start[1]} {middle},{end[1]} {end[0]},{end[1]}"
        return Arrow(path, middle, end[1] - 20, time, words, dashed=not turn.certain)
    start, end = (x1 + WIDTH // 3, y1 + HEIGHT), (x2 + WIDTH * 2 // 3, y2 + HEIGHT)
    low = max(start[1], end[1]) + 26
    path = f"M{start[0]},{start[1]}C{start[0]},{low} {end[0]},{low} {end[0]},{end[1] + 1}"
    return Arrow(path, (start[0] + end[0]) // 2, low - 10, time, words, dashed=True)


def brief(words: str) -> str:
    """Return the words of an arrow without those that lead to the box behind it.

    >>> brief("ran a command on the machine of"), brief("has the same address as")
    ('ran a command', 'has the same address')
    """
    return short(_LEADING.sub("", words), most=MOST_WORDS)


def short(text: str, *, most: int = MOST_TEXT) -> str:
    """Return a text that fits into a box."""
    return text if len(text) <= most else f"{text[: most - 1]}…"
