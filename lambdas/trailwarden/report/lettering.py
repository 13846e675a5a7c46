"""Makes words fit into pictures: no picture can wrap a line or measure a text."""

import re
import unicodedata
from collections.abc import Iterable

MOST_WORDS = 20
_LEADING = re.compile(r"(?: on)?(?: the machine| the task| the function)? (?:of|for|as|to)\Z")
_BEGINNING = re.compile(r"\Ahas the (?=same )")
_BROAD = frozenset("MW@%mw")


def brief(words: str) -> str:
    """Return the words of an arrow without those that lead to the box behind it.

    >>> brief("ran a command on the machine of"), brief("has the same address as")
    ('ran a command', 'same address')
    """
    return short(_BEGINNING.sub("", _LEADING.sub("", words)), most=MOST_WORDS)


def short(text: str, *, most: int) -> str:
    """Return a text as wide as `most` letters; names of one kind differ at both ends.

    >>> short("user contractor-of-the-month-17", most=20)
    'user cont…-month-17'
    """
    if width(text) <= most:
        return text
    half = (most - 1) / 2
    return f"{_fitting(text, half)}…{_fitting(reversed(text), half)[::-1]}"


def width(text: str) -> float:
    """Return how wide a text is, in small letters."""
    return sum(map(_width, text))


def _fitting(text: Iterable[str], most: float) -> str:
    """Return as much of the beginning of a text as is no wider."""
    fits, left = "", most
    for character in text:
        left -= _width(character)
        if left < 0:
            break
        fits += character
    return fits


def _width(character: str) -> float:
    if unicodedata.east_asian_width(character) in "WF":
        return 1.8
    if character in _BROAD:
        return 1.5
    return 1.2 if character.isupper() else 1.0
