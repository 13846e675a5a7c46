"""Checks that a rule module imports little, and keeps no state."""

import ast
import re
import sys
from collections.abc import Iterator
from keyword import iskeyword

from trailwarden.authoring.lint.source import Found, Source, targets

OUTSIDE_THE_CORE = frozenset(
    {"aws", "authoring", "catalog", "cli", "handlers", "local", "rules", "scan"}
)

_NAME = re.compile(r"[a-z][a-z0-9_]*")

MUTATORS = frozenset(
    {
        *("add", "append", "clear", "discard", "extend", "insert", "pop", "popitem", "remove"),
        *("setdefault", "sort", "update"),
    }
)


def name(source: Source) -> Found:
    """Find a name of a file or folder that could be no name in Python, or not everywhere."""
    for part in source.rule.id.split("."):
        if not _NAME.fullmatch(part) or iskeyword(part):
            yield 1, f"call the file or folder {part!r} otherwise: small letters, digits and _"


def imports(source: Source) -> Found:
    """Find imports that a rule must not depend on."""
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


def state(source: Source) -> Found:
    """Find functions that change values of the module."""
    shared = {name for node in source.tree.body for name in targets(node)}
    for function in ast.walk(source.tree):
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            own = {*_arguments(function), *_assigned(function)}
            yield from _changes(function, shared, own)


def _changes(function: ast.AST, shared: set[str], own: set[str]) -> Found:
    for node in ast.walk(function):
        if isinstance(node, ast.Global):
            changed = {*node.names}
        elif isinstance(node, ast.expr | ast.stmt):
            changed = _changed(node) & shared - own
        else:
            continue
        for name in changed:
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


def _assigned(function: ast.AST) -> Iterator[str]:
    return (name for node in ast.walk(function) for name in targets(node))


def _arguments(function: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda) -> Iterator[str]:
    return (node.arg for node in ast.walk(function.args) if isinstance(node, ast.arg))
