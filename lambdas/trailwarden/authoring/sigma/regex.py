"""Lets through the regular expressions that no text keeps busy, and finds texts they match."""

import re
import warnings
from collections.abc import Iterator
from importlib import import_module
from typing import Any

from trailwarden.authoring.sigma.problem import RefusedError

MAX_LENGTH = 500
MAX_OPTIONS = 8
"""How many parts that may be there or not: each can double the ways to match."""
MAX_DEGREE = 2
"""How the time may grow with the text: with its square. Where a search begins counts as one."""
MANY = 32
"""From how many repetitions on a part counts as without an end."""
SAMPLES = " -/.:_a0A@#b1B"

_FLAGS = re.compile(r"\(\?[aimsux]+\)")
"""The flags of a whole expression, which stand before it."""

INSTEAD = "write it with contains, startswith, endswith or wildcards"

_parser = import_module("re._parser")  # Python has no public way to take an expression apart


def guarded(pattern: str) -> str:
    """Return what finds the same as `pattern`; raises RefusedError for what may take for ever."""
    if len(pattern) > MAX_LENGTH:
        raise RefusedError(f"a regular expression of {len(pattern)} characters: {INSTEAD}")
    tree = list(_parsed(pattern))
    if not any(_name(node) == "BRANCH" for node in tree):
        pattern = _trimmed(pattern)
        tree = list(_parsed(pattern))
    if any(_loops_in_itself(node) for node in _below(tree)):
        raise RefusedError(f"the regular expression {pattern!r} repeats repetitions: {INSTEAD}")
    anchored = bool(tree) and _name(tree[0]) == "AT" and str(tree[0][1]) != "AT_END"
    loops = sum(_is_endless(node) for node in _below(tree))
    options = sum(_is_option(node) for node in _below(tree))
    if loops + (not anchored) > MAX_DEGREE or options > MAX_OPTIONS:
        raise RefusedError(f"the regular expression {pattern!r} may take too long: {INSTEAD}")
    return pattern


def sample(pattern: str) -> str | None:
    """Return a text in which `pattern` is found; None where it is hard to make up."""
    text = "".join(_texts(_parsed(pattern)))
    return text if re.search(pattern, text) else None


def fixed_parts(pattern: str) -> list[str]:
    """Return texts that stand, in any case of letters, in all that `pattern` is found in."""
    parts = [""]
    for operator, operand in _parsed(pattern):
        if str(operator) == "LITERAL":
            parts[-1] += chr(operand)
        else:
            parts.append("")
    return parts


def _parsed(pattern: str) -> Any:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            re.compile(pattern)
            return _parser.parse(pattern)
    except (re.error, Warning, RecursionError, OverflowError) as error:
        raise RefusedError(f"Python does not read the expression {pattern!r}: {error}") from error


def _trimmed(pattern: str) -> str:
    """Leave out what may stand before and after: a search does not ask."""
    if flags := _FLAGS.match(pattern):
        return f"{flags[0]}{_trimmed(pattern[flags.end() :])}"
    if pattern.startswith((".*", ".+")) and pattern[2:3] not in {"?", "+", "*", "{"}:
        pattern = pattern[2:] if pattern[1] == "*" else f".{pattern[2:]}"
    if pattern.endswith((".*", ".+")) and not pattern.endswith(("\\.*", "\\.+")):
        pattern = pattern[:-2] if pattern[-1] == "*" else f"{pattern[:-2]}."
    return pattern


def _name(node: Any) -> str:
    return str(node[0])


def _below(nodes: Any) -> Iterator[Any]:
    """Yield each node of a tree."""
    for node in nodes:
        yield node
        yield from _below(_children(node))


def _children(node: Any) -> list[Any]:
    operator, operand = node
    match str(operator):
        case "BRANCH":
            return [child for branch in operand[1] for child in branch]
        case "SUBPATTERN":
            return list(operand[3])
        case "MAX_REPEAT" | "MIN_REPEAT" | "POSSESSIVE_REPEAT":
            return list(operand[2])
    return []


def _repeats(node: Any) -> tuple[int, int]:
    if "REPEAT" not in _name(node):
        return 1, 1
    low, high, _ = node[1]
    return int(low), int(high)


def _is_endless(node: Any) -> bool:
    low, high = _repeats(node)
    return low != high and high > MANY


def _is_option(node: Any) -> bool:
    low, high = _repeats(node)
    return _name(node) == "BRANCH" or (low != high and high <= MANY)


def _loops_in_itself(node: Any) -> bool:
    _, high = _repeats(node)
    return high > 1 and any(
        _is_endless(below) or _is_option(below) for below in _below(_children(node))
    )


def _texts(nodes: Any) -> Iterator[str]:
    """Yield a text for each node of a sequence."""
    for node in nodes:
        operator, operand = node
        match str(operator):
            case "LITERAL":
                yield chr(operand)
            case "ANY":
                yield "x"
            case "NOT_LITERAL" | "IN":
                yield next((c for c in SAMPLES if _is_one_of(c, node)), "")
            case "BRANCH":
                yield from _texts(operand[1][0])
            case "MAX_REPEAT" | "MIN_REPEAT":
                yield from list(_texts(operand[2])) * min(operand[0], MANY)
            case _:
                yield from _texts(_children(node))


def _is_one_of(character: str, node: Any) -> bool:
    """Say whether a set of an expression's has a character."""
    if _name(node) == "NOT_LITERAL":
        return ord(character) != node[1]
    negated = _name(node[1][0]) == "NEGATE"
    return any(_has(part, character) for part in node[1]) is not negated


def _has(part: Any, character: str) -> bool:
    operator, operand = part
    match str(operator):
        case "LITERAL":
            return bool(operand == ord(character))
        case "RANGE":
            return bool(operand[0] <= ord(character) <= operand[1])
        case "CATEGORY":
            shown = {"DIGIT": r"\d", "SPACE": r"\s", "WORD": r"\w"}
            kind = str(operand).removeprefix("CATEGORY_")
            found = re.match(shown[kind.removeprefix("NOT_")], character)
            return bool(found) is not kind.startswith("NOT_")
    return False
