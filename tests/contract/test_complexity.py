import json
from pathlib import Path
from typing import Any

import pytest

from trailwarden.contract.complexity import PLENTY, complexity, has_invalid_wildcard

FIGURES = Path(__file__).resolve().parents[3] / "shared/reference/eventbridge-complexity.jsonl"
"""Patterns with the complexity that AWS's own matcher computes; where it says 40, 40 or more."""


def figures() -> list[Any]:
    if not FIGURES.is_file():
        return [pytest.param({}, marks=pytest.mark.skip(f"there are no figures at {FIGURES}"))]
    lines = FIGURES.read_text(encoding="utf-8").splitlines()
    return [pytest.param(json.loads(line), id=json.loads(line)["name"]) for line in lines]


def of(*wildcards: str) -> int:
    return complexity({"detail": {"userAgent": [{"wildcard": w} for w in wildcards]}})


@pytest.mark.parametrize("figure", figures())
def test_the_bound_is_never_below_what_the_matcher_computes(figure: dict[str, Any]) -> None:
    assert complexity(figure["pattern"]) >= figure["complexity"]


@pytest.mark.parametrize("figure", figures())
def test_the_bound_is_exact_without_alternatives_and_within_four_times_with(
    figure: dict[str, Any],
) -> None:
    bound = complexity(figure["pattern"])
    text = json.dumps(figure["pattern"])
    if '"$or"' in text:
        assert bound <= 4 * figure["complexity"]
    elif '"anything-but": {"wildcard": [' in text:
        assert bound <= 2 * figure["complexity"]
    else:
        assert bound == figure["complexity"]


@pytest.mark.parametrize(
    ("wildcard", "expected"),
    [
        ("*", 2),  # the value in its quotes matches "* and "*"
        ("plain", 1),
        ("*kali*", 3),  # "kali" matches *, *kali and *kali*
        ("*kali", 2),
        ("kali*", 2),
        ("ka*li", 2),
        ("*aa", 3),  # "aa" matches *, *a and *aa
        ("*aba*", 4),  # "aba" matches *, *a, *aba and *aba*
        ("*a*a*a*", 7),
        ("*AWSLogs/*/CloudTrail/*", 5),
        ("*ä*", 3),
    ],
)
def test_counts_the_beginnings_that_one_value_can_match(wildcard: str, expected: int) -> None:
    assert of(wildcard) == expected


def test_wildcards_of_one_field_add_up() -> None:
    assert of("*kali*", "*pacu*", "*barq*") == 9


def test_wildcards_whose_beginnings_exclude_each_other_do_not() -> None:
    assert of("eu*x", "us*x") == 2


def test_a_wildcard_that_is_listed_twice_counts_once() -> None:
    assert of("*kali*", "*kali*") == 3


def test_the_field_that_counts_most_decides() -> None:
    wheres = {"userAgent": [{"wildcard": "*a*"}, {"wildcard": "*b*"}], "errorCode": ["x"]}
    assert complexity({"detail": {**wheres, "errorMessage": [{"wildcard": "*c*"}]}}) == 6


def test_alternatives_over_one_field_add_up() -> None:
    either = [{"userAgent": [{"wildcard": "*a*"}]}, {"userAgent": [{"wildcard": "*b*"}]}]
    assert complexity({"detail": {"$or": either}}) == 6


@pytest.mark.parametrize(
    "value", ["exact", None, True, 7, {"prefix": "a"}, {"suffix": "a"}, {"exists": False}]
)
def test_other_operators_count_nothing(value: Any) -> None:
    assert complexity({"detail": {"userAgent": [value]}}) == 0


def test_what_is_excluded_by_wildcard_counts() -> None:
    assert complexity({"key": [{"anything-but": {"wildcard": "*/x/*"}}]}) == 4


def test_counting_ends_where_it_is_plenty() -> None:
    words = [f"*word{number}*" for number in range(300)]
    assert of(*words) == PLENTY
    assert complexity({"a": [{"wildcard": "*a*b*c*"}]}, enough=2) == 2


@pytest.mark.parametrize(("wildcard", "invalid"), [("*a*", False), ("a**b", True), ("a\\*", True)])
def test_knows_the_wildcards_that_are_refused_or_read_differently(
    wildcard: str, invalid: bool
) -> None:
    assert has_invalid_wildcard({"$or": [{"a": [{"wildcard": wildcard}]}]}) is invalid
