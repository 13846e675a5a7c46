"""Another network of a restless role is no news, and a colleague of a known role is LOW."""

from collections.abc import Sequence
from datetime import timedelta

import pytest

from trailwarden.cloudtrail.samples import NOON
from trailwarden.detection.first_seen import first_use
from trailwarden.detection.grouping import by_account, by_actor, by_team
from trailwarden.detection.observation import Observation
from trailwarden.detection.severity import Severity

TEAM = "people of Admin/production"


def seen(label: str, day: int, *, group: str = "", severity: int = 0) -> Observation:
    time = NOON + timedelta(days=day)
    return Observation(time, f"{label} {day}", label, group, severity=severity)


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
    ("group", "day", "severity"), [(TEAM, 7, Severity.LOW), (TEAM, 0, 0), ("111122223333", 7, 0)]
)
def test_a_colleague_of_a_known_permission_set_is_low(group: str, day: int, severity: int) -> None:
    usual = first_use(by_team, of_teams=True)
    heard = seen("ci", -8, group=group)
    alice, bob = seen("alice", 0, group=group), seen("bob", day, group=group)
    past = [alice] if day else [heard._replace(time=alice.time, origin="ci")]
    told = usual.select([*past, bob], {"": [heard.time.date()]})
    assert [one.severity for one in told if one.label == "bob"] == [severity]


def test_what_a_match_calls_worse_stays_so_for_a_colleague() -> None:
    usual = first_use(by_team, of_teams=True)
    alice, bob = seen("alice", 0, group=TEAM), seen("bob", 7, group=TEAM, severity=Severity.HIGH)
    assert usual.select([alice, bob]) == [bob]


def test_a_new_account_is_learned_though_the_permission_set_is_known() -> None:
    usual = first_use(by_team, of_teams=True)
    alice = seen("alice", 0, group=TEAM)._replace(account_id="old")
    bob = seen("bob", 7, group=TEAM)._replace(account_id="new")
    assert usual.select([alice, bob], {"new": [bob.time.date()]}) == []


@pytest.mark.parametrize(("age", "told"), [(7, False), (6, True)])
def test_a_lesson_counts_when_it_is_old_enough_and_is_never_told(age: int, *, told: bool) -> None:
    usual = first_use(by_account, lesson_age=7)
    heard, lesson = seen("here", 0), seen("there", 20 - age, severity=Severity.INFORMATIONAL)
    act = seen("there", 20, severity=Severity.HIGH)
    assert usual.select([heard, lesson, act]) == [act] * told


def test_what_the_account_made_is_known_at_once() -> None:
    usual = first_use(by_account, lesson_age=7, made_here="made ")
    heard, act = seen("here", 0), seen("pool 1", 20, severity=Severity.HIGH)
    made = seen("made pool 1", 20, severity=Severity.INFORMATIONAL)
    another = seen("pool 2", 20, severity=Severity.HIGH)
    assert usual.select([heard, made, act, another]) == [another]


@pytest.mark.parametrize(
    ("days", "told"), [((0, 1, 6), True), ((0, 0, 6), False), ((3, 4, 5), False)]
)
def test_a_group_may_have_to_be_known_by_several_days(days: Sequence[int], *, told: bool) -> None:
    usual = first_use(by_actor, own_past=True, known_days=3)
    known = [seen("known", day) for day in days]
    assert (seen("other", 9) in usual.select([*known, seen("other", 9)])) is told


@pytest.mark.parametrize(
    ("severity", "days", "told"),
    [
        (Severity.HIGH, (3, 4), True),
        (Severity.HIGH, (3, 4, 5), False),  # a habit
        (Severity.HIGH, (2, 4), False),  # a week ago
        (Severity.MEDIUM, (3, 4), False),
    ],
)
def test_a_severe_act_of_the_first_days_teaches_nothing_by_itself(
    severity: Severity, days: tuple[int, ...], *, told: bool
) -> None:
    usual, heard = first_use(by_account), {"": [NOON.date()]}
    early = [seen("intruder", day, severity=severity) for day in days]
    act = seen("intruder", 9, severity=severity)
    assert usual.select([*early, act], heard) == [act] * told


@pytest.mark.parametrize("severe", [True, False])
def test_a_match_of_a_severe_rule_is_severe(*, severe: bool) -> None:
    usual, heard = first_use(by_account, severe=severe), {"": [NOON.date()]}
    early, act, again = seen("intruder", 3), seen("intruder", 8), seen("intruder", 9)
    assert usual.select([early, act, again], heard) == [act] * severe


def test_exempt_callers_teach_only_where_a_rule_says_so() -> None:
    assert [first_use(by_account, exempt_teach=it).is_taught for it in (True, False)] == [
        True,
        False,
    ]
