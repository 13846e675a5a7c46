"""The pipeline and `trailwarden scan` compare sums with those of earlier days alike."""

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from tests.aws.test_same_answer import assert_same, delivered, scanned
from tests.aws.world import World
from trailwarden import catalog
from trailwarden.cloudtrail.samples import Fields, function, instance_role, request
from trailwarden.cloudtrail.values import Record
from trailwarden.detection.severity import Severity
from trailwarden.rules.credential_access.instance_role_on_two_networks import RULE as MACHINES
from trailwarden.rules.credential_access.instance_role_on_two_networks import call

ONCE = "impact.services_stopped_together"
HABIT = "ec2.snapshots_or_volumes_deleted"
HEARD = [request("sts:GetCallerIdentity", day=-40)]


def stopped(day: float, services: int) -> list[Record]:
    """Return the evening of a scheduler that stops so many services."""
    scheduler = function("evening", "evening")
    named: list[Fields] = [
        {"cluster": "dev", "service": f"app-{n}", "desiredCount": 0} for n in range(services)
    ]
    return [
        request("ecs:UpdateService", scheduler, day=day, minute=n / 4, **asked)
        for n, asked in enumerate(named)
    ]


def deleted(day: float, snapshots: int) -> list[Record]:
    """Return the clean-up of a user, of so many snapshots."""
    return [
        request("ec2:DeleteSnapshot", day=day, minute=n / 9, snapshotId=f"snap-{day}-{n}")
        for n in range(snapshots)
    ]


POOL = ("198.51.100.7", "34.200.5.5", "3.80.7.7")


def machines(day: int, count: int) -> list[Record]:
    """Return uses of new machines behind one pool of gateways, each of a role of its own."""
    return [
        call(instance_role(f"web-{day}-{n}", f"i-{day:015}{n:02}"), place, day * 24 * 60 + 9 * m)
        for n in range(count)
        for m, place in enumerate(POOL)
    ]


@pytest.fixture(name="told")
def _told(
    world: World, assembled: Callable[..., None], tmp_path: Path
) -> Callable[[str, Sequence[list[Record]]], list[Severity]]:
    """Return what delivers a file a day, and says how bad the alerts are, oldest first."""

    def told(rule_id: str, days: Sequence[list[Record]]) -> list[Severity]:
        rules = [rule for rule in catalog.load().rules if rule.id == rule_id]
        expected = scanned(tmp_path, [record for day in days for record in day], rule_id)
        assembled(*rules)
        for seed, day in enumerate(days):
            delivered(world, [day], seed)
        assert_same(world, rules, expected)
        found = [stored.alert for stored in world.stored(rules).values()]
        assert {a.alert_id: a.severity for a in found} == {
            alert_id: alert.severity for alert_id, alert in expected.items()
        }
        return [alert.severity for alert in sorted(found, key=lambda alert: alert.first_seen)]

    return told


def test_a_sum_is_told_once_and_where_it_is_twice_as_much(
    told: Callable[[str, Sequence[list[Record]]], list[Severity]],
) -> None:
    sizes = enumerate((10, 10, 20, 20, 10))
    evenings = [stopped(8 * n, services) for n, services in sizes]  # alerts of their own
    assert told(ONCE, [HEARD, *evenings]) == [Severity.MEDIUM, Severity.MEDIUM]


def test_a_habit_is_low_and_twice_as_much_is_not(
    told: Callable[[str, Sequence[list[Record]]], list[Severity]],
) -> None:
    nights = [deleted(day, 20) for day in (0, 3, 6, 9)]
    *_, first, habit, more = told(HABIT, [*nights, deleted(10, 70)])
    assert (first, habit, more) == (Severity.HIGH, Severity.LOW, Severity.HIGH)


def test_new_machines_of_one_file_share_a_past(
    told: Callable[[str, Sequence[list[Record]]], list[Severity]],
) -> None:
    severities = told(MACHINES.id, [HEARD, *(machines(day, 2) for day in range(9))])
    assert severities == [Severity.HIGH] * 14 + [Severity.LOW] * 4
