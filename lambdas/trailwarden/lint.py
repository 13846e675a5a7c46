"""Checks what a rule module says: its events, the fields it reads, its words and its examples.

A rule that names an event or a field that CloudTrail does not have is silent for ever, and nothing
else would tell.
"""

import ast
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cached_property
from itertools import chain
from pathlib import Path
from types import ModuleType
from typing import Any

from trailwarden.attack import TECHNIQUES, Tactic
from trailwarden.cloudtrail_names import NAMES
from trailwarden.correlation import FirstSeen, TemporalOrdered
from trailwarden.event import plain_name
from trailwarden.pattern import InvalidPatternError, leaf_test, leaves
from trailwarden.reads import Read, reads, unknown_field
from trailwarden.rule import Rule

MAX_TITLE = 70
OUTSIDE_THE_CORE = frozenset({"aws", "cli", "handlers", "rules"})
MUTATORS = frozenset(
    {
        *("add", "append", "clear", "discard", "extend", "insert", "pop", "popitem", "remove"),
        *("setdefault", "sort", "update"),
    }
)

Operations = Callable[[str], frozenset[str]]
"""Tells the API operations of a service, as CloudTrail calls the service; none if unknown."""


@dataclass(frozen=True, order=True)
class Problem:
    """What is wrong with a rule, where, and what to do."""

    rule_id: str
    file: str
    line: int
    message: str

    def __str__(self) -> str:
        """Tell it as compilers do."""
        return f"{self.file}:{self.line}: {self.rule_id}: {self.message}"


Found = Iterator[tuple[int, str]]
"""The line and the message of each problem."""


def lint(module: ModuleType, operations: Operations) -> Iterator[Problem]:
    """Yield the problems of a rule module that could be imported, in the order of its lines."""
    source = Source(module)
    found = chain(
        _words(source),
        _attack(source),
        _events(source, operations),
        _where(source),
        _fields(source),
        _correlation(source),
        _imports(source),
        _state(source),
        _examples(source),
    )
    for line, message in sorted(set(found)):
        yield Problem(source.rule.id, str(source.file), line, message)


class Source:
    """A rule module: what it made, and how it is written."""

    def __init__(self, module: ModuleType) -> None:
        self.module = module
        self.rule: Rule = module.RULE
        self.file = Path(str(module.__file__))

    @cached_property
    def tree(self) -> ast.Module:
        """The module's syntax tree."""
        return ast.parse(self.file.read_text(encoding="utf-8"))

    @property
    def is_local(self) -> bool:
        """Whether the rule is a team's own, which may build on one that is shipped."""
        return self.module.__name__.startswith("local_rules.")

    @cached_property
    def rule_line(self) -> int:
        """The line of `RULE`."""
        assigned = (n for n in self.tree.body if isinstance(n, ast.Assign))
        return next((n.lineno for n in assigned if "RULE" in _targets(n)), 1)

    def keyword(self, name: str) -> int:
        """Return the line of a keyword argument of the rule."""
        lines = (n.value.lineno for n in ast.walk(self.tree) if _is_keyword(n, name))
        return next(lines, self.rule_line)

    def text(self, text: str, *, otherwise: str) -> int:
        """Return the line of a literal text; else that of the keyword it belongs to."""
        constants = (n for n in ast.walk(self.tree) if isinstance(n, ast.Constant))
        lines = (n.lineno for n in constants if n.value == text)
        return next(lines, None) or self.keyword(otherwise)


def _words(source: Source) -> Found:
    rule = source.rule
    if not rule.title:
        yield 1, "say in the first line of the docstring what happened"
    if len(rule.title) > MAX_TITLE:
        yield 1, f"shorten the title to {MAX_TITLE} characters; it has {len(rule.title)}"
    if not rule.title.isascii():
        yield 1, "write the title in ASCII: it is the subject of a mail"
    if not rule.description:
        yield 1, "say below the title why it matters"
    if not rule.response.strip().endswith("."):
        yield source.keyword("response"), "say in sentences what to do first, as `response`"


def _attack(source: Source) -> Found:
    line = source.keyword("attack")
    if not source.rule.attack:
        yield line, "name a technique: attack={Tactic.PERSISTENCE: ['T1098.001']}"
    for tactic, techniques in source.rule.attack.items():
        if not isinstance(tactic, Tactic):
            yield line, f"write the tactic {tactic!r} as a member of Tactic"
        if isinstance(techniques, str) or not techniques:
            yield line, f"list the techniques of {tactic!s}: ['T1098.001']"
            continue
        for technique in set(techniques) - TECHNIQUES.keys():
            here = source.text(technique, otherwise="attack")
            yield here, f"{technique} is no technique of attack.TECHNIQUES{_like(technique)}"


def _like(technique: str) -> str:
    return _suggest(technique, TECHNIQUES, cutoff=0.8)


def _events(source: Source, operations: Operations) -> Found:
    rule = source.rule
    if not rule.events and not rule.signals:
        yield source.keyword("events"), "list the events to look at, such as iam:PutUserPolicy"
    for event in rule.events:
        line = source.text(event, otherwise="events")
        if message := _event_problem(event, operations):
            yield line, message
        if event.rpartition(":")[2] == "*" and not rule.where:
            yield line, f"give where=, so that few of {event} are worth a look"


def _event_problem(event: str, operations: Operations) -> str:
    service, colon, name = event.partition(":")
    known = operations(service) | {n.partition(":")[2] for n in NAMES if n.startswith(f"{service}:")}
    if event == "*" or (known and name in known):
        return ""
    if "*" in service or ("*" in name and name != "*") or not colon:
        return f"write {event} as service:EventName, service:* or *: there are no other globs"
    if not known:
        return f"{service} is no service that CloudTrail knows: write its eventSource"
    if name == "*":
        return ""
    if plain_name(name) != name:
        return f"write {service}:{plain_name(name)}: any API version matches the plain name"
    return (
        f"{event} is no API operation of {service}{_suggest(name, known)}; "
        "if CloudTrail records it, add it to cloudtrail_names.py with its source"
    )


def _suggest(word: str, words: Any, *, cutoff: float = 0.6) -> str:
    close = get_close_matches(word, sorted(words), n=1, cutoff=cutoff)
    return f" (did you mean {close[0]}?)" if close else ""


def _where(source: Source) -> Found:
    line = source.keyword("where")
    try:
        listed = dict(leaves(source.rule.where or {}))
    except (InvalidPatternError, TypeError, AttributeError) as error:
        yield line, f"where: {error}"
        return
    dotted = [key for key in _keys(source.rule.where or {}) if "." in key]
    yield from ((line, f"where: nest {key} in place of dots") for key in dotted)
    for path, values in listed.items():
        if message := _leaf_problem(path, values):
            yield source.text(path.rpartition(".")[2], otherwise="where"), f"where: {message}"


def _keys(pattern: Any) -> Iterator[str]:
    if isinstance(pattern, Mapping):
        for key, below in pattern.items():
            yield key
            yield from _keys(below)


def _leaf_problem(path: str, values: Any) -> str:
    if message := unknown_field(path):
        return message
    if path.startswith("resources."):
        return "resources is a list, which where does not look into: test it in detect"
    if not values:
        return f"list the values of {path} that match"
    try:
        leaf_test(values, path)
    except (InvalidPatternError, TypeError) as error:
        return str(error)
    return ""


def _fields(source: Source) -> Found:
    for read in reads(source.tree):
        if message := read.problem():
            yield read.line, message


def _correlation(source: Source) -> Found:
    correlation, line = source.rule.correlation, source.keyword("correlation")
    if isinstance(correlation, TemporalOrdered):
        if len(set(correlation.labels)) < len(correlation.labels):
            yield line, "TemporalOrdered takes each label once: give the repeated one another name"
        if len(correlation.labels) < 2:  # noqa: PLR2004 - one alone has no order
            yield line, "TemporalOrdered orders two labels or more"
    if isinstance(correlation, FirstSeen) and correlation.learning > correlation.timespan:
        yield line, "FirstSeen learns for longer than it remembers: nothing would ever be new"
    if source.rule.signals and not correlation:
        yield line, "a rule that counts signals needs a correlation to count them with"


def _imports(source: Source) -> Found:
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            inside = [f"{node.module}.{alias.name}" for alias in node.names]
            names = ["."] if node.level else inside
        else:
            continue
        messages = (_import_problem(name, local=source.is_local) for name in names)
        yield from ((node.lineno, message) for message in messages if message)


def _import_problem(name: str, *, local: bool) -> str:
    top, _, below = name.partition(".")
    part = below.partition(".")[0]
    if local and (top == "local_rules" or part == "rules"):
        return ""
    if top == "trailwarden" and part == "rules":
        return "a rule imports no other rule: move what they share beside policy.py"
    if top == "trailwarden" and part in OUTSIDE_THE_CORE:
        return f"a rule does not import trailwarden.{part}: it is run without it"
    if top == "trailwarden" or top in sys.stdlib_module_names:
        return ""
    return f"import trailwarden and the standard library only, not {name.removesuffix('.*')}"


def _state(source: Source) -> Found:
    shared = {name for node in source.tree.body for name in _targets(node)}
    for function in ast.walk(source.tree):
        if not isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            continue
        own = {*_arguments(function), *_assigned(function)}
        for node in ast.walk(function):
            changed = _changed(node) - own if not isinstance(node, ast.Global) else {*node.names}
            for name in changed & shared:
                yield node.lineno, f"{name} is state of the module: use a correlation to remember"


def _changed(node: ast.AST) -> set[str]:
    """Return the names of what a statement or call changes in place."""
    match node:
        case ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr=method)):
            return {name} if method in MUTATORS else set()
        case ast.Assign(targets=targets) | ast.Delete(targets=targets):
            pass
        case ast.AugAssign(target=target):
            targets = [target]
        case _:
            return set()
    inside = (t.value for t in targets if isinstance(t, ast.Subscript | ast.Attribute))
    return {value.id for value in inside if isinstance(value, ast.Name)}


def _examples(source: Source) -> Found:
    try:
        told = {bool(example.alerts) for example in source.module.examples()}
    except Exception as error:  # noqa: BLE001 - whatever a rule's own code raises is its problem
        yield source.rule_line, f"examples() cannot be read: {error!r}"
        return
    if True not in told:
        yield source.rule_line, "tell a story that alerts: yield alerts('...', record(...))"
    if False not in told:
        yield source.rule_line, "tell a near miss: yield silent('...', record(...))"


def _is_keyword(node: ast.AST, name: str) -> bool:
    return isinstance(node, ast.keyword) and node.arg == name


def _targets(node: ast.AST) -> list[str]:
    """Return the names that an assignment binds."""
    targets: list[ast.expr] = []
    if isinstance(node, ast.Assign):
        targets = node.targets
    elif isinstance(node, ast.AnnAssign | ast.AugAssign | ast.NamedExpr | ast.For):
        targets = [node.target]
    elif isinstance(node, ast.comprehension):
        targets = [node.target]
    names = (n for target in targets for n in ast.walk(target) if isinstance(n, ast.Name))
    return [n.id for n in names if isinstance(n.ctx, ast.Store)]


def _assigned(function: ast.AST) -> Iterator[str]:
    return (name for node in ast.walk(function) for name in _targets(node))


def _arguments(function: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda) -> Iterator[str]:
    return (node.arg for node in ast.walk(function.args) if isinstance(node, ast.arg))


__all__ = ["Operations", "Problem", "Read", "lint"]
