"""Reads a Sigma rule's condition, as pySigma parsed it, into tests of a record's fields."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any, TypeAlias

from sigma import conditions, types
from sigma.modifiers import reverse_modifier_mapping
from sigma.rule import SigmaDetection, SigmaDetectionItem, SigmaRule

from trailwarden.authoring.sigma.problem import RefusedError
from trailwarden.authoring.sigma.regex import guarded
from trailwarden.cloudtrail.event import Event
from trailwarden.cloudtrail.fields import unknown_field
from trailwarden.detection import modifiers

MAX_TESTS = 300
MAX_ALTERNATIVES = 200

ENCODED = "looks for encoded text, of which CloudTrail has none"
CLOCK = "looks at the clock: tell harmless hours from others in tuning.toml or in detect"
REFUSED_MODIFIERS = {
    **dict.fromkeys(["base64", "base64offset", "wide", "utf16", "utf16be"], ENCODED),
    **dict.fromkeys(["minute", "hour", "day", "week", "month", "year"], CLOCK),
    "windash": "is for command lines of Windows",
    "expand": "leaves values to be filled in: write them into the rule",
}
SEVERAL = {"equals", "contains", "startswith", "endswith", "like", "matches", "in_network"}
"""The predicates that take several values, one of which has to match."""

_FIELD = re.compile(r"[\w:/@-]+(?:\.[\w:/@-]+)*", re.ASCII)
_OPERATORS = {"LT": "<", "LTE": "<=", "GT": ">", "GTE": ">="}


@dataclass(frozen=True)
class Test:
    """A predicate of `modifiers` on one field."""

    predicate: str
    path: str
    values: tuple[Any, ...] = ()
    cased: bool = False

    __test__ = False  # pytest, this is none of yours

    def holds(self, event: Event) -> bool:
        """Say whether the event passes."""
        cased = {"cased": True} if self.cased else {}
        predicate = getattr(modifiers, self.predicate)
        return bool(predicate(event, self.path, *self.values, **cased))


@dataclass(frozen=True)
class Not:
    """A condition that must not hold."""

    part: "Node"


@dataclass(frozen=True)
class Every:
    """What all has to hold."""

    parts: tuple["Node", ...]


@dataclass(frozen=True)
class Some:
    """Of what one has to hold."""

    parts: tuple["Node", ...]


Node: TypeAlias = Test | Not | Every | Some

Literal: TypeAlias = tuple[Test, bool]
"""A test, and whether it has to hold."""


def condition_of(rule: SigmaRule) -> Node:
    """Return what a Sigma rule looks for; raises RefusedError for what cannot be expressed."""
    for item in _items(rule.detection.detections.values()):
        _check(item)
    parsed = [condition.parsed for condition in rule.detection.parsed_condition]
    found = some(_node(tree) for tree in parsed)
    if sum(1 for _ in tests(found)) > MAX_TESTS:
        raise RefusedError(f"it tests more than {MAX_TESTS} values: split it")
    return found


def every(nodes: Iterable[Node]) -> Node:
    """Return what holds where all of `nodes` hold."""
    flat = _flat(nodes, Every)
    return flat[0] if len(flat) == 1 else Every(flat)


def some(nodes: Iterable[Node]) -> Node:
    """Return what holds where one of `nodes` does, tests of one field taken together."""
    merged: list[Node] = []
    for node in _flat(nodes, Some):
        at = next((n for n, other in enumerate(merged) if _is_alike(node, other)), None)
        if at is None:
            merged.append(node)
        else:
            merged[at] = _together(merged[at], node)
    return merged[0] if len(merged) == 1 else Some(tuple(merged))


def negated(node: Node) -> Node:
    """Return what holds where `node` does not."""
    return node.part if isinstance(node, Not) else Not(node)


def holds(node: Node, event: Event) -> bool:
    """Say whether an event is what a condition looks for."""
    match node:
        case Test():
            return node.holds(event)
        case Not(part):
            return not holds(part, event)
        case Every(parts):
            return all(holds(part, event) for part in parts)
        case Some(parts):
            return any(holds(part, event) for part in parts)


def conjuncts(node: Node) -> tuple[Node, ...]:
    """Return what all has to hold."""
    return node.parts if isinstance(node, Every) else (node,)


def tests(node: Node) -> Iterator[Test]:
    """Yield each test of a condition."""
    match node:
        case Test():
            yield node
        case Not(part):
            yield from tests(part)
        case Every(parts) | Some(parts):
            for part in parts:
                yield from tests(part)


def alternatives(node: Node) -> Iterator[tuple[Literal, ...]]:
    """Yield ways for a condition to hold, as many as are worth trying."""
    return islice(_ways(node, wanted=True), MAX_ALTERNATIVES)


def corrected(node: Node) -> Node:
    """Read `errorCode: Success` as no error code: CloudTrail never writes the former."""
    match node:
        case Test("equals", "errorCode", values) if "success" in map(_lower, values):
            rest = tuple(value for value in values if _lower(value) != "success")
            none = Not(Test("exists", "errorCode"))
            return some([replace(node, values=rest), none]) if rest else none
        case Not(part):
            return negated(corrected(part))
        case Every(parts):
            return every(map(corrected, parts))
        case Some(parts):
            return some(map(corrected, parts))
    return node


def field(path: str) -> str:
    """Return a field's path; raises RefusedError for one that no record has."""
    if not _FIELD.fullmatch(path):
        raise RefusedError(f"the field {path!r}: write it as CloudTrail does, with dots")
    if problem := unknown_field(path):
        raise RefusedError(problem)
    return path


def _lower(value: Any) -> Any:
    return value.lower() if isinstance(value, str) else value


def _ways(node: Node, *, wanted: bool) -> Iterator[tuple[Literal, ...]]:
    match node:
        case Test():
            yield ((node, wanted),)
        case Not(part):
            yield from _ways(part, wanted=not wanted)
        case Every(parts) | Some(parts):
            if isinstance(node, Every) is wanted:
                yield from _all_ways(parts, wanted=wanted)
            else:
                for part in parts:
                    yield from _ways(part, wanted=wanted)


def _all_ways(parts: tuple[Node, ...], *, wanted: bool) -> Iterator[tuple[Literal, ...]]:
    if not parts:
        yield ()
        return
    for way in _ways(parts[0], wanted=wanted):
        for rest in _all_ways(parts[1:], wanted=wanted):
            yield (*way, *rest)


def _flat(nodes: Iterable[Node], kind: type[Every | Some]) -> tuple[Node, ...]:
    parts = (node.parts if isinstance(node, kind) else (node,) for node in nodes)
    return tuple(dict.fromkeys(part for those in parts for part in those))


def _is_alike(node: Node, other: Node) -> bool:
    """Say whether two tests differ in nothing but their values, of which either may match."""
    return (
        isinstance(node, Test)
        and isinstance(other, Test)
        and node.predicate in SEVERAL
        and replace(node, values=()) == replace(other, values=())
    )


def _together(node: Node, other: Node) -> Node:
    assert isinstance(node, Test)  # noqa: S101 - only tests are alike
    assert isinstance(other, Test)  # noqa: S101
    return replace(node, values=(*node.values, *other.values))


def _items(parts: Iterable[Any]) -> Iterator[SigmaDetectionItem]:
    for part in parts:
        if isinstance(part, SigmaDetection):
            yield from _items(part.detection_items)
        else:
            yield part


def _check(item: SigmaDetectionItem) -> None:
    if item.field is None:
        raise RefusedError("it looks for keywords anywhere: name the field of each")
    for modifier in item.modifiers:
        name = reverse_modifier_mapping[modifier.__name__]
        if name in REFUSED_MODIFIERS:
            raise RefusedError(f"the modifier {name} {REFUSED_MODIFIERS[name]}")


def _node(tree: Any) -> Node:
    match tree:
        case conditions.ConditionAND():
            return every(map(_node, tree.args))
        case conditions.ConditionOR():
            return some(map(_node, tree.args))
        case conditions.ConditionNOT():
            return negated(_node(tree.args[0]))
        case conditions.ConditionFieldEqualsValueExpression():
            return _test(field(tree.field), tree.value)
    raise RefusedError(f"the condition has a part that is not known here: {type(tree).__name__}")


def _test(path: str, value: types.SigmaType) -> Node:  # noqa: PLR0911 - one for each type
    match value:
        case types.SigmaNull():
            return Not(Test("exists", path))
        case types.SigmaExists():
            found = Test("exists", path)
            return found if value.exists else Not(found)
        case types.SigmaString():
            return _text(path, value)
        case types.SigmaRegularExpression():
            return Test("matches", path, (_expression(value),))
        case types.SigmaCIDRExpression():
            return Test("in_network", path, (str(value.network),))
        case types.SigmaCompareExpression() if value.op.name in _OPERATORS:
            return Test("compares", path, (_OPERATORS[value.op.name], value.number.number))
        case types.SigmaFieldReference():
            how = {(True, True): "contains", (True, False): "startswith", (False, True): "endswith"}
            predicate = how.get((value.starts_with, value.ends_with), "equals")
            return Test(f"{predicate}_field", path, (field(value.field),))
        case types.SigmaBool():
            return Test("equals", path, (value.boolean,))
        case types.SigmaNumber():
            return Test("equals", path, (value.number,))
    raise RefusedError(f"{path} is compared with a {type(value).__name__}: no rule can")


def _expression(value: types.SigmaRegularExpression) -> str:
    flags = "".join(sorted(value.sigma_to_re_flag[flag] for flag in value.flags))
    pattern = guarded(value.regexp.to_plain(regex=True))
    return guarded(f"(?{flags}){pattern}") if flags else pattern


def _text(path: str, value: types.SigmaString) -> Test:  # noqa: PLR0911 - one for each form
    """Return the plainest predicate that does what a text with wildcards says."""
    cased = isinstance(value, types.SigmaCasedString)
    parts = value.s
    if any(isinstance(part, types.Placeholder) for part in parts):
        raise RefusedError(f"the modifier expand {REFUSED_MODIFIERS['expand']}")
    many = types.SpecialChars.WILDCARD_MULTI
    match parts:
        case []:
            return Test("equals", path, ("",), cased=cased)
        case [str(text)]:
            return Test("equals", path, (text,), cased=cased)
        case [types.SpecialChars.WILDCARD_MULTI]:
            return Test("exists", path)
        case [first, str(text), last] if first is many and last is many:
            return Test("contains", path, (text,), cased=cased)
        case [str(text), last] if last is many:
            return Test("startswith", path, (text,), cased=cased)
        case [first, str(text)] if first is many:
            return Test("endswith", path, (text,), cased=cased)
    return Test("like", path, ("".join(map(_wildcard, parts)),), cased=cased)


def _wildcard(part: Any) -> str:
    if isinstance(part, str):
        return re.sub(r"([\\*?])", r"\\\1", part)
    return "*" if part is types.SpecialChars.WILDCARD_MULTI else "?"
