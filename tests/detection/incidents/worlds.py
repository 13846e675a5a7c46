"""What tests of incidents share: the alerts of records, and the incidents they add up to."""

from collections.abc import Iterable, Sequence
from functools import cache

from trailwarden import catalog
from trailwarden.cloudtrail.event import Event
from trailwarden.cloudtrail.lineage import Trace, trace
from trailwarden.cloudtrail.values import Record
from trailwarden.detection.alert import Alert
from trailwarden.detection.engine import Engine
from trailwarden.detection.finding import Finding
from trailwarden.detection.incidents.incident import Incident, group
from trailwarden.environment import Environment


@cache
def engine() -> Engine:
    return Engine(catalog.load().rules)


def alerts_of(events: Iterable[Event]) -> list[Alert]:
    found: dict[str, list[Finding]] = {}
    for outcome in engine().afresh().evaluate(events):
        assert isinstance(outcome, Finding)
        found.setdefault(outcome.alert_id, []).append(outcome)
    return [Alert.of(together) for together in found.values()]


def told(
    records: Iterable[Record], environment: Environment | None = None
) -> tuple[Sequence[Alert], Sequence[Trace]]:
    events = [Event(record, environment or Environment()) for record in records]
    return alerts_of(events), [trace(event) for event in events]


def incidents_of(
    records: Iterable[Record], environment: Environment | None = None
) -> list[Incident]:
    return group(*told(records, environment))


def sizes(incidents: Iterable[Incident]) -> list[int]:
    return sorted(len(incident.alerts) for incident in incidents)
