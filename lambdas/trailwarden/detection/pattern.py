"""A subset of EventBridge event patterns, over the fields of a record.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html

A pattern nests objects like the record does. Each leaf lists the values that match: text, a number,
a boolean, null, or an object. The object has one of `prefix`, `suffix`, `wildcard`,
`equals-ignore-case`, `exists` and `anything-but`. The last takes text, a list, or one of the first
three. Rules give a pattern as `where`; the index and EventBridge both use it.

`contains-ignore-case` is the one operator that EventBridge lacks: log files alone bring its events.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, TypeAlias

from trailwarden.cloudtrail.values import MISSING, keys_of

OWN_OPERATOR = "contains-ignore-case"

_ALIKE = {0x131: "i", 0x307: None, 0x17F: "s"}
"""An I without its dot, the dot of a capital I in lower case, and the long S."""

Pattern: TypeAlias = Mapping[str, Any]
Test: TypeAlias = Callable[[Any], bool]


class InvalidPatternError(ValueError):
    """The pattern is not of the subset; the message says where and why."""


def leaves(pattern: Pattern, *, above: str = "") -> Iterator[tuple[str, Sequence[Any]]]:
    """Yield each dotted path of `pattern` with the values that it lists."""
    for key, below in pattern.items():
        path = f"{above}{key}"
        if isinstance(below, Mapping):
            yield from leaves(below, above=f"{path}.")
        elif isinstance(below, Sequence) and not isinstance(below, str):
            yield path, below
        else:
            raise InvalidPatternError(f"{path}: write the values that match as a list")


def lookup(record: Any, path: str) -> Any:
    """Return the value at a dotted `path`; `MISSING` where there is none."""
    for key in keys_of(path):
        if not isinstance(record, dict):
            return MISSING
        record = record.get(key, MISSING)
    return record


def matches(pattern: Pattern, record: Mapping[str, Any]) -> bool:
    """Say whether `record` matches, as EventBridge would."""
    return all(leaf_test(v, path)(lookup(record, path)) for path, v in leaves(pattern))


def leaf_test(values: Sequence[Any], path: str) -> Test:
    """Return what tells whether the value at `path` is one of `values`.

    Raises InvalidPatternError for an operator that is not of the subset.
    """
    texts = frozenset(value for value in values if isinstance(value, str))
    tests = [_test(value, path) for value in values if not isinstance(value, str)]

    def holds_one(value: Any) -> bool:
        is_listed = value.__class__ is str and value in texts
        return is_listed or any(test(value) for test in tests)

    one = tests[0] if len(tests) == 1 and not texts else holds_one
    return lambda value: any(map(one, value)) if value.__class__ is list else one(value)


def _test(expected: Any, path: str) -> Test:  # noqa: PLR0911 - one for each operator
    if not isinstance(expected, Mapping):
        return lambda value: value.__class__ is expected.__class__ and value == expected
    [(operator, operand)] = expected.items() if len(expected) == 1 else [("", None)]
    match operator, operand:
        case "exists", bool():
            return lambda value: (value is not MISSING) is operand
        case "prefix", str():
            return lambda value: isinstance(value, str) and value.startswith(operand)
        case "suffix", str():
            return lambda value: isinstance(value, str) and value.endswith(operand)
        case "equals-ignore-case", str():
            folded = operand.lower()
            return lambda value: isinstance(value, str) and value.lower() == folded
        case "contains-ignore-case", str():
            part = _folded(operand)
            return lambda value: isinstance(value, str) and part in _folded(value)
        case "wildcard", str():
            parts = operand.split("*")
            return lambda value: isinstance(value, str) and _is_like(value, parts)
        case "anything-but", str() | list():
            others = {operand} if isinstance(operand, str) else set(operand)
            return lambda value: isinstance(value, str) and value not in others
        case "anything-but", {"prefix": str()} | {"suffix": str()} | {"wildcard": str()}:
            other = _test(operand, path)
            return lambda value: isinstance(value, str) and not other(value)
    raise InvalidPatternError(f"{path}: {dict(expected)!r} is no operator that rules can use")


def _folded(text: str) -> str:
    """Return a text in one case; letters are one that Python's expressions do not tell apart."""
    lower = text.lower()
    return lower if lower.isascii() else lower.translate(_ALIKE)


def _is_like(text: str, parts: Sequence[str]) -> bool:
    """Say whether `parts` stand in `text` one after the other, the ends at its ends.

    Takes the first place for each, so that no text of an attacker's keeps it busy.
    """
    if len(parts) == 1:
        return text == parts[0]
    first, *middle, last = parts
    if not text.startswith(first) or not text.endswith(last):
        return False
    place, end = len(first), len(text) - len(last)
    for part in middle:
        found = text.find(part, place, end)
        if found < 0:
            return False
        place = found + len(part)
    return place <= end
