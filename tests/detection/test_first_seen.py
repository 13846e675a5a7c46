"""Another network of a restless role is no news, and a colleague of a known role is LOW."""

from datetime import timedelta

import pytest

from trailwarden.cloudtrail.caller import Caller
from trailwarden.cloudtrail.samples import NOON
from trailwarden.detection.correlation import Observation, by_actor
from trailwarden.detection.first_seen import first_use
from trailwarden.detection.severity import Severity

TEAM = "arn:aws:iam::111122223333:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_Admin_0"
SAME_NAME = "arn:aws:iam::111122223333:role/AWSReservedSSO_Admin_0"


def seen(label: str, day: int, *, caller: str = "", severity: int = 0) -> Observation:
    time = NOON + timedelta(days=day)
    return Observation(time, f"{label} {day}", label, caller=caller, severity=severity)


@pytest.mark.parametrize(("others", "told"), [(1, True), (2, False)])
def test_a_group_of_several_networks_has_no_usual_one(others: int, *, told: bool) -> None:
    usual = first_use(by_actor, own_past=True, restless=2)
    known = [seen(f"network {number}", 0) for number in range(others)]
    assert (seen("network 9", 8) in usual.select([*known, seen("network 9", 8)])) is told


def test_networks_say_nothing_of_tools_and_old_ones_nothing_of_today() -> None:
    usual = first_use(by_actor, days=60, own_past=True, restless=2)
    known = [seen("network 1", 0), seen("network 2", 0), seen("network 1", 50)]
    tool, later = seen("tool aws-cli", 51), seen("network 3", 70)
    assert usual.select([*known, tool, later]) == [tool, later]


@pytest.mark.parametrize(
    ("role", "day", "severity"), [(TEAM, 7, Severity.LOW), (TEAM, 0, 0), (SAME_NAME, 7, 0)]
)
def test_a_colleague_of_a_known_permission_set_is_low(role: str, day: int, severity: int) -> None:
    usual = first_use(by_actor, of_teams=True)
    heard = [seen("arn:aws:iam::111122223333:user/ci", -8)]
    alice = seen(f"{role}/alice", 0, caller=Caller.PERSON)
    bob = seen(f"{role}/bob", day, caller=Caller.PERSON)._replace(origin="bob")
    [told] = [one for one in usual.select([*heard, alice, bob]) if one.origin == "bob"]
    assert told.severity == severity


def test_what_a_match_calls_worse_stays_so_for_a_colleague() -> None:
    usual = first_use(by_actor, of_teams=True)
    alice = seen(f"{TEAM}/alice", 0, caller=Caller.PERSON)
    bob = seen(f"{TEAM}/bob", 7, caller=Caller.PERSON, severity=Severity.HIGH)
    assert usual.select([alice, bob]) == [bob]
