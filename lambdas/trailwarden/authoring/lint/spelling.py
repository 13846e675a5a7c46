"""Suggests the known word that is nearly an unknown one."""

from difflib import get_close_matches
from typing import Any


def suggestion(word: str, words: Any, *, cutoff: float = 0.6) -> str:
    """Return the known word that is nearly this one, as a question; else nothing."""
    close = get_close_matches(word, sorted(words), n=1, cutoff=cutoff)
    return f" (did you mean {close[0]}?)" if close else ""
