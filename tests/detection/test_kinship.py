import json
import random
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from time import process_time

import pytest

from tests.shedding import (
    ACTS,
    BOB,
    INTRUDER,
    RULE,
    STRANGER,
    WAYS,
    Way,
    as_person,
    assumed,
    of_people,
    session,
    through_hub,
    weak_signals,
)
from trailwarden import catalog
from trailwarden.cloudtrail.event import Event
from trailwarden.cloudtrail.samples import (
    ACCOUNT,
    NOON,
    OTHER_ACCOUNT,
    Fields,
    assumed_role,
    iam_user,
    record,
    refused,
)
from trailwarden.cloudtrail.values import Record
from trailwarden.detection.correlation import EventCount
from trailwarden.detection.engine import Engine
from trailwarden.detection.example import Example
from trailwarden.detection.finding import Finding
from trailwarden.detection.grouping import by_lineage
from trailwarden.detection.incidents.linking import SKEW
from trailwarden.detection.kinship import LASTS, Descent, needed
from trailwarden.detection.rule import Rule
from trailwarden.environment import Environment

[SEVERE_ACTS] = [rule for rule in catalog.load().rules if rule.id == RULE]
ROLE = session(assumed_role("app", "x"), 3, "AROAAPPEXAMPLE0000001:x")
RUNNER = session(assumed_role("ci", "runner"), -60, "AROACIEXAMPLE00000001:runner")


MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
ANY = Environment()


def found(
    records: Sequence[Record], environment: Environment = ANY, rule: Rule = SEVERE_ACTS
) -> list[Finding]:
    events = (Event(record, environment) for record in records)
    return [f for f in Engine([rule]).evaluate(events) if isinstance(f, Finding)]


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_acts_add_up_over_each_way_to_shed_an_actor(way: Way) -> None:
    assert len({seen.origin for one in found(way.shed()) for seen in one.observations}) == len(ACTS)


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_acts_of_strangers_do_not_add_up(way: Way) -> None:
    assert found(way.strangers()) == []


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_each_actor_has_a_finding_of_its_own(way: Way) -> None:
    """So what the acts of one actor are is told as ever, under the same id."""
    assert all(len({s.actor for s in one.observations}) == 1 for one in found(way.shed()))
    assert len({one.alert_id for one in found(way.shed())}) == 2


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_the_order_of_acts_and_openings_makes_no_difference(way: Way, seed: int) -> None:
    rng, engine = random.Random(seed), Engine([SEVERE_ACTS])
    records = [*way.shed(), *rng.sample(way.shed(), 2)]
    rng.shuffle(records)
    outcomes = [o for one in records for o in engine.evaluate([Event(one)])]
    told = {
        (o.alert_id, s.origin) for o in outcomes if isinstance(o, Finding) for s in o.observations
    }
    assert told == {(o.alert_id, s.origin) for o in found(way.shed()) for s in o.observations}


def test_the_copy_in_another_account_takes_no_act_away() -> None:
    """The same holds where the other account comes first in any order."""
    way = WAYS["AssumeRole"]
    expected = {(one.alert_id, len(one.observations)) for one in found(way.shed())}
    for there in ("000000000001", OTHER_ACCOUNT):
        both = [{**one, "sharedEventID": str(one["eventID"])} for one in way.shed()]
        others = [
            {**one, "recipientAccountId": there, "eventID": f"copy {n}"}
            for n, one in enumerate(both)
        ]
        told = {(one.alert_id, len(one.observations)) for one in found([*both, *others])}
        assert told == expected


def test_an_act_in_another_account_counts_in_the_actors_own_alone() -> None:
    acts = [refused(act, INTRUDER, minute=n) for n, act in enumerate(ACTS)]
    assert found(acts)
    assert not found([*acts[:2], {**acts[2], "recipientAccountId": OTHER_ACCOUNT}])


def test_one_person_of_identity_center_is_one_hand() -> None:
    assert len(found(of_people("alice", "alice", "alice"))) == 3
    assert found(of_people("alice", "bob", "alice")) == []


def test_a_person_who_takes_a_role_stays_one_hand() -> None:
    alice = as_person("alice", "Admin", 0)
    acts = [refused(act, alice, minute=n) for n, act in enumerate(ACTS[:2])]
    last = refused(ACTS[2], ROLE, minute=9)
    assert found([*acts, assumed(alice, ROLE, 3), last])
    assert not found([*acts, assumed(as_person("bob", "Admin", 0), ROLE, 3), last])


@pytest.mark.parametrize("hub", [RUNNER, iam_user("jenkins")], ids=["role", "user"])
def test_a_hub_that_opens_sessions_for_many_adds_nothing_up(hub: Fields) -> None:
    assert found(through_hub(hub)) == []


def test_people_who_share_a_role_are_strangers() -> None:
    role = assumed_role("ci", "run")
    first, second = (session(role, n, f"AROACIEXAMPLE00000001:run{n}") for n in (1, 2))
    acts = [refused(act, INTRUDER, minute=n) for n, act in enumerate(ACTS[:2])]
    opened = [assumed(INTRUDER, first, 1), assumed(STRANGER, second, 2)]
    assert found([*acts, *opened, refused(ACTS[2], second, minute=9)]) == []
    assert found([*acts, *opened, refused(ACTS[2], first, minute=9)])


def test_nothing_descends_through_a_deploy_role() -> None:
    """Its pipelines serve all, so the sessions that it opens have to do with nobody else."""
    acts = [refused(act, INTRUDER, minute=n) for n, act in enumerate(ACTS[:2])]
    deploy = session(assumed_role("deploy", "run"), 2, "AROADEPLOYEXAMPLE0001:run")
    opened = [assumed(INTRUDER, deploy, 2), assumed(deploy, ROLE, 3)]
    records = [*acts, *opened, refused(ACTS[2], ROLE, minute=9)]
    assert found(records)
    deploys = Environment(deploy_roles=(f"arn:aws:iam::{ACCOUNT}:role/deploy",))
    assert found(records, deploys) == []


def test_the_acts_of_few_actors_add_up_and_no_more() -> None:
    """The hand above acts, and so does each session that it opened."""
    top = [refused(f"s3:{act}", RUNNER, minute=5) for act in ("PutBucketPolicy", "PutBucketAcl")]
    four = replace(
        SEVERE_ACTS, correlation=EventCount(at_least=4, timespan=HOUR, group_by=by_lineage)
    )
    assert found([*top, *through_hub(RUNNER, acts=ACTS[:2])], rule=four)
    assert found([top[0], *through_hub(RUNNER, acts=ACTS)], rule=four) == []
    three = replace(four, correlation=EventCount(at_least=3, timespan=HOUR, group_by=by_lineage))
    assert len(found([top[0], *through_hub(RUNNER, acts=ACTS)], rule=three)) == 4


def test_a_key_that_was_handed_over_days_ago_tells_nothing() -> None:
    way = WAYS["CreateAccessKey"]
    [handed] = way.links(INTRUDER)
    moved = {**handed, "eventTime": "2025-05-30T12:00:00Z"}
    acts = [record for record in way.shed() if record is not handed and record != handed]
    assert found([*acts, moved]) == []


def test_acts_that_are_farther_apart_than_asked_do_not_add_up() -> None:
    assert SEVERE_ACTS.correlation
    assert SEVERE_ACTS.correlation.timespan == timedelta(minutes=30)
    way = WAYS["AssumeRole"]
    assert found(way._replace(at=30).shed())
    assert found(way._replace(at=45).shed()) == []


FOLLOWING = [
    (module.RULE, [*module.examples()])
    for module in catalog.shipped()
    if module.RULE.events and module.RULE.correlation and module.RULE.correlation.follows_lineage
]


def halved(example: Example, opener: Fields, *, by_key: bool) -> list[Record]:
    """Return a story whose later half is by a role that the opener took, or by a key it made."""
    ordered = sorted(example.records, key=lambda one: str(one["eventTime"]))
    half = len(ordered) // 2
    minute = (datetime.fromisoformat(str(ordered[half]["eventTime"])) - NOON) / MINUTE
    role = session(assumed_role("app", "x"), minute, "AROAAPPEXAMPLE0000001:x")
    by = [INTRUDER] * half + [BOB if by_key else role] * (len(ordered) - half)
    acts = [{**one, "userIdentity": who} for one, who in zip(ordered, by, strict=True)]
    links = WAYS["CreateAccessKey"].links(opener) if by_key else [assumed(opener, role, minute)]
    return [*acts, *links]


@pytest.mark.parametrize(("rule", "stories"), FOLLOWING, ids=lambda one: getattr(one, "id", ""))
def test_each_rule_that_follows_lineage_sees_one_hand_behind_two_actors(
    rule: Rule, stories: Sequence[Example]
) -> None:
    """One of its stories is an alert if one hand tells it by two actors, and none by two hands."""
    assert any(
        found(halved(one, INTRUDER, by_key=by_key), rule=rule)
        and not found(halved(one, STRANGER, by_key=by_key), rule=rule)
        for one in stories
        if one.alerts
        for by_key in (False, True)
    )


SIGNALLED = "actor.several_weak_signals"
SIGNALS = Engine(rule for rule in catalog.load().rules if rule.id == SIGNALLED or rule.is_signal)


def signalled(records: Iterable[Record]) -> set[str]:
    found = SIGNALS.afresh().evaluate(map(Event, records))
    return {o.alert_id for o in found if isinstance(o, Finding) and o.rule.id == SIGNALLED}


def test_weak_signals_add_up_over_actors() -> None:
    assert len(signalled(weak_signals(INTRUDER))) == 2
    assert not signalled(weak_signals(STRANGER))


def test_a_signal_that_its_actor_gave_before_adds_nothing_to_another_actor() -> None:
    *_, last = records = weak_signals(INTRUDER)
    before = {**last, "eventTime": "2025-06-01T12:00:00Z", "eventID": "an earlier one"}
    assert not signalled([before, *records])


def test_signals_of_one_actor_make_those_of_another_no_more_usual() -> None:
    records = weak_signals(INTRUDER)
    before = record("account:GetContactInformation", STRANGER, minute=-1440)
    assert len(signalled([before, *records])) == 2


def test_a_flood_below_one_hand_is_compared_in_a_moment() -> None:
    role = assumed_role("app", "x")
    jobs = [session(role, 0, f"AROAFLOODEXAMPLE{n:05}:x") for n in range(200)]
    acts = [refused(ACTS[n % 3], job, minute=n % 30) for n, job in enumerate(jobs)] * 5
    hubs = through_hub(INTRUDER, acts=ACTS * 10)
    opened = [assumed(INTRUDER, job, 0) for job in jobs]
    start = process_time()
    assert found([refused(ACTS[0], INTRUDER), *opened, *acts, *hubs])
    assert process_time() - start < 10


def test_ordinary_days_of_a_hand_with_many_roles_hide_none_of_its_acts() -> None:
    """Few actors are compared, and only those of one time."""
    usual = [refused(ACTS[0], INTRUDER), *through_hub(INTRUDER, acts=ACTS[:1] * 9)]
    earlier = [
        {
            **json.loads(json.dumps(one).replace("2025-06-02", f"2025-05-{day}")),
            "eventID": f"{day} {n}",
        }
        for day in range(10, 30)
        for n, one in enumerate(usual)
    ]
    zeta = session(assumed_role("zeta", "x"), 3, "AROAZETAEXAMPLE000001:x")
    way = Way(lambda by: [assumed(by, zeta, 3)], zeta)
    assert len(found([*earlier, *way.shed()])) == len(found(way.shed())) == 2


def test_a_flood_of_gifts_by_many_hands_is_climbed_in_a_moment() -> None:
    """Each session that an intruder opens takes the same key over again."""
    role, last = assumed_role("app", "x"), refused(ACTS[2], BOB, minute=20)
    taken = [
        {**made, "eventID": f"gift {n}"}
        for n in range(1_000)
        for opened in [session(role, 5 + n / 200, f"AROAFLOODEXAMPLE{n:05}:x")]
        for made in (assumed(INTRUDER, opened, 5 + n / 200), *WAYS["CreateAccessKey"].links(opened))
    ]
    start = process_time()
    acts = [{**last, "eventID": f"act {n}"} for n in range(1_000)]
    assert found([*WAYS["CreateAccessKey"].shed(), *taken, *acts])
    assert process_time() - start < 15


@pytest.mark.parametrize("seed", range(20))
def test_the_descents_that_decide_hold_at_any_time_as_all_do(seed: int) -> None:
    draw = random.Random(seed)
    some = sorted(
        Descent("K:1", draw.choice(["S:1", "S:2"]), since, ACCOUNT, ACCOUNT)
        for since in (NOON + MINUTE * draw.randrange(600) for _ in range(draw.choice([3, 20, 90])))
    )
    for time in (NOON + MINUTE * n for n in range(-10, 680)):
        all_held, decided = (
            {one.parent for one in each if one.since - SKEW <= time <= one.since + LASTS}
            for each in (some, needed(some))
        )
        assert all_held == decided
    assert len(needed(some)) < 60
