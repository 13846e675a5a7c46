"""Suggests the known word that is nearly an unknown one."""

from collections.abc import Iterable


def suggestion(word: str, words: Iterable[str], *, cutoff: float = 0.6) -> str:
    """Return the known word that is nearly this one, in any case of letters, as a question."""
    from difflib import get_close_matches  # noqa: PLC0415 - only a mistake needs it

    known = {one.lower(): one for one in sorted(words, reverse=True)}
    close = get_close_matches(word.lower(), sorted(known), n=1, cutoff=cutoff)
    return f" (did you mean {known[close[0]]}?)" if close else ""
