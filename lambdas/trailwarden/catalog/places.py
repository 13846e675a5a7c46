"""Finds the line of a rule module that an error is about."""

import ast
import re
from pathlib import Path
from traceback import extract_tb

from trailwarden.detection.soundness import EXAMPLES, unknown_keyword

_KEYWORD = re.compile(r"unexpected keyword argument '(\w+)'")
_MISSING = re.compile(r"missing \d+ required .*arguments?: (.+)")


def line_of_field(file: str, field: str) -> int:
    """Return the line of a field of the module's rule, or of the rule; 1 where neither is found."""
    tree = parsed(file)
    if tree is None or field == "doc":
        return 1
    nodes = list(ast.walk(tree))
    wanted = (n.value.lineno for n in nodes if isinstance(n, ast.keyword) and n.arg == field)
    functions = (n.lineno for n in nodes if isinstance(n, ast.FunctionDef) and n.name == field)
    rules = (
        node.lineno
        for node in tree.body
        if isinstance(node, ast.Assign)
        and any(isinstance(t, ast.Name) and t.id == "RULE" for t in node.targets)
    )
    return next((line for lines in (wanted, functions, rules) for line in lines), 1)


def line_of_error(file: str, error: BaseException) -> int:
    """Return the line of the module at which an error was raised; 1 where none tells."""
    if isinstance(error, SyntaxError) and error.filename == file:
        return error.lineno or 1
    lines = [f.lineno for f in extract_tb(error.__traceback__) if f.filename == file]
    return lines[-1] or 1 if lines else 1


def explained(error: BaseException) -> str:
    """Return an error of a module, and what to write where that is known."""
    told = repr(error)
    if unknown := _KEYWORD.search(str(error)):
        return f"{told}: there is no field {unknown[1]}{unknown_keyword(unknown[1])}"
    if missing := _MISSING.search(str(error)):
        names = re.findall(r"'(\w+)'", missing[1])
        wanted = "; ".join(EXAMPLES.get(name, f"{name}=...") for name in names)
        return f"{told}: write {wanted}"
    return told


def parsed(file: str) -> ast.Module | None:
    """Return the syntax tree of a file; None where it has none."""
    try:
        return ast.parse(Path(file).read_bytes())
    except (OSError, SyntaxError, ValueError):
        return None
