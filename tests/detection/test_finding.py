from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import permutations
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.conftest import texts
from trailwarden import ATTEMPTED, NOBODY, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.caller import Caller
from trailwarden.correlations import EventCount, by_actor, routine
from trailwarden.detection.alert import Alert
from trailwarden.detection.finding import Finding, findings
from trailwarden.detection.observation import Observation

NOON = datetime(2025, 6, 2, 12, tzinfo=UTC)
COUNT = EventCount(at_least=2, timespan=timedelta(hours=1), group_by=by_actor)


def rule(name: str = "rule", correlation: EventCount | None = None) -> Rule:
    return Rule(
        f"trailwarden.rules.made.{name}",
        "Made.",
        detect=lambda _: Match(),
        events=["*"],
        exempt=NOBODY,
        outcome=ATTEMPTED,
        severity=Severity.MEDIUM,
        attack={Tactic.IMPACT: ["T1485"]},
        response="Look.",
        correlation=correlation,
        window=timedelta(hours=1),
    )


def seen(minute: int, **fields: Any) -> Observation:
    told = {"event_id": f"event {minute}", "group": "1/alice"} | fields
    time = NOON + timedelta(minutes=minute)
    return Observation(time, f"origin {minute}")._replace(**told)


def alert(*observations: Observation) -> Alert:
    return Alert.of([Finding(rule(), (o,)) for o in observations])


def alert_ids(*observations: Observation, of: Rule | None = None) -> set[str]:
    return {Finding(of or rule(), (o,)).alert_id for o in observations}


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(seen(60), id="the next window"),
        pytest.param(seen(-1), id="the window before"),
        pytest.param(seen(0, group="1/bob"), id="another actor"),
        pytest.param(seen(0, subject="bucket"), id="another subject"),
        pytest.param(seen(0, group="1/alicebucket", subject=""), id="names that run together"),
    ],
)
def test_what_differs_is_another_alert(other: Observation) -> None:
    assert len(alert_ids(seen(0), other)) == 2


def test_another_rule_is_another_alert() -> None:
    assert alert_ids(seen(0)).isdisjoint(alert_ids(seen(0), of=rule("other")))


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(seen(59), id="later in the window"),
        pytest.param(seen(0, origin="another"), id="another event"),
        pytest.param(seen(0, label="x", severity=5, source_ip_address="::1"), id="another detail"),
    ],
)
def test_the_rest_is_the_same_alert(other: Observation) -> None:
    assert len(alert_ids(seen(0), other)) == 1


@given(st.tuples(texts, texts), st.tuples(texts, texts))
@example(("a\x1f", "b"), ("a", "\x1fb"))
def test_ids_differ_where_what_they_are_of_differs(
    one: tuple[str, str], other: tuple[str, str]
) -> None:
    ids = alert_ids(*(seen(0, group=group, subject=subject) for group, subject in (one, other)))
    assert len(ids) == len({one, other})


def test_a_finding_of_one_event_has_an_id_for_each_event() -> None:
    uids = {Finding(rule(), (seen(n),)).uid for n in (0, 0, 1)}
    assert len(uids) == 2


def test_a_finding_of_several_keeps_its_id_as_it_grows() -> None:
    counting = rule(correlation=COUNT)
    uids = {Finding(counting, tuple(map(seen, range(n)))).uid for n in (2, 3, 4)}
    assert len(uids) == 1


def test_what_adds_up_over_two_windows_is_two_findings() -> None:
    found = list(findings(rule(correlation=COUNT), map(seen, (59, 61, 58))))
    assert [[o.event_id for o in f.observations] for f in found] == [
        ["event 58", "event 59"],
        ["event 61"],
    ]


def test_ids_of_times_at_either_end_are_told_apart() -> None:
    ends = [
        seen(0)._replace(time=datetime(year, 1, 1, tzinfo=UTC)) for year in (1, 1969, 1970, 9999)
    ]
    assert len(alert_ids(*ends)) == 4


def test_an_alert_is_the_same_in_whatever_order_its_findings_came() -> None:
    told = {
        (a.alert_id, tuple(a.event_ids), a.first_seen, a.last_seen)
        for a in (alert(*order, seen(1)) for order in permutations(map(seen, range(3))))
    }
    [(_, event_ids, first, last)] = told
    assert event_ids == ("event 0", "event 1", "event 2")
    assert (first, last) == (NOON, NOON + timedelta(minutes=2))


def test_an_event_is_counted_once() -> None:
    assert alert(seen(0), seen(0), seen(1)).count == 2


@pytest.mark.parametrize(
    ("severities", "expected"),
    [
        ([0], Severity.MEDIUM),
        ([1], Severity.INFORMATIONAL),
        ([1, 0], Severity.MEDIUM),
        ([1, 5, 0], Severity.CRITICAL),
    ],
)
def test_an_alert_is_as_bad_as_the_worst_of_it(severities: list[int], expected: Severity) -> None:
    told = [seen(n, severity=severity) for n, severity in enumerate(severities)]
    assert alert(*told).severity is expected


def test_what_was_seen_is_told_once_in_the_order_of_first_sight() -> None:
    told = alert(
        seen(0, label="b", action="iam:B", source_ip_address="2"),
        seen(1, label="a", action="iam:A", source_ip_address="1"),
        seen(2, label="b", action="iam:B", source_ip_address=""),
    )
    assert (told.details, told.actions, told.source_ip_addresses) == (
        ["b", "a"],
        ["iam:B", "iam:A"],
        ["2", "1"],
    )


@pytest.mark.parametrize(("person", "alerts"), [("ann@example.com", 1), ("bob@example.com", 2)])
def test_a_person_is_one_in_all_accounts(person: str, alerts: int) -> None:
    reserved = "role/aws-reserved/sso.amazonaws.com/"
    here = (
        f"arn:aws:iam::1:{reserved}eu-west-1/AWSReservedSSO_Audit_0123456789abcdef/ann@example.com"
    )
    there = f"arn:aws:iam::2:{reserved}AWSReservedSSO_Audit_fedcba9876543210/{person}"
    across = replace(rule(), across=True)
    assert len(alert_ids(seen(0, actor=here), seen(0, actor=there), of=across)) == alerts


def test_a_role_that_looks_like_a_persons_is_none() -> None:
    looks = "role/AWSReservedSSO_Audit_{}/ann@example.com"
    actors = (f"arn:aws:iam::{n}:{looks.format(str(n) * 16)}" for n in (1, 2))
    across = replace(rule(), across=True)
    assert len(alert_ids(*(seen(0, actor=actor) for actor in actors), of=across)) == 2


@pytest.mark.parametrize(
    ("caller", "alerts"),
    [(Caller.INSTANCE, 1), (Caller.ROLE, 1), (Caller.PERSON, 2), (Caller.ROOT, 2)],
)
def test_acts_of_people_are_told_each_day_where_those_of_programs_are_told_each_week(
    caller: Caller, alerts: int
) -> None:
    days = [seen(n * 24 * 60, caller=caller) for n in (0, 1)]
    of = replace(rule(), window=timedelta(days=7), correlation=routine())
    assert len(alert_ids(*days, of=of)) == alerts
