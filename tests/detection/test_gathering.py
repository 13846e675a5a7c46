"""One file never takes more than so much memory, and the worst in it is held."""

import random
from collections import Counter
from datetime import timedelta

from tests.aws.world import CREATED, DELETED_TWO, a_rule
from trailwarden.cloudtrail.event import Event
from trailwarden.cloudtrail.samples import iam_user, record
from trailwarden.detection.correlation import TemporalOrdered
from trailwarden.detection.engine import Sighting
from trailwarden.detection.first_seen import first_use
from trailwarden.detection.gathering import (
    ALERTS,
    ALERTS_OF_GROUP,
    AT_LEAST,
    DECIDING,
    GROUPS_OF_RULE,
    LABELS,
    MATCHES,
    MOST_HELD,
    TOGETHER,
    TOGETHER_OF_RULE,
    Gathering,
)
from trailwarden.detection.grouping import by_actor as of_actor
from trailwarden.detection.observation import Observation
from trailwarden.detection.routine import routine
from trailwarden.detection.rule import Rule

DELETED = Event(record("iam:DeleteUser", iam_user("eve")))
MADE = Event(record("iam:CreateUser", iam_user("eve")))
NEW = a_rule("new", "iam:CreateUser", correlation=first_use(of_actor))


def seen(rule: Rule, event: Event, number: int = 0, **fields: object) -> Sighting:
    [one] = rule.observe(event)
    time = one.time + timedelta(seconds=number / 100)
    return Sighting(rule, one._replace(origin=f"{number}", time=time)._replace(**fields))  # type: ignore[arg-type]


def alerts(gathering: Gathering) -> dict[str, list[Observation]]:
    found: dict[str, list[Observation]] = {}
    for finding in gathering.single():
        found.setdefault(finding.alert_id, []).extend(finding.observations)
    return found


def test_few_are_held_as_they_are() -> None:
    gathering = Gathering()
    some = [seen(CREATED, MADE, n, subject=f"{n % 3}") for n in range(30)]
    for one in some:
        gathering.add(one)
    assert sorted(o for of in alerts(gathering).values() for o in of) == [o for _, o in some]
    assert not gathering.left_out


def test_the_first_of_a_day_is_held_of_each_hand_where_these_are_apart() -> None:
    daily = a_rule("daily", "iam:CreateUser", correlation=routine())
    hands = ("alice", "bob", "alice")
    held = Gathering()
    for n, name in enumerate(hands):
        held.add(seen(daily, MADE, n, session=name))
    assert [one.observation.session for one in held.counting()] == ["alice", "bob"]


def test_of_one_alert_no_more_are_held_than_are_counted() -> None:
    gathering = Gathering()
    for n in range(MATCHES + 500):
        gathering.add(seen(CREATED, MADE, n))
    [held] = alerts(gathering).values()
    assert len(held) == MATCHES


def test_the_worst_match_is_held_however_late_it_comes() -> None:
    gathering = Gathering()
    for n in range(MATCHES + 500):
        gathering.add(seen(CREATED, MADE, n, severity=5 if n == MATCHES + 100 else 0))
    [held] = alerts(gathering).values()
    assert max(one.severity for one in held) == 5


def test_a_flood_of_one_actor_leaves_room_for_others() -> None:
    gathering = Gathering()
    for n in range(3_000):
        gathering.add(seen(CREATED, MADE, n, subject=f"thing {n}"))
    gathering.add(seen(CREATED, MADE, 9_999, subject="payroll", group="another"))
    found = alerts(gathering)
    assert len(found) == ALERTS_OF_GROUP + 2
    assert "payroll" in {of[0].subject for of in found.values()}
    assert max(map(len, found.values())) >= MATCHES
    assert gathering.told_together[CREATED.id] == 3_000 - ALERTS_OF_GROUP


def test_a_flood_of_many_actors_is_few_alerts_and_nothing_is_silent() -> None:
    gathering = Gathering()
    for n in range(3_000):
        gathering.add(seen(CREATED, MADE, n, group=f"actor {n}"))
    found = alerts(gathering)
    assert len(found) <= ALERTS + TOGETHER_OF_RULE
    assert sum(o.subject == TOGETHER for of in found.values() for o in of) >= MATCHES
    assert not gathering.left_out


def test_each_rule_may_tell_however_many_others_do() -> None:
    gathering = Gathering()
    flooding = [a_rule(f"flooding{n}", "iam:CreateUser") for n in range(4)]
    for n in range(400):
        gathering.add(seen(flooding[n % 4], MADE, n, group=f"actor {n}"))
    for n in range(AT_LEAST):
        gathering.add(seen(CREATED, MADE, 1_000 + n, subject=f"thing {n}"))
    subjects = {o.subject for of in alerts(gathering).values() for o in of}
    assert {f"thing {n}" for n in range(AT_LEAST)} <= subjects


def test_what_counts_is_held_as_far_as_it_decides() -> None:
    gathering = Gathering()
    for n in range(MATCHES + 5_000):
        gathering.add(seen(DELETED_TWO, DELETED, n))
    held = [one for _, one in gathering.counting()]
    assert MATCHES <= len(held) < MATCHES + 100
    assert not gathering.left_out


def test_groups_beyond_number_are_counted_as_left_out() -> None:
    gathering = Gathering()
    for n in range(GROUPS_OF_RULE + 7):
        gathering.add(seen(DELETED_TWO, DELETED, n, group=f"{n}"))
    assert gathering.left_out == {DELETED_TWO.id: 7}


def test_of_a_new_label_the_first_of_a_day_is_held_in_any_order() -> None:
    some = [seen(NEW, MADE, n, label=f"{n % 5}") for n in range(200)]
    for order in (some, some[::-1], random.Random(2).sample(some, len(some))):
        gathering = Gathering()
        for one in order:
            gathering.add(one)
        assert sorted(o for _, o in gathering.counting()) == [o for _, o in some[:5]]


def test_new_labels_beyond_number_are_counted_as_left_out() -> None:
    gathering = Gathering()
    for n in range(LABELS + 9):
        gathering.add(seen(NEW, MADE, n, label=f"{n}"))
    assert gathering.left_out == {NEW.id: 9}


def test_parts_together_are_the_whole_and_a_group_is_in_one() -> None:
    gathering = Gathering()
    for n in range(60):
        gathering.add(seen(NEW, MADE, n, label=f"{n}", group=f"{n % 20}"))
        gathering.add(seen(DELETED_TWO, DELETED, n))
    parts = [list(gathering.counting(part, 4)) for part in range(4)]
    assert sorted(o for part in parts for _, o in part) == sorted(
        o for _, o in gathering.counting()
    )
    places = {(o.group, place) for place, part in enumerate(parts) for _, o in part}
    assert len(places) == 21
    assert gathering.weight == 20


USED_AFTER = a_rule(
    "used_after",
    "iam:DeleteUser",
    correlation=TemporalOrdered(labels=("a", "b"), timespan=timedelta(hours=1), group_by=of_actor),
)


def test_of_one_group_with_a_hand_for_each_record_only_so_many_are_held() -> None:
    gathering = Gathering()
    for n in range(DECIDING + 500):
        gathering.add(seen(USED_AFTER, DELETED, n, label="a", actor=f"actor {n}"))
    assert len([*gathering.counting()]) == gathering.held == DECIDING
    assert gathering.left_out == {USED_AFTER.id: 500}


def test_what_others_stand_for_takes_no_room_and_is_not_left_out() -> None:
    gathering = Gathering()
    for n in range(DECIDING + 500):
        gathering.add(seen(DELETED_TWO, DELETED, n))
    assert gathering.held == len([*gathering.counting()]) < MATCHES + 100
    assert not gathering.left_out


def test_many_groups_with_many_observations_each_are_held_up_to_a_number() -> None:
    gathering, groups, each = Gathering(), 2_900, 60
    for n in range(groups * each):
        gathering.add(seen(DELETED_TWO, DELETED, n, group=f"{n % groups}"))
    held = Counter(one.group for _, one in gathering.counting())
    assert len(held) == groups
    assert min(held.values()) >= MOST_HELD // groups
    assert gathering.held == held.total() <= MOST_HELD
    assert gathering.left_out
