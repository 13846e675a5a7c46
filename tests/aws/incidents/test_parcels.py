"""Which alerts go out in one mail, and which wait."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from tests.aws.world import CREATED, Clock, World, created, found
from trailwarden.aws.alert_item import Stored
from trailwarden.aws.incidents.derivation import Derived
from trailwarden.aws.incidents.parcels import MOST_OF_SWEEP, MOST_WAIT, parcels
from trailwarden.detection.incidents.incident import group
from trailwarden.notify.incident import Told


@pytest.fixture
def stored(world: World) -> list[Stored]:
    """Eight alerts that wait, oldest first."""
    world.outbox().write(found(CREATED, *(created(f"u{n}", minute=n) for n in range(8))))
    return sorted(world.stored().values(), key=lambda s: s.alert.first_seen)


def together(some: list[Stored], number: int = 0, **known: Any) -> Derived:
    """Return an incident of these alerts, as the table would tell it."""
    alerts = [one.alert for one in some]
    incident = group(alerts, [])[0]
    whole = replace(incident, alerts=alerts, anchor=(f"P:{number}", "2025-06-02"))
    return Derived(
        whole, {one.alert.alert_id: one for one in some}, known.pop("told", None), **known
    )


def of(*derived: Derived) -> Mapping[str, Derived]:
    return {a.alert_id: one for one in derived for a in one.incident.alerts}


def test_every_alert_goes_out_or_is_held(stored: list[Stored], clock: Clock) -> None:
    told = Told.of(together(stored[:2]).incident)
    paced = together(stored[2:4], 1, told=told, mails=[clock.now() - timedelta(minutes=3)])
    chosen = parcels(stored, of(together(stored[:2]), paced), clock.now(), is_sweep=True)
    sent = [one for parcel in chosen.parcels for one in parcel.due]
    assert [len(parcel.due) for parcel in chosen.parcels] == [2, 4]
    assert {one.alert.alert_id for one, _ in chosen.held} == {
        one.alert.alert_id for one in stored[2:4]
    }
    assert len(sent) + len(chosen.held) == len(stored)


def test_an_incident_that_is_read_in_two_parts_loses_no_alert(
    stored: list[Stored], clock: Clock
) -> None:
    """Of a very large one, each alert leads to some of the others only."""
    one, other = together(stored[:4]), together(stored[4:])
    chosen = parcels(stored, of(one, other), clock.now(), is_sweep=True)
    assert sum(len(parcel.due) for parcel in chosen.parcels) == len(stored)


def test_beyond_a_few_incidents_alerts_go_out_with_the_others(
    stored: list[Stored], clock: Clock
) -> None:
    many = [replace_alerts(together(stored[:2], number), stored[number]) for number in range(8)]
    chosen = parcels(stored, of_each(many, stored), clock.now(), is_sweep=True)
    assert len(chosen.parcels) == MOST_OF_SWEEP + 1
    assert sum(len(parcel.due) for parcel in chosen.parcels) == len(stored)


def replace_alerts(derived: Derived, stored: Stored) -> Derived:
    return derived._replace(incident=replace(derived.incident, alerts=[stored.alert] * 2))


def of_each(many: list[Derived], stored: list[Stored]) -> Mapping[str, Derived]:
    return {s.alert.alert_id: one for s, one in zip(stored, many, strict=True)}


def test_nobody_waits_for_hours(stored: list[Stored], clock: Clock) -> None:
    told = Told.of(together(stored).incident)
    clock.advance(minutes=MOST_WAIT.total_seconds() / 60 + 1)
    paced = together(stored, told=told, mails=[clock.now() - timedelta(minutes=1)])
    chosen = parcels(stored, of(paced), clock.now(), is_sweep=True)
    assert [len(parcel.due) for parcel in chosen.parcels] == [len(stored)]
    assert chosen.parcels[0].incident is None
