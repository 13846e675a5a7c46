"""Gives the checks a rule module, its syntax tree and the lines of its parts."""

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import ModuleType
from typing import TypeAlias

from trailwarden.detection.rule import Rule

Operations: TypeAlias = Callable[[str], frozenset[str]]
"""Tells the API operations of a service, as CloudTrail calls the service; none if unknown."""


@dataclass(frozen=True, order=True)
class Problem:
    """A fault of a rule, its place, and the remedy."""

    rule_id: str
    file: str
    line: int
    message: str

    def __str__(self) -> str:
        """Tell it as compilers do."""
        return f"{self.file}:{self.line}: {self.rule_id}: {self.message}"


Found: TypeAlias = Iterator[tuple[int, str]]
"""The line and the message of each problem."""


class Source:
    """A rule module: the objects that it made, and its text."""

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
        return next((n.lineno for n in assigned if "RULE" in targets(n)), 1)

    def keyword(self, name: str) -> int:
        """Return the line of a keyword argument of the rule."""
        keywords = (n for n in ast.walk(self.tree) if isinstance(n, ast.keyword))
        return next((k.value.lineno for k in keywords if k.arg == name), self.rule_line)

    def text(self, text: str, *, otherwise: str) -> int:
        """Return the line of a literal text; else that of the keyword it belongs to."""
        constants = (n for n in ast.walk(self.tree) if isinstance(n, ast.Constant))
        lines = (n.lineno for n in constants if n.value == text)
        return next(lines, None) or self.keyword(otherwise)


_BINDS_ONE = ast.AnnAssign | ast.AugAssign | ast.NamedExpr | ast.For | ast.comprehension


def targets(node: ast.AST) -> list[str]:
    """Return the names that an assignment binds."""
    bound: list[ast.expr] = []
    if isinstance(node, ast.Assign):
        bound = node.targets
    elif isinstance(node, _BINDS_ONE):
        bound = [node.target]
    names = (n for target in bound for n in ast.walk(target) if isinstance(n, ast.Name))
    return [n.id for n in names if isinstance(n.ctx, ast.Store)]
