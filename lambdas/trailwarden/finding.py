"""What the engine finds, and the alerts that findings add up to.

https://schema.ocsf.io/ and the ASFF name the fields. All ids are hashes of what happened: the same
event, met again on any path at any time, gives the same ids.
"""

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from itertools import groupby

from trailwarden.correlation import Observation, in_order
from trailwarden.rule import Rule, Severity

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Finding:
    """A rule that held, and the observations of one window that made it hold."""

    rule: Rule
    observations: Sequence[Observation]
    """Oldest first; a single one where the rule needs no more."""

    @property
    def uid(self) -> str:
        """The same however often it is found: once for an event, or for a group and window."""
        if self.rule.correlation:
            return self.alert_id
        return _hash(self.rule.id, self.observations[0].origin)

    @cached_property
    def alert_id(self) -> str:
        """The alert that the finding belongs to: one for a rule, dedup value and window."""
        return _hash(self.rule.id, *alert_key(self.rule, self.observations[0]))


@dataclass(frozen=True)
class RuleFailure:
    """A rule that raised, so that it is seen rather than silently never alerting."""

    rule_id: str
    event_id: str
    error: Exception


def alert_key(rule: Rule, seen: Observation) -> tuple[str, str, str]:
    """Return what makes an observation part of one alert of `rule` rather than of another."""
    window = (seen.time - _EPOCH) // rule.window
    return seen.group, seen.subject, str(window)


def findings(rule: Rule, observations: Iterable[Observation]) -> Iterable[Finding]:
    """Yield the findings of what adds up for a correlation: one for each alert it belongs to."""
    ordered = sorted(observations, key=lambda seen: (alert_key(rule, seen), seen))
    for _, same in groupby(ordered, key=lambda seen: alert_key(rule, seen)):
        yield Finding(rule, tuple(same))


@dataclass(frozen=True)
class Alert:
    """What people hear of: every finding of one rule, dedup value and window."""

    rule: Rule
    alert_id: str
    observations: Sequence[Observation]
    """Each event once, oldest first."""

    matches: int = 0
    """How many events there are, where not all of them are held."""

    @classmethod
    def of(cls, found: Sequence[Finding]) -> "Alert":
        """Return the alert that findings of one `alert_id` add up to, in whatever order."""
        seen = in_order(o for finding in found for o in finding.observations)
        return cls(found[0].rule, found[0].alert_id, seen)

    @property
    def severity(self) -> Severity:
        """How bad the worst of it is."""
        return max(Severity(o.severity or self.rule.severity) for o in self.observations)

    @property
    def count(self) -> int:
        """How many events there are."""
        return max(len(self.event_ids), self.matches)

    @property
    def first(self) -> Observation:
        """The first event."""
        return self.observations[0]

    @property
    def first_seen(self) -> datetime:
        """When the first event happened."""
        return self.observations[0].time

    @property
    def last_seen(self) -> datetime:
        """When the last event happened."""
        return self.observations[-1].time

    @property
    def event_ids(self) -> list[str]:
        """The `eventID` of every contributing event, oldest first."""
        return _distinct(o.event_id for o in self.observations)

    @property
    def source_ip_addresses(self) -> list[str]:
        """Where the requests came from, in the order of first use."""
        return _distinct(o.source_ip_address for o in self.observations)

    @property
    def actions(self) -> list[str]:
        """What was done, in the order of first use."""
        return _distinct(o.action for o in self.observations)

    @property
    def details(self) -> list[str]:
        """What the rule saw, in the order of first sight."""
        return _distinct(o.label for o in self.observations)


def _distinct(texts: Iterable[str]) -> list[str]:
    return [text for text in dict.fromkeys(texts) if text]


def _hash(*parts: str) -> str:
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:32]
