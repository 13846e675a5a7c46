"""Finds the line of a rule module that an error is about."""

import ast
from pathlib import Path
from traceback import extract_tb

from trailwarden.catalog.hints import hint


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


def explained(file: str, error: BaseException) -> str:
    """Return an error of a module, where else it was raised, and what to write if that is known."""
    told = repr(error)
    if "." in Path(file).stem:
        return f"{Path(file).name} has more than one dot: call it otherwise"
    if isinstance(error, SyntaxError):
        told = f"{type(error).__name__}: {error.msg}"
        place = (error.filename or file, error.lineno or 1)
    else:
        last = [*extract_tb(error.__traceback__)][-1:]
        place = (last[0].filename, last[0].lineno or 1) if last else (file, 1)
    is_of_helper = place[0] != file and Path(place[0]).name.startswith("_")
    where = f", raised in line {place[1]} of {place[0]}" if is_of_helper else ""
    return f"{told}{where}{hint(error)}"


def parsed(file: str) -> ast.Module | None:
    """Return the syntax tree of a file; None where it has none."""
    try:
        return ast.parse(Path(file).read_bytes())
    except (OSError, SyntaxError, ValueError):
        return None
