"""Counts what each actor did: how much, what, from where, when, and the refused requests."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime

from trailwarden.cloudtrail.event import UNKNOWN_TIME, Event

MOST = 1_000
"""How many different names of a kind are counted of one actor; the rest are counted together."""
OTHERS = ""
"""The name under which the rest are counted."""


@dataclass
class Doings:
    """What one actor did, or all of them."""

    events: int = 0
    refused: int = 0
    failed: int = 0
    """Requests that were wrong, and not refused."""
    first: datetime | None = None
    last: datetime | None = None
    callers: Counter[str] = field(default_factory=Counter)
    """What kind of caller it was."""
    addresses: Counter[str] = field(default_factory=Counter)
    accounts: Counter[str] = field(default_factory=Counter)
    regions: Counter[str] = field(default_factory=Counter)
    actions: Counter[str] = field(default_factory=Counter)
    refused_actions: Counter[str] = field(default_factory=Counter)
    keys: Counter[str] = field(default_factory=Counter)
    user_agents: Counter[str] = field(default_factory=Counter)

    def take(self, event: Event) -> None:
        """Count an event."""
        self.events += 1
        self.refused += event.denied
        self.failed += not event.denied and not event.succeeded
        time = event.event_time
        if time != UNKNOWN_TIME:
            self.first = min(self.first or time, time)
            self.last = max(self.last or time, time)
        _count(self.callers, event.caller.value)
        _count(self.addresses, event.source_ip_address)
        _count(self.accounts, event.recipient_account_id)
        _count(self.regions, event.aws_region)
        _count(self.actions, event.action)
        _count(self.keys, event.user_identity.access_key_id)
        _count(self.user_agents, event.user_agent)
        if event.denied:
            _count(self.refused_actions, event.action)


class Summary:
    """What all actors did, and each of them."""

    def __init__(self) -> None:
        self.all = Doings()
        self._actors: dict[str, Doings] = {}

    def take(self, event: Event) -> None:
        """Count an event."""
        self.all.take(event)
        self._actors.setdefault(event.actor, Doings()).take(event)

    @property
    def actors(self) -> list[tuple[str, Doings]]:
        """The actors with what they did, the busiest first."""
        return sorted(self._actors.items(), key=lambda one: (-one[1].events, one[0]))


def _count(counts: Counter[str], name: str) -> None:
    if name:
        counts[name if name in counts or len(counts) < MOST else OTHERS] += 1
