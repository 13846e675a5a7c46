"""Loads the rules for a command, and says what is broken, replaced or doubtful of them."""

from datetime import UTC, datetime
from pathlib import Path

from trailwarden import catalog
from trailwarden.catalog import Pack
from trailwarden.cli.problems import UsageError, say
from trailwarden.detection.rule import Rule

BROKEN = 2
"""The exit status of a command that left out a rule: what the rule would find is missing."""


def loaded(tuning: Path | None = None) -> Pack:
    """Return the rules as tuned; say what is broken, doubtful, and in a shipped rule's place.

    Raises UsageError for a tuning file that is not there, and TuningError.
    """
    if tuning and not tuning.is_file():
        raise UsageError(f"--tuning {tuning}: there is no such file")
    today = datetime.now(UTC).date()
    pack = catalog.load(tuning, today=today, warn=lambda message: say(f"warning: {message}"))
    for one in pack.broken:
        say(f"error: {one.message}")
        say(f"error: the rule {one.rule_id} does not run{_instead(one.rule_id, pack.rules)}")
    for note in pack.notes:
        say(f"note: {note}")
    return pack


def status_of(pack: Pack, status: int = 0) -> int:
    """Return the exit status of a command that ended with `status` on these rules."""
    return BROKEN if pack.broken else status


def _instead(rule_id: str, rules: list[Rule]) -> str:
    is_there = any(rule.id == rule_id for rule in rules)
    return "; the shipped one does, in its place" if is_there else ""
