"""Finds reads of fields that no record has."""

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from inspect import signature

from trailwarden.authoring.lint.source import Found, targets
from trailwarden.cloudtrail.event import Event
from trailwarden.cloudtrail.fields import unknown_field
from trailwarden.cloudtrail.identity import Identity
from trailwarden.cloudtrail.spelling import suggestion
from trailwarden.environment import Environment


def unknown_fields(tree: ast.Module) -> Found:
    """Yield what a module reads of a record, or of a view of one, that is not there."""
    assigned = [node for node in tree.body if isinstance(node, ast.Assign | ast.AnnAssign)]
    constants = _Scope(assigned, {})
    for statement in tree.body:
        yield from _Scope([statement], constants.texts).problems()


@dataclass(frozen=True)
class _Place:
    """The meaning of an expression: a view of the record, or the value at a path of it."""

    path: str
    view: type | None = None

    def attribute(self, name: str) -> "_Place | None":
        """Return what an attribute of the view stands for."""
        match self.view, name:
            case view, "record" if view in {Event, Identity}:
                return _Place(self.path)
            case view, "user_identity" if view is Event:
                return _Place("userIdentity", Identity)
            case view, "environment" if view is Event:
                return _Place("", Environment)
        return None

    def below(self, path: str) -> str:
        """Return the path from the record's root of a path from here."""
        return f"{self.path}.{path}" if self.path else path


class _Scope:
    """What the names in some statements stand for, as far as is plain to see.

    A name that stands for different things in turn stands for none.
    """

    def __init__(self, body: Sequence[ast.stmt], texts: Mapping[str, tuple[str, ...]]) -> None:
        self.nodes = [node for statement in body for node in ast.walk(statement)]
        arguments = {node.arg for node in self.nodes if isinstance(node, ast.arg)}
        own = arguments.union(*map(targets, self.nodes))
        self.texts = {name: told for name, told in texts.items() if name not in own}
        self.places: dict[str, _Place | None] = {}
        for node in self.nodes:
            if isinstance(node, ast.arg) and (view := _view(node)):
                self._bind(node.arg, _Place("" if view is Event else "userIdentity", view))
        for target, value in sorted(self._bindings(), key=lambda pair: pair[0].lineno):
            self.texts[target.id] = self.texts.get(target.id, ()) + self.strings(value)
            self._bind(target.id, self.place(value))

    def problems(self) -> Found:
        """Yield the fields and attributes that are read and not there."""
        for node in self.nodes:
            if isinstance(node, ast.expr):
                messages = [self._unknown_attribute(node), *map(unknown_field, self._reads(node))]
                yield from ((node.lineno, message) for message in messages if message)

    def _unknown_attribute(self, node: ast.expr) -> str:
        if not isinstance(node, ast.Attribute):
            return ""
        place = self.place(node.value)
        view = place.view if place else None
        known = {*dir(view), *signature(view).parameters} if view else {node.attr}
        told = f"{view.__name__} has no {node.attr}" if view else ""
        return "" if node.attr in known else told + suggestion(node.attr, known)

    def place(self, node: ast.AST) -> _Place | None:
        """Return what an expression stands for, where that is plain."""
        match node:
            case ast.Name(id=name):
                return self.places.get(name)
            case ast.Attribute(value=value, attr=name):
                above = self.place(value)
                return above.attribute(name) if above else None
            case ast.BoolOp(values=[first, *_]):
                return self.place(first)
        paths = self._reads(node)
        return _Place(paths[0]) if len(paths) == 1 else None

    def strings(self, node: ast.AST) -> tuple[str, ...]:  # noqa: PLR0911 - one for each form
        """Return the texts that an expression may be, or may hold; none where that is not plain."""
        match node:
            case ast.Constant(value=str(text)):
                return (text,) if text else ()
            case ast.Name(id=name):
                return self.texts.get(name, ())
            case ast.IfExp(body=one, orelse=other):
                return self.strings(one) + self.strings(other)
            case ast.Tuple(elts=parts) | ast.List(elts=parts) | ast.Set(elts=parts):
                return tuple(text for part in parts for text in self.strings(part))
            case ast.Dict(values=parts):
                return tuple(text for part in parts for text in self.strings(part))
            case ast.Subscript(value=holder) | ast.Call(func=ast.Attribute(value=holder)):
                return self.strings(holder)
            case ast.JoinedStr(values=parts):
                return self._joined(parts)
        return ()

    def _joined(self, parts: Sequence[ast.expr]) -> tuple[str, ...]:
        """Return the paths that an f-string may be, up to what only running it would tell."""
        told: tuple[str, ...] = ("",)
        for part in parts:
            texts = self.strings(part.value if isinstance(part, ast.FormattedValue) else part)
            if not texts:
                return tuple(head for text in told if (head := text.rpartition(".")[0]))
            told = tuple(head + tail for head in told for tail in texts)
        return told

    def _reads(self, node: ast.AST) -> list[str]:
        """Return the paths of the record that a call or a subscript may read."""
        match node:
            case ast.Call(func=ast.Attribute(value=value, attr=name), args=[path, *_]):
                wanted = name in {"get", "listed", "text"}
            case ast.Call(func=ast.Name(id=name), args=[value, path, *_]):
                wanted = name in {"dig", "lookup"}
            case ast.Subscript(value=value, slice=path):
                wanted = True
            case _:
                return []
        place = self.place(value) if wanted else None
        if not place or place.view is Environment:
            return []
        return [place.below(text) for text in self.strings(path)]

    def _bindings(self) -> Iterator[tuple[ast.Name, ast.expr]]:
        """Yield each name with the value that it is bound to."""
        for node in self.nodes:
            match node:
                case ast.Assign(targets=[target], value=value):
                    yield from _pairs(target, value)
                case (
                    ast.For(target=target, iter=value)
                    | ast.comprehension(target=target, iter=value)
                ):
                    yield from _pairs(target, value)
                case ast.NamedExpr(target=target, value=value):
                    yield target, value
                case ast.AnnAssign(target=ast.Name() as target, value=ast.expr() as value):
                    yield target, value

    def _bind(self, name: str, place: _Place | None) -> None:
        self.places[name] = place if self.places.get(name, place) == place else None


def _view(argument: ast.arg) -> type | None:
    """Return the view of a record that an argument is, by its annotation or its name."""
    named = getattr(argument.annotation, "id", "Event" if argument.arg == "event" else "")
    return {"Event": Event, "Identity": Identity}.get(named)


def _pairs(target: ast.expr, value: ast.expr) -> Iterator[tuple[ast.Name, ast.expr]]:
    if isinstance(target, ast.Name):
        yield target, value
    elif isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple):
        yield from (
            pair for t, v in zip(target.elts, value.elts, strict=False) for pair in _pairs(t, v)
        )
