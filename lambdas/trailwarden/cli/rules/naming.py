"""Finds the rules that a command line names."""

from collections.abc import Collection, Iterable
from difflib import get_close_matches
from fnmatch import fnmatchcase

from trailwarden.cli.problems import UsageError


def named(glob: str, rule_ids: Collection[str]) -> list[str]:
    """Return the ids that `glob` names; raises UsageError when there is none."""
    found = [rule_id for rule_id in rule_ids if fnmatchcase(rule_id, glob)]
    if not found:
        raise UsageError(f"there is no rule {glob!r}{meant(glob, rule_ids)}")
    return found


def meant(word: str, words: Iterable[str]) -> str:
    """Return a question for what may have been meant; nothing when nothing is like it."""
    close = get_close_matches(word, list(words), n=1, cutoff=0.4)
    return f"; did you mean {close[0]}?" if close else ""
