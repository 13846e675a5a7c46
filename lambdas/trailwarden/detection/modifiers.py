"""Matches fields of a record as Sigma does, for the rules that were imported from Sigma.

https://sigmahq.io/docs/basics/modifiers.html

A path is dotted and goes through any list on its way; one value that matches is enough. Text is
compared in any case unless `cased`. Numbers, booleans and objects are also known by their JSON, and
null is nothing at all.
"""

import json
import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import Any, Literal, TypeAlias

from trailwarden.cloudtrail.event import Event
from trailwarden.cloudtrail.values import keys_of

Scalar: TypeAlias = str | int | float | bool
Operator: TypeAlias = Literal["<", "<=", ">", ">="]

SEARCHED = 8_192
"""How many characters of a text a regular expression sees: it may take quadratic time."""

LONGEST_NUMBER = 40


def exists(event: Event, path: str) -> bool:
    """Say whether there is anything but null at `path`."""
    return bool(_values(event, path))


def equals(event: Event, path: str, *expected: Scalar, cased: bool = False) -> bool:
    """Say whether a value at `path` is one of `expected`."""
    wanted = {_folded(_json(value), cased=cased) for value in expected}
    return any(text in wanted for text in _texts(event, path, cased=cased))


def contains(event: Event, path: str, *parts: str, cased: bool = False) -> bool:
    """Say whether a value at `path` holds one of `parts`."""
    wanted = [_folded(part, cased=cased) for part in parts]
    return any(part in text for text in _texts(event, path, cased=cased) for part in wanted)


def startswith(event: Event, path: str, *heads: str, cased: bool = False) -> bool:
    """Say whether a value at `path` begins with one of `heads`."""
    wanted = tuple(_folded(head, cased=cased) for head in heads)
    return any(text.startswith(wanted) for text in _texts(event, path, cased=cased))


def endswith(event: Event, path: str, *tails: str, cased: bool = False) -> bool:
    """Say whether a value at `path` ends with one of `tails`."""
    wanted = tuple(_folded(tail, cased=cased) for tail in tails)
    return any(text.endswith(wanted) for text in _texts(event, path, cased=cased))


def like(event: Event, path: str, *patterns: str, cased: bool = False) -> bool:
    r"""Say whether a value at `path` matches one of `patterns`: `*`, `?`, and `\` before either."""
    wanted = [_wildcards(_folded(pattern, cased=cased)) for pattern in patterns]
    return any(p.match(text) for text in _texts(event, path, cased=cased) for p in wanted)


def matches(event: Event, path: str, *patterns: str) -> bool:
    """Say whether one of `patterns`, regular expressions, is found in a value at `path`."""
    texts = [text[:SEARCHED] for text in _texts(event, path, cased=True)]
    return any(_expression(pattern).search(text) for pattern in patterns for text in texts)


def in_network(event: Event, path: str, *networks: str) -> bool:
    """Say whether a value at `path` is an address of one of `networks`."""
    return any(_is_in(text, networks) for text in _texts(event, path, cased=True))


def compares(event: Event, path: str, operator: Operator, number: float) -> bool:
    """Say whether a value at `path` is a number that compares with `number` like that."""
    numbers = [n for value in _values(event, path) if (n := _number(value)) is not None]
    match operator:
        case "<":
            return any(n < number for n in numbers)
        case "<=":
            return any(n <= number for n in numbers)
        case ">":
            return any(n > number for n in numbers)
        case ">=":
            return any(n >= number for n in numbers)


def equals_field(event: Event, path: str, other: str) -> bool:
    """Say whether a value at `path` is one at `other`."""
    return any(text == part for text, part in _pairs(event, path, other))


def contains_field(event: Event, path: str, other: str) -> bool:
    """Say whether a value at `path` holds one at `other`."""
    return any(part in text for text, part in _pairs(event, path, other))


def startswith_field(event: Event, path: str, other: str) -> bool:
    """Say whether a value at `path` begins with one at `other`."""
    return any(text.startswith(part) for text, part in _pairs(event, path, other))


def endswith_field(event: Event, path: str, other: str) -> bool:
    """Say whether a value at `path` ends with one at `other`."""
    return any(text.endswith(part) for text, part in _pairs(event, path, other))


def text_at(event: Event, path: str) -> str:
    """Return the first value at `path` as text; nothing where there is none."""
    return next(_texts(event, path, cased=True), "")


def grouped_by(*paths: str) -> Callable[[Event], str]:
    """Return a function that groups events by the values at all of `paths`."""

    def group(event: Event) -> str:
        return json.dumps([text_at(event, path) for path in paths])

    return group


def _values(event: Event, path: str) -> list[Any]:
    """Return the values at `path`, each item of a list by itself.

    An event's name counts with and without the API version that some services append.
    """
    if path == "eventName":
        return [name for name in dict.fromkeys((event.event_name, event.name)) if name]
    found: list[Any] = [event.record]
    for key in keys_of(path):
        below = (value.get(key) for value in found if isinstance(value, dict))
        found = [item for value in below for item in _items(value) if item is not None]
    return found


def _items(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _texts(event: Event, path: str, *, cased: bool) -> Iterator[str]:
    return (_folded(_json(value), cased=cased) for value in _values(event, path))


def _pairs(event: Event, path: str, other: str) -> Iterator[tuple[str, str]]:
    others = list(_texts(event, other, cased=False))
    return ((text, part) for text in _texts(event, path, cased=False) for part in others)


def _folded(text: str, *, cased: bool) -> str:
    return text if cased else text.lower()


def _json(value: Any) -> str:
    """Return a text as it is, and anything else as JSON, whose inner quotes stay plain."""
    if isinstance(value, str):
        return value
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    try:
        return json.dumps(value, separators=(",", ":"), ensure_ascii=False).replace('\\"', '"')
    except (RecursionError, TypeError, ValueError):  # deeper than anything CloudTrail writes
        return ""


def _number(value: Any) -> float | None:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return value
    if not isinstance(value, str) or len(value) > LONGEST_NUMBER:
        return None
    try:
        return float(value)
    except ValueError:
        return None


@lru_cache(maxsize=1024)
def _expression(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)


@lru_cache(maxsize=1024)
def _wildcards(pattern: str) -> re.Pattern[str]:
    """Return an expression that takes the first place for each part, and so never goes back."""
    head, *parts = _split(pattern)
    if not parts:
        return re.compile(rf"(?s:{head})\Z")
    *middle, tail = parts
    found = "".join(f"(?>.*?{part})" for part in middle)
    return re.compile(rf"(?s:{head}{found}.*{tail})\Z")


def _split(pattern: str) -> list[str]:
    """Return the parts between the `*` of `pattern`, as regular expressions."""
    pieces = re.findall(r"\\.|.", pattern, re.DOTALL)
    parts = [""]
    for piece in pieces:
        if piece == "*":
            parts.append("")
        else:
            literal = piece[1:] if len(piece) > 1 else piece
            parts[-1] += "." if piece == "?" else re.escape(literal)
    return parts


@lru_cache(maxsize=4096)
def _is_in(text: str, networks: tuple[str, ...]) -> bool:
    try:
        address = ip_address(text)
    except ValueError:
        return False
    return any(address in _network(network) for network in networks)


@lru_cache(maxsize=1024)
def _network(network: str) -> IPv4Network | IPv6Network:
    return ip_network(network)
