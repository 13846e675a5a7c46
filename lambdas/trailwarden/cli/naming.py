"""Finds the rules that a command line names."""

from collections.abc import Collection
from fnmatch import fnmatchcase

from trailwarden.cli.problems import UsageError
from trailwarden.cloudtrail.spelling import suggestion

LIKE = 0.6
"""How like an id is that may have been meant: ids are long, and begin alike."""


SEE = ": see `trailwarden rules list`"
"""What a message says that knows no rule of a similar name."""


def named(glob: str, rule_ids: Collection[str]) -> list[str]:
    """Return the ids that `glob` names; raises UsageError when there is none."""
    found = [rule_id for rule_id in rule_ids if fnmatchcase(rule_id, glob)]
    if not found:
        lower = [glob.lower()] if any(fnmatchcase(i, glob.lower()) for i in rule_ids) else rule_ids
        near = suggestion(glob, lower, cutoff=LIKE)
        raise UsageError(f"there is no rule {glob!r}{near or SEE}")
    return found
