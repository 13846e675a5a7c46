"""Chooses the act of an incident whose credential is shown with all that it did just then."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from trailwarden.cloudtrail.event import UNKNOWN_TIME
from trailwarden.detection.alert import Alert
from trailwarden.detection.incidents.bearing import trace_of
from trailwarden.detection.incidents.incident import Incident
from trailwarden.detection.observation import Observation
from trailwarden.detection.severity import Severity

AROUND = timedelta(minutes=15)
"""How long before and after an act is shown what its credential did."""

MOST_REGIONS = 4
"""In how many Regions that is looked for."""


@dataclass(frozen=True)
class Near:
    """The time around an act, and whose credential acted where."""

    credential: str
    """The handle of the session or long-term key."""
    actor: str
    account_id: str
    regions: tuple[str, ...]
    """Where alerts tell of the credential, the Region of the act first."""
    time: datetime

    @property
    def since(self) -> datetime:
        """The first moment that is shown."""
        return self.time - AROUND

    @property
    def until(self) -> datetime:
        """The last moment that is shown."""
        return self.time + AROUND

    def covers(self, time: datetime) -> bool:
        """Say whether a moment is shown."""
        return self.since <= time <= self.until


def near_of(incident: Incident, alerts: Sequence[Alert] = ()) -> Near | None:
    """Return the time around the worst act, the first of several; None where no credential acted.

    What adds up several acts comes last, as it may have begun long ago.
    `alerts` are those that a mail tells, if it does not tell all. People want to know that much of
    HIGH and worse incidents alone.
    """
    if incident.severity < Severity.HIGH:
        return None
    ordered = sorted(
        alerts or incident.alerts,
        key=lambda a: (-a.severity, a.adds_up, a.first_seen, a.alert_id),
    )
    for seen, credential in _acts(ordered):
        if seen.time != UNKNOWN_TIME and seen.account_id and seen.region:
            regions = (r for r, c in _places(incident) if c == credential)
            found = tuple(dict.fromkeys([seen.region, *regions]))[:MOST_REGIONS]
            return Near(credential, seen.actor, seen.account_id, found, seen.time)
    return None


def _acts(alerts: Sequence[Alert]) -> Iterator[tuple[Observation, str]]:
    """Yield the observations of alerts that tell whose credential acted, with its handle."""
    for alert in alerts:
        for seen in alert.observations:
            trace = trace_of(seen)
            if trace and trace.credential:
                yield seen, trace.credential


def _places(incident: Incident) -> Iterator[tuple[str, str]]:
    for seen, credential in _acts(incident.alerts):
        if seen.region:
            yield seen.region, credential
