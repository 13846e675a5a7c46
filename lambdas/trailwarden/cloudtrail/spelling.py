"""Suggests the known word that is nearly an unknown one."""

from collections.abc import Iterable


def suggestion(word: str, words: Iterable[str], *, cutoff: float = 0.6) -> str:
    """Return the known word that is nearly this one, as a question; else nothing."""
    from difflib import get_close_matches  # noqa: PLC0415 - only a mistake needs it

    close = get_close_matches(word, sorted(words), n=1, cutoff=cutoff)
    return f" (did you mean {close[0]}?)" if close else ""
