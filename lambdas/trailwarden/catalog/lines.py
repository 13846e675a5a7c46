"""Finds the lines of a TOML file, so that an error can name the one to change."""

import re
from collections.abc import Iterator


def lines_of(text: str) -> Iterator[tuple[tuple[str, ...], int]]:
    """Yield the path of each table and key, and its line; an array's tables have their number."""
    table: tuple[str, ...] = ()
    counts: dict[tuple[str, ...], int] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        stripped = line.strip()
        if header := re.match(r"(\[\[?)\s*(.*?)\s*\]", stripped):
            table = _keys(header[2])
            if header[1] == "[[":
                counts[table] = counts.get(table, -1) + 1
                table = (*table, str(counts[table]))
            yield table, number
        elif key := re.match(
            r"""((?:[\w-]+|"[^"]*"|'[^']*')(?:\s*\.\s*[\w"'-]+)*)\s*=""", stripped
        ):
            yield (*table, *_keys(key[1])), number


def _keys(dotted: str) -> tuple[str, ...]:
    return tuple(
        bare or quoted or literal
        for bare, quoted, literal in re.findall(r"""([\w-]+)|"([^"]*)"|'([^']*)'""", dotted)
    )
