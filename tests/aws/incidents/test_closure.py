"""What is read for one alert is enough for its incident, whatever else there is."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, NamedTuple, cast

import pytest

from tests.detection.incidents.test_any_order import summary, world
from tests.detection.incidents.test_evasion import made, session, unlogged
from tests.detection.incidents.wide_worlds import wide_world
from tests.detection.incidents.worlds import told
from trailwarden.aws.incidents.closure import Closure
from trailwarden.aws.incidents.links import Entry, bearers_of, places_of
from trailwarden.cloudtrail.lineage import Trace
from trailwarden.cloudtrail.samples import console_login
from trailwarden.cloudtrail.values import Record
from trailwarden.detection.alert import Alert
from trailwarden.detection.incidents.bearing import lineage_of
from trailwarden.detection.incidents.deciding import UNDECIDED, Decisions
from trailwarden.detection.incidents.incident import Incident, group
from trailwarden.detection.observation import Observation
from trailwarden.scenario import attack, shedding

WORSE = (959, 1_763, 2_531)
"""Further worlds in which somebody without a name made something."""


class Kept(NamedTuple):
    """An alert, as far as a closure asks for it."""

    alert: Alert


class Table:
    """Links and alerts in memory, for a closure to read."""

    def __init__(self, alerts: Iterable[Alert], traces: Sequence[Trace]) -> None:
        by_event = {trace.event_id: trace for trace in traces}
        self.alerts = {a.alert_id: Kept(_bearing(a, by_event)) for a in alerts}
        self.reads = 0
        self._entries: defaultdict[str, set[Entry]] = defaultdict(set)
        for trace in traces:
            for handle, kind in places_of(trace):
                self._entries[handle].add(Entry(trace.time, kind, traces=(trace,)))
        for kept in self.alerts.values():
            for handle, kind, time, actor in bearers_of(kept.alert):
                self._entries[handle].add(Entry(time, kind, kept.alert.alert_id, actor))

    def under(self, handle: str, start: datetime, end: datetime) -> Sequence[Entry]:
        self.reads += 1
        return [entry for entry in self._entries[handle] if start <= entry.time <= end]

    def get_all(self, alert_ids: Iterable[str]) -> Iterator[Kept]:
        return (self.alerts[alert_id] for alert_id in alert_ids)

    def incident_of(self, alert_id: str, decisions: Decisions = UNDECIDED) -> Incident:
        closure = Closure(cast(Any, self), cast(Any, self), decisions)
        closure.gather(cast(Any, [self.alerts[alert_id]]))
        found = group((kept.alert for kept in closure.stored.values()), closure.traces, decisions)
        return next(i for i in found if any(a.alert_id == alert_id for a in i.alerts))


def _bearing(alert: Alert, traces: dict[str, Trace]) -> Alert:
    return replace(alert, observations=[_seen(o, traces[o.event_id]) for o in alert.observations])


def _seen(seen: Observation, trace: Trace) -> Observation:
    where = trace.source_ip_address
    return seen._replace(action=trace.action, source_ip_address=where, lineage=lineage_of(trace))


def assert_enough(
    alerts: Sequence[Alert], traces: Sequence[Trace], decisions: Decisions = UNDECIDED
) -> Table:
    """Assert that each alert leads to the incident that all alerts and traces show."""
    table = Table(alerts, traces)
    for incident in group((kept.alert for kept in table.alerts.values()), traces, decisions):
        for alert in incident.alerts:
            found = table.incident_of(alert.alert_id, decisions)
            assert summary([found]) == summary([incident])
            assert found.hunts == incident.hunts
    return table


@pytest.mark.parametrize("records", [attack.attack, shedding.shedding])
def test_each_alert_of_an_attack_leads_to_the_whole(
    records: Callable[[], Iterator[Record]],
) -> None:
    table = assert_enough(*told(records()))
    assert table.reads < 150 * len(table.alerts)


@pytest.mark.parametrize("seed", [*range(150), *WORSE])
def test_each_alert_of_any_few_leads_to_its_incident(seed: int) -> None:
    assert_enough(*world(seed))


@pytest.mark.parametrize("seed", range(150))
def test_each_alert_of_a_wide_world_leads_to_its_incident(seed: int) -> None:
    assert_enough(*wide_world(seed))


def test_a_console_leads_to_the_session_that_it_was_opened_with() -> None:
    """The record of the sign-in tells the session by its name alone."""
    first, console = session("ops", "x", 0), session("ops", "x", 30)
    story = [*made(first, "carol", 5), console_login(console, minute=30), unlogged(console, 40)]
    alerts, traces = told(story)
    assert len(group(alerts, traces)) == 1
    assert_enough(alerts, traces)
