"""Bounds how complex a pattern is: EventBridge refuses a rule that is too complex.

AWS's matcher, https://github.com/aws/event-ruler, counts by field: of the beginnings of a field's
wildcards, as many as one value can match at once. `*kali*` counts 3, for a value that ends in
`kali` matches `*`, `*kali` and `*kali*`. The field that counts most decides. The bound takes all
alternatives of an `$or` together; the matcher takes apart some that no event matches at once.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence, Set
from functools import cache
from typing import Any, Final, TypeAlias

from trailwarden.detection.pattern import Pattern

MAX_COMPLEXITY: Final = 9
"""What EventBridge is known to accept. AWS names no limit; a rule of 12 has been refused."""

PLENTY: Final = 40
"""Where counting ends: nothing near it is accepted."""

_STAR: Final = -1
_QUOTE: Final = ord('"')
_Place: TypeAlias = tuple[int, int]
"""The number of a wildcard, and how many of its tokens a value has matched."""


def complexity(pattern: Pattern, *, enough: int = PLENTY) -> int:
    """Return what the complexity of `pattern` is at most, counted no further than `enough`."""
    fields: defaultdict[str, set[tuple[str, str]]] = defaultdict(set)
    for path, operator, wildcard in _wildcards(pattern):
        fields[path].add((operator, wildcard))
    counts = (_most_at_once(frozenset(found), enough) for found in fields.values())
    return max(counts, default=0)


def has_invalid_wildcard(pattern: Pattern) -> bool:
    """Say whether EventBridge refuses a wildcard, or reads it in another way than rules do.

    It refuses two stars in a row, and takes a backslash for an escape.
    """
    return any("**" in text or "\\" in text for _, _, text in _wildcards(pattern))


def _wildcards(pattern: Pattern, above: str = "") -> Iterator[tuple[str, str, str]]:
    """Yield each wildcard with the path of its field and the operator that it belongs to."""
    for key, below in pattern.items():
        if key == "$or":
            for alternative in below:
                yield from _wildcards(alternative, above)
        elif isinstance(below, Mapping):
            yield from _wildcards(below, f"{above}{key}.")
        else:
            yield from ((f"{above}{key}", *each) for value in below for each in _of_value(value))


def _of_value(value: Any) -> Iterator[tuple[str, str]]:
    match value:
        case {"wildcard": str(wildcard)}:
            yield "wildcard", wildcard
        case {"anything-but": {"wildcard": str(wildcard)}}:
            yield "anything-but", wildcard
        case {"anything-but": {"wildcard": [*wildcards]}}:
            yield from (("anything-but", wildcard) for wildcard in wildcards)


@cache
def _most_at_once(wildcards: frozenset[tuple[str, str]], enough: int) -> int:
    """Return how many beginnings of `wildcards` one value can match at once.

    Follows the sets of places that values lead to. What a first star lets pass may match all the
    stars of its wildcard, so they are taken as matched.
    """
    tokens = [_tokens(wildcard) for _, wildcard in sorted(wildcards)]
    alphabet = sorted({token for each in tokens for token in each})
    opened = frozenset(_after({(number, 0) for number in range(len(tokens))}, _QUOTE, tokens))
    pending = [opened | {place for place in _stars(tokens) if tokens[place[0]][1] == _STAR}]
    seen, most = set(pending), len(opened)
    while pending and most < enough:
        places = pending.pop()
        reached = {frozenset(_after(places, byte, tokens)) for byte in alphabet}
        most = max(most, *map(len, reached))
        pending += reached - seen
        seen |= reached
    return min(most, enough)


def _stars(tokens: Sequence[Sequence[int]]) -> Iterator[_Place]:
    """Yield the place behind each star."""
    for number, wanted in enumerate(tokens):
        yield from ((number, at + 1) for at, token in enumerate(wanted) if token == _STAR)


def _after(places: Set[_Place], byte: int, tokens: Sequence[Sequence[int]]) -> Iterator[_Place]:
    """Yield the places after one more byte; `_STAR` stands for a byte that no wildcard names."""
    for number, place in places:
        wanted = tokens[number]
        if place and wanted[place - 1] == _STAR:
            yield number, place
        if byte != _STAR and wanted[place : place + 1] == [byte]:
            yield number, place + 1
            if wanted[place + 1 : place + 2] == [_STAR]:
                yield number, place + 2


def _tokens(wildcard: str) -> list[int]:
    """Return what a wildcard matches, byte by byte, in the quotes that the matcher keeps."""
    return [_STAR if byte == ord("*") else byte for byte in f'"{wildcard}"'.encode()]
