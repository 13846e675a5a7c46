from fnmatch import fnmatchcase
from time import process_time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.conftest import json_values, records
from trailwarden.cloudtrail.values import MISSING
from trailwarden.detection.pattern import InvalidPatternError, leaves, lookup, matches

ROOT = {"userIdentity": {"type": ["Root"]}}


@pytest.mark.parametrize(
    ("pattern", "record"),
    [
        pytest.param(ROOT, {}, id="a field that is missing"),
        pytest.param(ROOT, {"userIdentity": None}, id="an object that is null"),
        pytest.param(ROOT, {"userIdentity": "Root"}, id="an object that is text"),
        pytest.param(ROOT, {"userIdentity": {"type": "root"}}, id="another case"),
        pytest.param({"a": [1]}, {"a": "1"}, id="a number written as text"),
        pytest.param({"a": [1]}, {"a": True}, id="a boolean where a number is wanted"),
        pytest.param({"a": [True]}, {"a": 1}, id="a number where a boolean is wanted"),
        pytest.param({"a": [300]}, {"a": 300.0}, id="a number written otherwise"),
        pytest.param({"a": [None]}, {}, id="null, where there is nothing"),
        pytest.param({"a": [""]}, {"a": None}, id="empty text, where there is null"),
        pytest.param({"a": ["x"]}, {"a": []}, id="an empty list"),
        pytest.param({"a": [{"exists": True}]}, {}, id="exists, of what is missing"),
        pytest.param({"a": [{"exists": False}]}, {"a": 1}, id="absence, of what is there"),
        pytest.param({"a": [{"exists": False}]}, {"a": None}, id="absence, of null"),
        pytest.param({"a": [{"prefix": "A"}]}, {"a": "ba"}, id="a prefix that is none"),
        pytest.param({"a": [{"prefix": ""}]}, {"a": 1}, id="a prefix of a number"),
        pytest.param({"a": [{"suffix": "x"}]}, {"a": "xy"}, id="a suffix that is none"),
        pytest.param({"a": [{"wildcard": "a*c"}]}, {"a": "abcd"}, id="a wildcard that stops short"),
        pytest.param({"a": [{"wildcard": "a.c"}]}, {"a": "abc"}, id="a dot is no wildcard"),
        pytest.param({"a": [{"anything-but": "x"}]}, {"a": "x"}, id="the one that is excluded"),
        pytest.param({"a": [{"anything-but": ["x", "y"]}]}, {"a": "y"}, id="one of the excluded"),
        pytest.param({"a": [{"anything-but": "x"}]}, {}, id="anything-but, of what is missing"),
        pytest.param({"a": ["x"], "b": ["y"]}, {"a": "x"}, id="one field of two"),
    ],
)
def test_does_not_match(pattern: dict[str, Any], record: dict[str, Any]) -> None:
    assert not matches(pattern, record)


@pytest.mark.parametrize(
    ("pattern", "record"),
    [
        pytest.param({}, {}, id="no field is asked for"),
        pytest.param(ROOT, {"userIdentity": {"type": "Root"}, "x": 1}, id="nested text"),
        pytest.param({"a": ["x", "y"]}, {"a": "y"}, id="either of two values"),
        pytest.param({"a": ["x"]}, {"a": ["w", "x"]}, id="any item of a list"),
        pytest.param({"a": [True]}, {"a": True}, id="a boolean"),
        pytest.param({"a": [1]}, {"a": 1}, id="a number"),
        pytest.param({"a": [None]}, {"a": None}, id="null"),
        pytest.param({"a": [""]}, {"a": ""}, id="empty text"),
        pytest.param({"a": [{"exists": True}]}, {"a": None}, id="exists, of null"),
        pytest.param({"a": {"b": [{"exists": False}]}}, {}, id="absence, below what is missing"),
        pytest.param({"a": ["x", {"exists": False}]}, {}, id="absence, or a value"),
        pytest.param({"a": [{"prefix": "ab"}]}, {"a": "abc"}, id="a prefix"),
        pytest.param({"a": [{"suffix": "bc"}]}, {"a": "abc"}, id="a suffix"),
        pytest.param({"a": [{"equals-ignore-case": "aB"}]}, {"a": "Ab"}, id="whatever case"),
        pytest.param({"a": [{"contains-ignore-case": "aSi"}]}, {"a": "xA\u017fIx"}, id="a part"),
        pytest.param({"a": [{"contains-ignore-case": "ix"}]}, {"a": "\u0130x"}, id="dotted"),
        pytest.param({"a": [{"wildcard": "a*c*"}]}, {"a": "a\nbcd"}, id="a wildcard"),
        pytest.param({"a": [{"anything-but": ["x"]}]}, {"a": "y"}, id="anything but another"),
        pytest.param({"a": [{"anything-but": "x"}]}, {"a": ["x", "y"]}, id="another item"),
    ],
)
def test_matches(pattern: dict[str, Any], record: dict[str, Any]) -> None:
    assert matches(pattern, record)


@pytest.mark.parametrize(
    "pattern",
    [
        pytest.param({"a": "x"}, id="text in place of a list"),
        pytest.param({"a": 1}, id="a number in place of a list"),
        pytest.param({"a": [{"numeric": [">", 1]}]}, id="an operator that is not of the subset"),
        pytest.param({"a": [{"prefix": "x", "suffix": "y"}]}, id="two operators in one"),
        pytest.param({"a": [{"prefix": ["x"]}]}, id="an operand of the wrong type"),
        pytest.param({"a": [{}]}, id="no operator"),
    ],
)
def test_refuses_what_is_not_of_the_subset(pattern: dict[str, Any]) -> None:
    with pytest.raises(InvalidPatternError, match=r"^a: "):
        matches(pattern, {"a": "x"})


def test_leaves_are_dotted_paths() -> None:
    pattern = {"a": {"b": ["x"], "c": {"d": [1]}}, "e": [None]}
    assert list(leaves(pattern)) == [("a.b", ["x"]), ("a.c.d", [1]), ("e", [None])]


def test_lookup_tells_null_from_nothing() -> None:
    assert (lookup({"a": None}, "a"), lookup({"a": None}, "a.b")) == (None, MISSING)


@given(records, st.sampled_from(["eventName", "userIdentity.type", "requestParameters.items"]))
def test_a_field_exists_or_does_not(record: dict[str, Any], path: str) -> None:
    outer, dot, inner = path.partition(".")
    there, absent = (
        matches({outer: {inner: leaf} if dot else leaf}, record)
        for leaf in ([{"exists": True}], [{"exists": False}])
    )
    assert there is not absent or lookup(record, path) == []


@given(
    json_values,
    st.sampled_from(["prefix", "suffix", "wildcard", "equals-ignore-case", "contains-ignore-case"]),
)
def test_operators_on_text_leave_all_else_alone(value: Any, operator: str) -> None:
    assert not matches({"a": [{operator: "no such text"}]}, {"a": value})


@given(st.text("ab*", max_size=6), st.text("ab", max_size=8))
@settings(max_examples=300)
def test_a_wildcard_is_a_glob_of_stars_alone(wildcard: str, text: str) -> None:
    assert matches({"a": [{"wildcard": wildcard}]}, {"a": text}) is fnmatchcase(text, wildcard)


def test_no_text_keeps_a_wildcard_busy() -> None:
    before = process_time()
    assert not matches({"a": [{"wildcard": "*a*a*b"}]}, {"a": "a" * 3_000})
    assert process_time() - before < 0.5
