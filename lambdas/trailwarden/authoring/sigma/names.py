"""Knows the names of events, from the API models and the list of what CloudTrail adds."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cached_property

from trailwarden.authoring.lint import Operations
from trailwarden.cloudtrail.event import plain_name
from trailwarden.cloudtrail.event_names import NAMES

LIKE = 5
"""How many services with a name like it are looked at for an event that a service has not."""


@dataclass(frozen=True)
class Names:
    """The events that there are."""

    operations: Operations
    """The API operations of a service."""

    services: Callable[[], frozenset[str]]
    """The services that have any."""

    @cached_property
    def sources(self) -> frozenset[str]:
        """The services that CloudTrail knows."""
        return self.services() | {name.partition(":")[0] for name in NAMES}

    def of(self, service: str) -> dict[str, str]:
        """Return the events of a service by their names in lower case."""
        listed = {name.partition(":")[2] for name in NAMES if name.startswith(f"{service}:")}
        return {name.lower(): name for name in self.operations(service) | listed}

    def find(self, service: str, name: str) -> str:
        """Return the event of a service that has a name, in any case; nothing if there is none."""
        return self.of(service).get(plain_name(name).lower(), "")

    def suggestion(self, service: str, name: str) -> str:
        """Return what may have been meant by an event that is not there; else nothing."""
        close = get_close_matches(plain_name(name).lower(), self.of(service), n=1, cutoff=0.7)
        meant = [f"{other}:{found}" for other, found in self._elsewhere(service, name)]
        meant += [f"{service}:{self.of(service)[word]}" for word in close]
        return f" (did you mean {meant[0]}?)" if meant else ""

    def _elsewhere(self, service: str, name: str) -> Iterator[tuple[str, str]]:
        alike = [other for other in self.sources if other.startswith(service)]
        alike += get_close_matches(service, sorted(self.sources), n=LIKE)
        for other in sorted(set(alike) - {service}):
            if found := self.find(other, name):
                yield other, found
