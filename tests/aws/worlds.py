"""Made-up worlds of records: the stories of several rules, some of them on many days."""

import importlib
import random
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from functools import cache
from types import NoneType
from typing import NamedTuple
from uuid import UUID

from trailwarden import catalog
from trailwarden.cloudtrail.event import Event
from trailwarden.cloudtrail.values import Record
from trailwarden.detection.correlation import Count, TemporalOrdered
from trailwarden.detection.rule import Rule
from trailwarden.environment import Environment

PLAIN = Environment()

MOST = 160
"""How many records a world has at the most."""

LONGEST = 40
"""How many records a story has at the most that is told in a world."""


class Telling(NamedTuple):
    """The rules whose stories are told, the records, oldest first, and their environment."""

    told: Sequence[str]
    records: Sequence[Record]
    environment: Environment


class Told(NamedTuple):
    """The stories of a rule, and their environment."""

    stories: Sequence[Sequence[Record]]
    environment: Environment


@cache
def told_of() -> dict[str, Told]:
    """Return the stories of each rule that records tell, but those that are very long."""
    found: dict[str, Told] = {}
    for rule in catalog.load().rules:
        module = importlib.import_module(rule.module)
        some = [one.records for one in module.examples() if 0 < len(one.records) <= LONGEST]
        if some and not rule.id.startswith("trailwarden."):
            found[rule.id] = Told(some, getattr(module, "ENVIRONMENT", PLAIN))
    return found


@cache
def kinds() -> dict[str, list[str]]:
    """Return the ids of rules by what they know: sums of the past, a past, a number, nothing."""
    found: dict[str, list[str]] = {"usual": [], "past": [], "number": [], "event": []}
    for rule in catalog.load().rules:
        if rule.id in told_of():
            found[kind_of(rule)].append(rule.id)
    return found


def kind_of(rule: Rule) -> str:
    if rule.unless_usual:
        return "usual"
    if not isinstance(rule.correlation, Count | TemporalOrdered | NoneType):
        return "past"
    return "number" if rule.correlation else "event"


def telling(
    seed: int, *, of: Sequence[str] = ("usual", "past", "past", "number", "event")
) -> Telling:
    """Return the stories of some rules, some on one day and some on many, in order of time."""
    rng = random.Random(seed)
    told: list[str] = []
    found: list[Record] = []
    environment = PLAIN
    for kind in rng.sample(of, len(of)):
        rule_id = rng.choice(kinds()[kind])
        stories, own = told_of()[rule_id]
        if own not in (PLAIN, environment) and environment is not PLAIN:
            continue
        environment = environment if own is PLAIN else own
        told.append(rule_id)
        for story in rng.sample(stories, min(2, len(stories))):
            for day, hour in when(rng):
                if len(found) + len(story) <= MOST:
                    found += [moved(one, timedelta(days=day, hours=hour), rng) for one in story]
    return Telling(told, sorted(found, key=time_of), environment)


def when(rng: random.Random) -> list[tuple[int, int]]:
    """Return by how many days and hours the tellings of a story are moved."""
    if rng.random() < 0.3:
        return [(0, 0)]
    days = rng.sample(range(-40, 1), rng.choice((1, 1, 2, 5)))
    return [(day, hour) for day in days for hour in rng.choice(((0,), (0,), (0, 3), (-4, 5)))]


def time_of(record: Record) -> tuple[datetime, str]:
    event = Event(record)
    return event.event_time, event.origin


def moved(record: Record, by: timedelta, rng: random.Random) -> Record:
    """Return a record of another time, with an id of its own."""
    if not by or not isinstance(record.get("eventTime"), str):
        return record
    time = datetime.fromisoformat(record["eventTime"]) + by
    text = time.isoformat(timespec="seconds").replace("+00:00", "Z")
    return {**record, "eventTime": text, "eventID": str(UUID(int=rng.getrandbits(128)))}


def pieces(records: Sequence[Record], rng: random.Random) -> Iterator[Sequence[Record]]:
    """Yield all records, cut at random places."""
    most = rng.choice((1, 4, 12, 30))
    places = sorted(rng.sample(range(len(records) + 1), min(most, len(records))))
    for a, b in zip([0, *places], [*places, None], strict=True):
        if records[a:b]:
            yield records[a:b]
