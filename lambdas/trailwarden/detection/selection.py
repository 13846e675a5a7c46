"""Selects from the headers of records those that some rule has to look at."""

from typing import NamedTuple

from trailwarden.cloudtrail.event import Event
from trailwarden.cloudtrail.events import Events, Facts
from trailwarden.cloudtrail.header import Header
from trailwarden.cloudtrail.values import Record
from trailwarden.detection.engine import Engine
from trailwarden.environment import Environment


class Chosen(NamedTuple):
    """Why a record is wanted."""

    rules: int
    """The rules that have to look at it, as a set of the index."""
    facts: Facts
    """The known facts of its event."""


class Selection:
    """The selection of one engine in one environment."""

    def __init__(self, engine: Engine, environment: Environment) -> None:
        self.environment = environment
        self._engine, self._index = engine, engine.index
        self._awake = engine.index.awake_in(environment)
        self._events = Events(environment)

    def wanted(self, header: Header) -> Chosen | None:
        """Return why a record with this header is wanted; None where no rule finds anything in it.

        Every record tells that its account is heard. One that tells no time is always wanted:
        people have to hear of it, even if no rule wants it.
        """
        has_time = self._engine.heard.note(header.recipient_account_id, header.event_time)
        wanted = self._index.wanted(header) & self._awake
        if not wanted and has_time:
            return None
        facts = self._events.facts(header)
        wanted &= self._index.heeding(facts["caller"], facts.get("outcome"), facts["via"])
        return Chosen(wanted, facts) if wanted or not has_time else None

    def event(self, record: Record, chosen: Chosen | None) -> Event:
        """Return the event of a record."""
        return self._events.of(record, chosen and chosen.facts)
