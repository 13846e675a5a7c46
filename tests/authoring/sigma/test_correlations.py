"""The importer turns correlations of Sigma into those of rules."""

from collections.abc import Callable
from typing import Any

import pytest
import yaml

from tests.authoring.sigma.rules import CREATE, PACK, correlation, made, outcomes, refusal, sigma
from trailwarden.authoring.sigma.importer import results
from trailwarden.cloudtrail.event import Event
from trailwarden.cloudtrail.samples import iam_user, record
from trailwarden.detection.attack import Tactic
from trailwarden.detection.correlation import EventCount, TemporalOrdered, ValueCount
from trailwarden.detection.engine import Engine
from trailwarden.detection.rule import Rule


def test_counts_events(rule_of: Callable[..., Rule]) -> None:
    rule = rule_of(sigma(name="made"), correlation())
    assert isinstance(rule.correlation, EventCount)
    assert rule.correlation.at_least == 5
    assert rule.correlation.timespan.total_seconds() == 600
    assert rule.correlation.group_by(made()) == rule.correlation.group_by(made(minute=3))
    assert rule.attack == {Tactic.PERSISTENCE: ["T1136.003"]}
    more = rule_of(sigma(name="made"), correlation(condition={"gt": 5})).correlation
    assert isinstance(more, EventCount)
    assert more.at_least == 6


def test_counts_what_any_of_several_rules_sees(rule_of: Callable[..., Rule]) -> None:
    deleted = sigma({"selection": CREATE | {"eventName": "DeleteUser"}}, name="deleted")
    rule = rule_of(sigma(name="made"), deleted, correlation(rules=["made", "deleted"]))
    assert rule.events == ["iam:CreateUser", "iam:DeleteUser"]


def test_counts_values(rule_of: Callable[..., Rule]) -> None:
    condition = {"gte": 3, "field": "requestParameters.userName"}
    rule = rule_of(sigma(name="made"), correlation("value_count", condition=condition))
    assert isinstance(rule.correlation, ValueCount)
    [seen] = rule.observe(made(requestParameters={"userName": "eve"}))
    assert seen
    assert seen.label == "eve"
    assert not rule.observe(made())


def test_counts_addresses(rule_of: Callable[..., Rule]) -> None:
    condition = {"gte": 3, "field": "sourceIPAddress"}
    rule = rule_of(sigma(name="made"), correlation("value_count", condition=condition))
    assert isinstance(rule.correlation, ValueCount)


def test_leaves_out_events_without_the_field_they_are_grouped_by(
    rule_of: Callable[..., Rule],
) -> None:
    rule = rule_of(
        sigma(name="made"), correlation("event_count", **{"group-by": ["requestParameters.path"]})
    )
    assert not rule.observe(made())
    assert rule.observe(made(requestParameters={"path": "/"}))


def test_orders_events(rule_of: Callable[..., Rule]) -> None:
    key = sigma({"selection": CREATE | {"eventName": "CreateAccessKey"}}, name="key")
    ordered = correlation("temporal_ordered", rules=["made", "key"])
    del ordered["correlation"]["condition"]
    rule = rule_of(sigma(name="made"), key, ordered)
    assert isinstance(rule.correlation, TemporalOrdered)
    assert rule.correlation.labels == ("made", "key")
    events = [
        made(),
        Event(record("iam:CreateAccessKey", iam_user("ana"), minute=1)),
    ]
    assert list(Engine([rule]).evaluate(events))


def test_takes_events_in_any_order(rule_of: Callable[..., Rule]) -> None:
    key = sigma({"selection": CREATE | {"eventName": "CreateAccessKey"}}, name="key")
    together = correlation("temporal", rules=["made", "key"])
    del together["correlation"]["condition"]
    rule = rule_of(sigma(name="made"), key, together)
    assert isinstance(rule.correlation, ValueCount)
    assert rule.correlation.at_least == 2
    first = Event(record("iam:CreateAccessKey", iam_user("ana")))
    assert list(Engine([rule]).evaluate([first, made(minute=1)]))
    assert not list(Engine([rule]).evaluate([made(), made(minute=1)]))


def test_takes_some_of_several_rules(rule_of: Callable[..., Rule]) -> None:
    names = {"made": "CreateUser", "key": "CreateAccessKey", "gone": "DeleteUser"}
    rules = [sigma({"selection": CREATE | {"eventName": e}}, name=n) for n, e in names.items()]
    together = correlation("temporal", rules=[*names], condition={"gte": 2})
    rule = rule_of(*rules, together)
    assert isinstance(rule.correlation, ValueCount)
    assert rule.correlation.at_least == 2


def test_finds_the_rules_of_a_correlation_by_their_titles() -> None:
    several = outcomes(sigma(title="User made"), correlation(rules=["User made"]))
    assert any(result.imported for result in several)
    assert not any(result.refused for result in several)
    twice = sigma(title="User made"), sigma(title="User made"), correlation(rules=["User made"])
    assert any("not found" in result.message for result in outcomes(*twice))


def test_finds_the_rules_of_a_correlation_in_other_files_and_by_id() -> None:
    number = "3f6b3a52-0b7a-4f0e-9a4f-0d8c5a4f1c11"
    files = [
        ("b.yml", yaml.safe_dump(correlation(rules=[number]))),
        ("a.yml", yaml.safe_dump(sigma(id=number))),
    ]
    counted, part = results(files, PACK)
    assert counted.imported
    assert not part.refused
    assert part.message == "is part of 'Users were made, many'"


def test_keeps_a_rule_that_a_correlation_generates() -> None:
    single, counted = outcomes(sigma(name="made"), correlation(generate=True))
    assert single.imported
    assert counted.imported


@pytest.mark.parametrize(
    ("told", "reason"),
    [
        ({"type": "temporal"}, "temporal needs two rules or more"),
        (
            {"type": "temporal", "rules": ["made", "key"], "condition": "made or key"},
            "combines rules",
        ),
        ({"type": "value_sum", "condition": {"gte": 5, "field": "x"}}, "do no value_sum"),
        ({"type": "value_avg", "condition": {"gte": 5, "field": "x"}}, "do no value_avg"),
        ({"condition": {"eq": 5}}, "can only become more"),
        ({"condition": {"lt": 5}}, "can only become more"),
        ({"condition": {"neq": 5}}, "can only become more"),
        ({"condition": {"gte": 1}}, "count from 2"),
        ({"condition": {"gte": 5000}}, "count from 2"),
        ({"condition": {"gte": 2.5}}, "count from 2"),
        ({"condition": "made and made"}, "is no Sigma rule"),
        ({"timespan": "1y"}, "more than 90 days"),
        ({"timespan": "soon"}, "is no Sigma rule"),
        ({"aliases": {"who": {"made": "userIdentity.arn"}}}, "aliases"),
        ({"group-by": ["userIdentity.shoe"]}, "no field shoe"),
        ({"rules": ["other"]}, "give the file it is in"),
        ({"type": "temporal_ordered"}, "two rules or more"),
        (
            {"type": "temporal_ordered", "rules": ["made", "key"], "condition": {"gte": 1}},
            "leave out its condition",
        ),
        (
            {"type": "temporal_ordered", "rules": ["made", "key"], "condition": "made and key"},
            "combines rules",
        ),
        (
            {"type": "value_count", "condition": {"gte": 3, "field": ["eventName", "awsRegion"]}},
            "count one field",
        ),
        (
            {"type": "value_count", "condition": {"gte": 3, "field": "eventName"}},
            "no different values",
        ),
    ],
)
def test_refuses_correlations_that_rules_cannot_do(told: dict[str, Any], reason: str) -> None:
    key = sigma({"selection": CREATE | {"eventName": "CreateAccessKey"}}, name="key")
    assert reason in refusal(sigma(name="made"), key, correlation(**told))


def test_refuses_to_correlate_correlations() -> None:
    inner = correlation() | {"name": "inner"}
    assert "correlate rules" in refusal(sigma(name="made"), inner, correlation(rules=["inner"]))
