"""The observation: the unit that rules hand on, and that correlations count."""

import re
from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

MAX_TEXT = 1_000
"""How many characters of any text of a record an observation keeps."""


_PART = re.compile(r"#[0-9]+\Z")


class Observation(NamedTuple):
    """What a rule saw in one event: all that a correlation or an alert needs of it.

    Sorts by time, then origin.
    """

    time: datetime
    origin: str
    label: str = ""
    """The detail of the match: correlations count and order by it, alerts show it."""
    group: str = ""
    """What the event has in common with those it may add up with."""
    event_id: str = ""
    action: str = ""
    actor: str = ""
    account_id: str = ""
    region: str = ""
    source_ip_address: str = ""
    user_agent: str = ""
    subject: str = ""
    """The target of the act, where the rule names it."""
    severity: int = 0
    """How bad this one is, where the rule says so; else 0."""
    caller: str = ""
    """Which kind of caller acted."""
    via: str = ""
    """The service that acted on the caller's behalf."""
    title: str = ""
    """The act, where the rule covers several."""
    session: str = ""
    """The name of the role's session, which its caller may have chosen."""
    hunting: bool = False
    """Whether nobody is told of it, though the rule alerts: hand work where it is expected."""
    lineage: str = ""
    """Whose credential acted, as `detection.bearing` writes it; empty where nobody asked."""


def parts(seen: Observation, labels: Iterable[str]) -> list[Observation]:
    """Return an observation for each different label of one event, to be counted by itself."""
    distinct = enumerate(dict.fromkeys(labels))
    return [seen._replace(label=label, origin=f"{seen.origin}#{n}") for n, label in distinct]


def whole(observations: Iterable[Observation]) -> list[Observation]:
    """Return one observation for each event, with the labels of all its `parts`, as they came."""
    events: dict[str, Observation] = {}
    for seen in observations:
        origin = _PART.sub("", seen.origin)
        known = events.get(origin)
        label = f"{known.label}, {seen.label}" if known else seen.label
        events[origin] = seen._replace(origin=origin, label=label[:MAX_TEXT])
    return list(events.values())


def in_order(observations: Iterable[Observation]) -> list[Observation]:
    """Return each origin's observation once, oldest first, however often and late it came."""
    once: dict[str, Observation] = {}
    for seen in observations:
        add_once(once, seen)
    return sorted(once.values())


def add_once(once: dict[str, Observation], seen: Observation) -> None:
    """Add an observation by its origin; of several, the least one stays in any order."""
    known = once.get(seen.origin)
    once[seen.origin] = seen if known is None else min(known, seen)
