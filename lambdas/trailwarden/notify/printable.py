"""Makes text that an attacker may have chosen safe to show.

Control characters move a terminal's cursor, and bidirectional ones reorder the text. Invisible ones
hide. All are shown as escapes. Unicode Technical Report 36 and CVE-2021-42574 have the tricks.
"""

import re
import unicodedata
from functools import lru_cache

_UNSAFE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
"""Unicode general categories: control, format (with the bidirectional ones), surrogates, ..."""

_BLANK = re.compile(
    r"\bBLANK\b|\bFILLER\b|\bINVISIBLE\b|\bJOINER\b|VARIATION SELECTOR|NULL NOTEHEAD|VOWEL INHERENT"
    r"|OBJECT REPLACEMENT"
)
"""How Unicode calls letters, marks and symbols that show nothing.

Names are a property that Unicode never changes. With the categories they hold all of
`Default_Ignorable_Code_Point`, which Python does not know, and blanks beyond it.
"""


def printable(text: str, *, limit: int = 200) -> str:
    r"""Return `text` in one line, unsafe characters escaped, cut to about `limit` characters.

    >>> printable("a\x1b[2Jb\u202ec\u3164")
    'a\\x1b[2Jb\\u202ec\\u3164'
    """
    cut = text[:limit]
    shown = cut if cut.isascii() and cut.isprintable() else "".join(map(_shown, cut))
    return f"{shown}..." if len(text) > limit else shown


def escaped(character: str) -> str:
    """Return the code of a character."""
    code = ord(character)
    return f"\\x{code:02x}" if code <= 0xFF else f"\\u{code:04x}"  # noqa: PLR2004 - two digits


@lru_cache(16_384)
def _shown(character: str) -> str:
    is_unsafe = unicodedata.category(character) in _UNSAFE
    is_blank = is_unsafe or _BLANK.search(unicodedata.name(character, ""))
    return escaped(character) if is_blank else character
