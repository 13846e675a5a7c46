"""Selects from the headers of records those that some rule has to look at."""

from typing import Any, NamedTuple

from trailwarden.cloudtrail.event import Event
from trailwarden.cloudtrail.events import Action, Events, Facts
from trailwarden.cloudtrail.header import Header
from trailwarden.cloudtrail.memory import Memory
from trailwarden.cloudtrail.values import Record
from trailwarden.detection.engine import Engine
from trailwarden.environment import Environment

ACTING = 1 << 12
"""Of how many principals, each from one place, it is remembered who acted: some kilobytes each."""


class Chosen(NamedTuple):
    """Why a record is wanted."""

    rules: int
    """The rules that have to look at it, as a set of the index."""
    facts: Facts
    """The known facts of its event."""


class _Acting(NamedTuple):
    """Who acted, from where and with what."""

    rules: int
    """The rules that let through such requests, as a set of the index."""
    facts: Facts
    """What all events of it say."""


class Selection:
    """The selection of one engine in one environment."""

    def __init__(self, engine: Engine, environment: Environment) -> None:
        self.environment = environment
        self._engine, self._index = engine, engine.index
        self._awake = engine.index.awake_in(environment)
        self._events = Events(environment)
        self._acting: Memory[_Acting] = Memory(_unknown, ACTING)

    def wanted(self, header: Header) -> Chosen | None:
        """Return why a record with this header is wanted; None where no rule finds anything in it.

        Every record tells that its account is heard. One that tells no time is always wanted:
        people have to hear of it, even if no rule wants it.
        """
        has_time = self._engine.heard.note(header.recipient_account_id, header.event_time)
        wanted = self._index.of_kind(header) & self._awake
        if not wanted and has_time:
            return None
        action = self._events.action(header)
        by = self._by(header, action)
        wanted = self._index.of_rest(header, wanted & by.rules)
        if not wanted and has_time:
            return None
        facts = self._events.facts(header, by.facts, action)
        if wanted and (outcome := facts.get("outcome")):
            wanted &= self._index.outcomes[outcome]
        return Chosen(wanted, facts) if wanted or not has_time else None

    def event(self, record: Record, chosen: Chosen | None) -> Event:
        """Return the event of a record."""
        return self._events.of(record, chosen and chosen.facts)

    def _by(self, header: Header, action: Action) -> _Acting:
        """Return who acted; worked out once for all records that tell the same."""
        key = self._events.key(header, action)
        try:
            return self._acting[key]
        except (LookupError, TypeError):  # new, or a list or an object, which is not remembered
            return self._acting.remember(key, self._told(header, action))

    def _told(self, header: Header, action: Action) -> _Acting:
        facts = self._events.acting(header, action)
        heeding = self._index.heeding(facts["caller"], facts["via"])
        return _Acting(self._index.of_acting(header) & heeding, facts)


def _unknown(_key: Any) -> _Acting:
    raise LookupError("only a header tells who acted")
