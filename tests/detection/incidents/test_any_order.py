"""The same alerts, in any order and any number of times: the same incidents."""

import random
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from trailwarden.cloudtrail.lineage import Trace
from trailwarden.cloudtrail.openings import Opening
from trailwarden.cloudtrail.samples import NOON
from trailwarden.detection.alert import Alert
from trailwarden.detection.incidents.incident import Incident, group
from trailwarden.detection.observation import Observation
from trailwarden.detection.severity import Severity
from trailwarden.detection.stand_in import stand_in

CREDENTIALS = ["S:a@1", "S:b@2", "S:c@3", "K:AKIA1", ""]
LASTING = ["P:1:user/a", "P:1:user/b", "W:i-1"]
HUBS = ["R:1:role/app", "N:x"]
HANDLES = [*CREDENTIALS[:4], *LASTING, *HUBS]


def some(chance: random.Random, choices: Sequence[str], most: int) -> tuple[str, ...]:
    return tuple(chance.sample(choices, chance.randint(0, most)))


def opening(chance: random.Random) -> Opening | None:
    parents = some(chance, HANDLES, 2)
    parent = chance.choice(["arn:aws:iam::1:user/a", "1"])
    return Opening(chance.choice(CREDENTIALS[:3]), parents, parent) if parents else None


def trace(chance: random.Random, number: int) -> Trace:
    return Trace(
        time=NOON + timedelta(hours=chance.randint(0, 60)),
        event_id=f"e{number}",
        action="iam:CreateUser",
        account_id=chance.choice("12"),
        actor=chance.choice("abcd"),
        source_ip_address="198.51.100.7",
        access_key_id="",
        credential=chance.choice(CREDENTIALS),
        lasting=some(chance, LASTING, 1),
        hubs=some(chance, HUBS, 2),
        opening=opening(chance),
        gives=some(chance, HANDLES[3:], 2),
        automation=chance.random() < 0.2,
        place=chance.choice(["", "198.51.100.7/32"]),
        personal=chance.random() < 0.5,
    )


def alert(number: int, seen: Sequence[Trace], severity: Severity) -> Alert:
    rule = stand_in(f"x.rule_{number % 4}", "Title", "Words.", severity)
    told = sorted(
        Observation(t.time, t.event_id, event_id=t.event_id, actor=t.actor, account_id=t.account_id)
        for t in seen
    )
    return Alert(rule, f"alert-{number}", told)


def world(seed: int) -> tuple[list[Alert], list[Trace]]:
    """Return alerts about a few events of a few actors, of whom any may have opened any."""
    chance = random.Random(seed)
    known = [trace(chance, number) for number in range(chance.randint(1, 9))]
    alerts = [
        alert(number, chance.sample(known, min(2, len(known))), chance.choice(list(Severity)))
        for number in range(chance.randint(1, 6))
    ]
    return alerts, known


seeds = st.integers(0, 2**32)


def summary(incidents: Sequence[Incident]) -> list[tuple[Any, ...]]:
    return [
        (i.id, i.aliases, i.severity, [a.alert_id for a in i.alerts], i.joins, i.turns, i.gifts)
        for i in incidents
    ]


@settings(max_examples=30)
@given(seeds)
def test_neither_order_nor_repetition_changes_the_answer(seed: int) -> None:
    alerts, known = world(seed)
    chance = random.Random(seed)
    answer = summary(group(alerts, known))
    again, more = [*alerts, *alerts[:2]], [*known, *known[:3]]
    chance.shuffle(again)
    chance.shuffle(more)
    assert summary(group(again, more)) == answer


@settings(max_examples=60)
@given(seeds)
def test_each_alert_is_in_one_incident_and_each_id_is_of_one(seed: int) -> None:
    alerts, known = world(seed)
    incidents = group(alerts, known)
    members = [a.alert_id for incident in incidents for a in incident.alerts]
    assert sorted(members) == sorted(a.alert_id for a in alerts)
    assert len({incident.id for incident in incidents}) == len(incidents)
    assert all(incident.severity >= incident.base for incident in incidents)


@settings(max_examples=40)
@given(seeds)
def test_what_was_told_before_is_known_by_its_id(seed: int) -> None:
    """An alert more may join incidents; the ids of these stay good."""
    alerts, known = world(seed)
    before = group(alerts[:-1], known)
    after = group(alerts, known)
    names = {name for incident in after for name in (incident.id, *incident.aliases)}
    assert {incident.id for incident in before} <= names


@settings(max_examples=100)
@given(seeds)
def test_each_alert_of_an_incident_is_there_for_a_reason(seed: int) -> None:
    """Also where the way leads over an alert that is told in another incident."""
    for incident in group(*world(seed)):
        if len(incident.alerts) > 1:
            reached = {alert_id for join in incident.joins for alert_id in (join.one, join.other)}
            assert reached == {alert.alert_id for alert in incident.alerts}
