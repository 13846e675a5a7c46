"""Folds lines into the width of a terminal, between words; a command stays in one line.

A terminal cuts a line anywhere, and a word of two halves is found by no search. Where the output
is no terminal, lines stay as they are.
"""

import re
import sys
from itertools import pairwise
from shutil import get_terminal_size
from textwrap import wrap
from typing import TextIO

from trailwarden.notify.text import WIDTH

NARROW = 120
"""A table that has room for two columns of words needs that many columns of a terminal."""

COMMAND = re.compile(r"\s*(?:\d+\. )?(?:#|\$|(?:All: )?(?:aws|trailwarden|npx|make) )")
_HANGING = re.compile(r"\s*(?:[A-Z][\w &]*:\s+|\d\d:\d\d:\d\d +[A-Z]+ +|\d+\. |\d+  |[-*] )?")
_MOST_HANGING = 26
_FILLED = WIDTH - 16
"""From which length on a line was filled, and may go on in the next."""


def columns(output: TextIO | None = None) -> int:
    """Return how wide the terminal is that is written to; 0 where there is none."""
    return get_terminal_size().columns if (output or sys.stdout).isatty() else 0


def folded(text: str, width: int) -> str:
    """Return `text` with its long lines folded, each in its own indentation; 0 folds none.

    What a line has too much goes on in the next line, where that is one of the same paragraph.

    >>> print(folded("  Who:  somebody and others", 20))
      Who:  somebody and
            others
    """
    if not width:
        return text
    shown, left = list[str](), ""
    lines = text.split("\n")
    for line, following in pairwise([*lines, ""]):
        first, *rest = _folded(f"{left} {line.strip()}" if left else line, width)
        shown.append(first)
        left = rest.pop() if rest and _goes_on(line, following) else ""
        shown += rest
    return "\n".join(shown)


def _folded(line: str, width: int) -> list[str]:
    if len(line) <= width or COMMAND.match(line):
        return [line]
    hanging = _hanging(line)
    lines = wrap(
        line,
        width,
        subsequent_indent=" " * hanging,
        break_long_words=False,
        break_on_hyphens=False,
        replace_whitespace=False,
    )
    if lines[1:] and len(lines[0]) < hanging:  # a name stays beside a word that is too long
        lines[:2] = [f"{lines[0]:<{hanging}}{lines[1].strip()}"]
    return lines


def _hanging(line: str) -> int:
    found = _HANGING.match(line)
    return min(found.end() if found else 0, _MOST_HANGING)


def _goes_on(line: str, following: str) -> bool:
    """Say whether a line that was filled goes on in the following one."""
    indent = len(following) - len(following.lstrip())
    is_plain = bool(following.strip()) and _hanging(following) == indent
    is_same = indent in (_hanging(line), len(line) - len(line.lstrip()))
    return len(line) >= _FILLED and is_plain and is_same and not COMMAND.match(following)
