import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trailwarden.notify.printable import printable

UNSAFE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
"""Controls, formats (bidirectional ones are), surrogates, private, unassigned, line ends."""

ANYTHING = st.text(st.characters(exclude_categories=()))


DEFAULT_IGNORABLE = (
    *((0xAD, 0xAD), (0x34F, 0x34F), (0x61C, 0x61C), (0x115F, 0x1160), (0x17B4, 0x17B5)),
    *((0x180B, 0x180F), (0x200B, 0x200F), (0x202A, 0x202E), (0x2060, 0x206F), (0x3164, 0x3164)),
    *((0xFE00, 0xFE0F), (0xFEFF, 0xFEFF), (0xFFA0, 0xFFA0), (0xFFF0, 0xFFF8)),
    *((0x1BCA0, 0x1BCA3), (0x1D173, 0x1D17A), (0xE0000, 0xE0FFF)),
)
"""`Default_Ignorable_Code_Point` of DerivedCoreProperties.txt, Unicode 16."""


def test_nothing_that_unicode_calls_ignorable_is_shown() -> None:
    for first, last in DEFAULT_IGNORABLE:
        shown = [chr(code) for code in range(first, last + 1) if printable(chr(code)) == chr(code)]
        assert shown == []


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
        ("a\u3164\u115f\u2800\u034f\ufe0f", "a\\u3164\\u115f\\u2800\\u034f\\ufe0f"),
        ("\uffa0\u1160\u17b4\U000e0100", "\\uffa0\\u1160\\u17b4\\ue0100"),
        ("\U0001d159\U00016fe4\ufffc", "\\u1d159\\u16fe4\\ufffc"),
    ],
)
def test_what_is_unsafe_is_shown_as_an_escape(text: str, shown: str) -> None:
    assert printable(text) == shown
