"""The conditions of a Sigma rule match as Sigma says."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.authoring.sigma.rules import CREATE, MATCHING, made, sigma
from trailwarden.detection.rule import Rule


@pytest.mark.parametrize(("name", "value", "bad", "good"), MATCHING)
def test_matches_values_as_sigma_does(
    name: str, value: Any, bad: Any, good: Any, rule_of: Callable[..., Rule]
) -> None:
    path, _, modifiers = name.partition("__")
    field = f"requestParameters.{path}" + (f"|{modifiers.replace('__', '|')}" if modifiers else "")
    rule = rule_of(sigma({"selection": CREATE | {field: value}}))
    assert rule.observe(made(requestParameters={path: bad}))
    assert not rule.observe(made(requestParameters={path: good}))


def test_compares_fields_with_each_other(rule_of: Callable[..., Rule]) -> None:
    path = "requestParameters.userName|fieldref"
    rule = rule_of(sigma({"selection": CREATE | {path: "userIdentity.userName"}}))
    assert rule.observe(made(requestParameters={"userName": "ANA"}))
    assert not rule.observe(made(requestParameters={"userName": "eve"}))


def test_compares_parts_of_fields_with_each_other(rule_of: Callable[..., Rule]) -> None:
    path = "requestParameters.note|fieldref|{}"
    for how, bad, good in [
        ("contains", "for ana only", "for eve"),
        ("startswith", "ana asked", "for ana"),
        ("endswith", "for ana", "ana asked"),
    ]:
        rule = rule_of(sigma({"selection": CREATE | {path.format(how): "userIdentity.userName"}}))
        assert rule.observe(made(requestParameters={"note": bad}))
        assert not rule.observe(made(requestParameters={"note": good}))


def test_looks_through_lists_and_into_objects(rule_of: Callable[..., Rule]) -> None:
    rule = rule_of(sigma({"selection": CREATE | {"requestParameters.tags.key": "admin"}}))
    assert rule.observe(made(requestParameters={"tags": [{"key": "x"}, {"key": ["Admin"]}]}))
    rule = rule_of(sigma({"selection": CREATE | {"requestParameters|contains": '"key":"admin"'}}))
    assert rule.observe(made(requestParameters={"tags": [{"key": "admin"}]}))
    assert rule.observe(made(requestParameters={"document": '{"key":"admin"}'}))


CONDITIONS: list[tuple[str, str]] = [
    ("sel and a", "a"),
    ("sel and not a", ""),
    ("sel and (a or b)", "a b"),
    ("sel and not (a or b)", ""),
    ("sel and not (a and b)", "a b -"),
    ("sel and 1 of opt_*", "c"),
    ("sel and all of opt_*", "cd"),
    ("sel and any of opt_*", "c d"),
    ("sel and not 1 of opt_*", "- a"),
    ("sel and not 1 of them or sel", "a -"),
    ("all of them", "abcd"),
]


@pytest.mark.parametrize(("condition", "bad"), CONDITIONS)
def test_reads_conditions_as_sigma_does(
    condition: str, bad: str, rule_of: Callable[..., Rule]
) -> None:
    detection: dict[str, Any] = {
        "sel": CREATE,
        **{n: {f"requestParameters.{n}": "yes"} for n in "ab"},
        **{f"opt_{n}": {f"requestParameters.{n}": "yes"} for n in "cd"},
    }
    rule = rule_of(sigma(detection | {"condition": condition}))
    for letters in bad.split():
        event = made(requestParameters=dict.fromkeys(letters, "yes"))
        assert rule.observe(event), letters


def test_takes_one_of_several_conditions_or_selections(rule_of: Callable[..., Rule]) -> None:
    a, b = ({**CREATE, f"requestParameters.{n}": "yes"} for n in "ab")
    for rule in (
        rule_of(sigma({"a": a, "b": b, "condition": ["a", "b"]})),
        rule_of(sigma({"selection": [a, b]})),
    ):
        assert rule.observe(made(requestParameters={"a": "yes"}))
        assert rule.observe(made(requestParameters={"b": "yes"}))
        assert not rule.observe(made(requestParameters={"c": "yes"}))
