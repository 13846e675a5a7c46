"""What people decide of alerts, and what alerts are told in another incident."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from tests.detection.incidents.test_any_order import alert, summary
from tests.detection.incidents.wide_worlds import wide_world
from trailwarden import catalog
from trailwarden.cloudtrail.lineage import Trace
from trailwarden.cloudtrail.samples import NOON
from trailwarden.detection.alert import Alert
from trailwarden.detection.incidents.deciding import Decisions
from trailwarden.detection.incidents.incident import Incident, group
from trailwarden.detection.rule import Mode
from trailwarden.detection.severity import Severity

AT = "198.51.100.7/32"


def act(number: int, **of: Any) -> Trace:
    told: dict[str, Any] = {"actor": "a", "lasting": (), "credential": "", "place": "", **of}
    return Trace(
        time=NOON + timedelta(minutes=number),
        event_id=f"e{number}",
        action="iam:CreateUser",
        account_id="1",
        source_ip_address="198.51.100.7",
        access_key_id="",
        hubs=(),
        opening=None,
        gives=(),
        automation=False,
        personal=bool(told["lasting"]),
        **told,
    )


def of_ana(count: int) -> tuple[list[Alert], list[Trace]]:
    known = [act(number, lasting=("P:1:user/ana",)) for number in range(count)]
    return [alert(n, [one], Severity.MEDIUM) for n, one in enumerate(known)], known


def ids(incidents: list[Incident]) -> list[set[str]]:
    return [{one.alert_id for one in incident.alerts} for incident in incidents]


def test_what_stands_apart_parts_no_others() -> None:
    alerts, known = of_ana(3)
    found = group(alerts, known, Decisions({"alert-1": "p"}))
    assert sorted(map(sorted, ids(found))) == [["alert-0", "alert-2"], ["alert-1"]]


def test_what_stands_apart_has_an_id_of_its_own() -> None:
    alerts, known = of_ana(3)
    [before] = group(alerts, known)
    first, second = group(alerts, known, Decisions({"alert-1": "p"}))
    assert first.id != second.id
    assert before.id in {first.id, second.id}


@pytest.mark.parametrize("seed", range(100))
def test_whatever_somebody_decides_each_alert_is_in_one_incident_with_an_id(seed: int) -> None:
    alerts, known, decisions = wide_world(seed)
    incidents = group(alerts, known, decisions)
    told = sorted(one.alert_id for incident in incidents for one in incident.alerts)
    assert told == sorted(one.alert_id for one in alerts if one.mode is Mode.ALERT)
    assert len({incident.id for incident in incidents}) == len(incidents)
    assert summary(group([*reversed(alerts)], known, decisions)) == summary(incidents)


@pytest.mark.parametrize(("rule_id", "are"), [
    ("guardduty.detector_disabled", 2),
    ("root.console_login_failures", 1),
])  # fmt: skip
def test_only_an_alert_that_adds_up_acts_of_several_joins_them(rule_id: str, are: int) -> None:
    """What compares each act with the past tells of each by itself."""
    [rule] = [one for one in catalog.load().rules if one.id == rule_id]
    hands = [act(n, lasting=(f"P:1:user/{name}",)) for n, name in enumerate(("a", "b", "a", "b"))]
    together = alert(0, hands[:2], Severity.HIGH)
    alone = [alert(n, [one], Severity.HIGH) for n, one in enumerate(hands[2:], 1)]
    assert len(group([replace(together, rule=rule), *alone], hands)) == are


def test_an_address_may_be_that_of_an_act_told_in_another_incident() -> None:
    """Bob's share of an alert leads to a role at his address, and is told with Ana's acts."""
    ana, bob = ("P:1:user/ana",), ("P:1:user/bob",)
    mine = [act(n, lasting=ana, actor="ana") for n in range(3)]
    his = [act(n, lasting=bob, actor="bob") for n in (10, 40)]
    there = act(11, lasting=bob, actor="bob", place=AT)
    role = act(12, credential="S:AROAX@1", actor="role", place=AT)
    alerts = [
        alert(0, [mine[0], there], Severity.HIGH),
        *(alert(n, [one], Severity.CRITICAL) for n, one in enumerate(mine[1:], 1)),
        *(alert(n, [one], Severity.LOW) for n, one in enumerate([*his, role], 3)),
    ]
    found = ids(group(alerts, [*mine, *his, there, role]))
    assert found == [{"alert-0", "alert-1", "alert-2"}, {"alert-3", "alert-4", "alert-5"}]
