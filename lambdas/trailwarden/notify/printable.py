"""Makes text that an attacker may have chosen safe to show.

Control characters move a terminal's cursor, and bidirectional ones reorder the text. Invisible ones
hide. All are shown as escapes. Unicode Technical Report 36 and CVE-2021-42574 have the tricks.
"""

import unicodedata

_UNSAFE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
"""Unicode general categories: control, format (with the bidirectional ones), surrogates, ..."""


def printable(text: str, *, limit: int = 200) -> str:
    r"""Return `text` in one line, unsafe characters escaped, cut to about `limit` characters.

    >>> printable("a\x1b[2Jb\u202ec")
    'a\\x1b[2Jb\\u202ec'
    """
    cut = text[:limit]
    shown = cut if cut.isascii() and cut.isprintable() else "".join(map(_escaped, cut))
    return f"{shown}..." if len(text) > limit else shown


def _escaped(character: str) -> str:
    if unicodedata.category(character) not in _UNSAFE:
        return character
    code = ord(character)
    return f"\\x{code:02x}" if code <= 0xFF else f"\\u{code:04x}"  # noqa: PLR2004 - two digits
