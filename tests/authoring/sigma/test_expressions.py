"""Expressions and wildcards take little time, and no record makes one fail."""

import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.authoring.sigma.rules import made
from tests.conftest import records, texts
from trailwarden.authoring.sigma.problem import RefusedError
from trailwarden.authoring.sigma.regex import guarded, sample
from trailwarden.cloudtrail.event import Event
from trailwarden.detection import modifiers


def test_lets_through_expressions_that_take_little_time() -> None:
    for pattern in ("^arn:aws:iam::[0-9]{12}:user/.*", "(curl|wget|python)/[0-9.]+", "(?i).*foo.*"):
        fast = guarded(pattern)
        text = sample(fast)
        assert text
        started = time.process_time()
        event = made(userAgent="arn:aws:iam::1curl/0foo" * 20_000)
        modifiers.matches(event, "userAgent", fast)
        assert time.process_time() - started < 5


@pytest.mark.fault("rule", "An expression takes for ever", "it is refused")
@pytest.mark.parametrize(
    "pattern",
    ["(a+)+", "(a*)*b", "(a|aa)+b", "(.*a){10}", "a*a*a*b", "(?:a?){9}b", "a?" * 9, "x" * 501, "["],
)
def test_refuses_expressions_that_may_take_for_ever(pattern: str) -> None:
    with pytest.raises(RefusedError):
        guarded(pattern)


@pytest.mark.parametrize(
    "pattern",
    [r"^a[b-d]{2,}\d+\s\w?\.x$", "[^a-z]x", "(foo|bar)baz", "(?i)ABC", ".{3}", r"[\w-]+@[^@]x"],
)
def test_makes_up_a_text_for_an_expression(pattern: str) -> None:
    assert sample(pattern)


def test_wildcards_take_no_time_to_speak_of() -> None:
    event = made(userAgent="a" * 200_000)
    started = time.process_time()
    assert not modifiers.like(event, "userAgent", "*a" * 30 + "*b", "?a*" * 30 + "b")
    assert time.process_time() - started < 5


@given(records, texts)
def test_no_record_makes_a_predicate_fail(told: dict[str, Any], text: str) -> None:
    event = Event(told)
    for path in [*told, "userIdentity.sessionContext.attributes", "eventName", "resources.ARN"]:
        modifiers.exists(event, path)
        for find in (
            *(modifiers.equals, modifiers.contains, modifiers.startswith),
            *(modifiers.endswith, modifiers.like),
        ):
            find(event, path, text, "x")
        modifiers.matches(event, path, "^x.*y")
        modifiers.in_network(event, path, "10.0.0.0/8")
        modifiers.compares(event, path, "<", 5)
        for compare in (
            *(modifiers.equals_field, modifiers.contains_field),
            *(modifiers.startswith_field, modifiers.endswith_field),
        ):
            compare(event, path, "userAgent")
        modifiers.grouped_by(path, "eventName")(event)


@given(texts, st.integers(0, 3))
def test_a_wildcard_for_each_end_is_contains(text: str, cut: int) -> None:
    event = made(userAgent=text)
    part = text[cut:]
    pattern = part.replace("\\", "\\\\").replace("*", "\\*").replace("?", "\\?")
    assert modifiers.like(event, "userAgent", f"*{pattern}*")
