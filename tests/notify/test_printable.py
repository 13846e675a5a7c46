import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trailwarden.notify.printable import printable

UNSAFE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
"""Controls, formats (bidirectional ones are), surrogates, private, unassigned, line ends."""

ANYTHING = st.text(st.characters(exclude_categories=()))


def is_clean(text: str) -> bool:
    return UNSAFE.isdisjoint(map(unicodedata.category, text.replace("\n", "")))


@given(ANYTHING)
def test_whatever_is_shown_is_safe_to_show(text: str) -> None:
    assert is_clean(printable(text))


@given(ANYTHING, st.integers(0, 50))
def test_it_is_cut_where_it_is_too_long(text: str, limit: int) -> None:
    shown = printable(text, limit=limit)
    assert len(shown) <= limit * 6 * 2 + 3
    assert shown.endswith("...") or len(text) <= limit


@given(st.text(st.characters(codec="ascii", categories=["L", "N", "P", "S"]), max_size=200))
def test_what_is_plain_stays_as_it_is(text: str) -> None:
    assert printable(text) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("caf\u00e9 \u4e2d", "caf\u00e9 \u4e2d"),
        ("\x1b[2J", "\\x1b[2J"),
        ("a\r\nb", "a\\x0d\\x0ab"),
        ("\u202eabc\u2066", "\\u202eabc\\u2066"),
        ("\u200b\ufeff", "\\u200b\\ufeff"),
        ("\ud800", "\\ud800"),
        ("\U000e0041", "\\ue0041"),
    ],
)
def test_what_is_unsafe_is_shown_as_an_escape(text: str, shown: str) -> None:
    assert printable(text) == shown
