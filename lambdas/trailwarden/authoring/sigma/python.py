"""Writes Python as `ruff format` would, from values that may hold anything."""

import textwrap
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

WIDTH = 100
INDENT = 4
PAIR = 2

_PLAIN = str.maketrans(
    {
        **dict.fromkeys('\u2018\u2019\u201a\u00b4`"\u201c\u201d\u201e', "'"),
        **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2212", "-"),
        "\u2026": "...",
        "\\": "/",
    }
)


@dataclass(frozen=True)
class Bracketed:
    """The content of brackets: a call's arguments, or an object's entries."""

    head: str
    parts: tuple["Code", ...]
    tail: str


@dataclass(frozen=True)
class Joined:
    """Conditions, joined by `and` or `or`."""

    word: str
    parts: tuple["Code", ...]


@dataclass(frozen=True)
class Prefixed:
    """Something with a word before it: `not`, or a name."""

    head: str
    part: "Code"


Code: TypeAlias = str | Bracketed | Joined | Prefixed


def literal(value: str | float | None) -> str:
    """Return a value as a literal, in ASCII: any text stays text."""
    if not isinstance(value, str):
        return repr(value)
    shown = ascii(value)
    body = shown[1:-1]
    if shown[0] == '"':
        return shown
    double = body.replace("\\'", "'").replace('"', '\\"')
    return f'"{double}"' if body.count('"') <= body.count("\\'") else shown


def value_code(value: Any) -> Code:
    """Return a JSON value as Python."""
    if isinstance(value, Mapping):
        entries = (Prefixed(f"{literal(k)}: ", value_code(v)) for k, v in value.items())
        return Bracketed("{", tuple(entries), "}")
    if isinstance(value, Sequence) and not isinstance(value, str):
        return Bracketed("[", tuple(map(value_code, value)), "]")
    return value if isinstance(value, Verbatim) else literal(value)


class Verbatim(str):
    """Python that stands for a value."""

    __slots__ = ()


def call(name: str, *arguments: Code) -> Bracketed:
    """Return a call."""
    return Bracketed(f"{name}(", arguments, ")")


def flat(code: Code) -> str:
    """Return code in one line."""
    match code:
        case str():
            return code
        case Bracketed(head, parts, tail):
            return f"{head}{', '.join(map(flat, parts))}{tail}"
        case Joined(word, parts):
            return f" {word} ".join(_operand(part) for part in parts)
        case Prefixed(head, part):
            return head + (_operand(part) if head == "not " else flat(part))


def laid_out(code: Code, *, indent: int = 0, taken: int = 0) -> str:
    """Return code in as few lines as have room, `taken` characters being in the first."""
    line = flat(code)
    if indent + taken + len(line) <= WIDTH:
        return line
    inner = indent + INDENT
    match code:
        case Bracketed(head, parts, tail) if parts:
            lines = [f"{' ' * inner}{laid_out(part, indent=inner, taken=1)}," for part in parts]
            return "\n".join([head, *lines, " " * indent + tail])
        case Joined():
            return _in_brackets(code, indent)
        case Prefixed("not ", Joined() as part):
            return "not " + _in_brackets(part, indent)
        case Prefixed(head, part):
            return head + laid_out(part, indent=indent, taken=taken + len(head))
    return line


def returned(code: Code) -> str:
    """Return the body of a function that returns whether a condition holds.

    Two long conditions are asked one after the other, as `ruff format` would tear their calls.
    """
    line = f"    return {laid_out(code, indent=INDENT, taken=len('return '))}"
    if not isinstance(code, Joined) or len(code.parts) > PAIR or "\n" not in line:
        return line
    first, last = sorted(code.parts, key=_is_deep)
    asked, answer = (first, "True") if code.word == "or" else (_opposite(first), "False")
    test = laid_out(asked, indent=INDENT, taken=len("if :"))
    return f"    if {test}:\n        return {answer}\n{returned(last)}"


def _is_deep(code: Code) -> bool:
    return isinstance(code.part if isinstance(code, Prefixed) else code, Joined)


def _opposite(code: Code) -> Code:
    return code.part if isinstance(code, Prefixed) else Prefixed("not ", code)


def _in_brackets(code: Joined, indent: int) -> str:
    inner = indent + INDENT
    if inner + len(flat(code)) <= WIDTH:
        return f"(\n{' ' * inner}{flat(code)}\n{' ' * indent})"
    words = ["", *[f"{code.word} "] * (len(code.parts) - 1)]
    lines = [
        f"{' ' * inner}{word}{_operand_laid_out(part, inner, len(word))}"
        for word, part in zip(words, code.parts, strict=True)
    ]
    return "\n".join(["(", *lines, " " * indent + ")"])


def _operand_laid_out(part: Code, indent: int, taken: int) -> str:
    if not isinstance(part, Joined):
        return laid_out(part, indent=indent, taken=taken)
    line = _operand(part)
    return line if indent + taken + len(line) <= WIDTH else _in_brackets(part, indent)


def _operand(part: Code) -> str:
    return f"({flat(part)})" if isinstance(part, Joined) else flat(part)


def plain(text: str) -> str:
    """Return a text in one line of ASCII without double quotes and backslashes."""
    told = unicodedata.normalize("NFKD", str(text).translate(_PLAIN))
    seen = (c for c in told if c.isspace() or (c.isprintable() and not unicodedata.combining(c)))
    return " ".join("".join(c if c.isascii() else "?" for c in seen).translate(_PLAIN).split())


def sentence(text: str) -> str:
    """Return a plain text that begins and ends as a sentence."""
    told = plain(text).rstrip(" ,;:")
    return told[:1].upper() + told[1:] + ("" if told.endswith((".", "!", "?")) else ".")


def prose(name: str, text: str) -> str:
    """Return a keyword argument that holds a long plain text, in lines of their own."""
    taken = len(name) + 1
    room = WIDTH - INDENT - len('" ",')
    lines = textwrap.wrap(plain(text), room, initial_indent="=" * taken, break_on_hyphens=False)
    told = [lines[0][taken:], *lines[1:]]
    parts = [literal(f"{line} ") for line in told[:-1]] + [literal(told[-1])]
    return f"{name}=" + f"\n{' ' * INDENT}".join(parts) + ","
