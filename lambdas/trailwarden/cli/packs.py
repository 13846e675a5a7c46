"""Loads the rules for a command, and says which are broken, replaced or doubtful."""

import tomllib
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

from trailwarden import catalog
from trailwarden.aws.operations import is_operation, models
from trailwarden.catalog import Pack
from trailwarden.catalog.document import text_in
from trailwarden.catalog.own import TUNING
from trailwarden.cli.problems import UsageError, detail, note, say
from trailwarden.cloudtrail.event_names import NAMES
from trailwarden.detection.rule import Mode, Rule

BROKEN = 2
"""The exit status of a command that left out a rule: what the rule would find is missing."""


def loaded(tuning: Path | None = None, *, option: str = "--tuning") -> Pack:
    """Return the rules as tuned; say which are broken, doubtful, or in a shipped rule's place.

    Raises UsageError for a tuning file that is not there, and TuningError. `option` gave it.
    """
    if tuning and not tuning.is_file():
        wrong = "it is a folder: name a file" if tuning.is_dir() else "there is no such file"
        raise UsageError(f"{option} {tuning}: {wrong}")
    today = datetime.now(UTC).date()
    pack = catalog.load(tuning, today=today, warn=lambda message: say(f"warning: {message}"))
    folder = catalog.local_folder()
    if folder.is_dir() and not (any(folder.rglob("*.py")) or (folder / TUNING).exists()):
        say(f"warning: {folder} holds neither a rule nor a {TUNING}")
    detail(f"your own rules: {folder if folder.is_dir() else 'none'}")
    detail(f"tuning: {tuning or catalog.default_tuning() or 'none'}")
    for doubt in _never_recorded(pack.rules):
        say(f"warning: {doubt}")
    for one in pack.broken:
        say(f"error: {one.message}")
        say(f"error: the rule {one.rule_id} does not run{_instead(one.rule_id, pack.rules)}")
    for told in pack.notes:
        note(f"note: {told}")
    return pack


def _never_recorded(rules: Sequence[Rule]) -> Iterator[str]:
    """Yield which events a team's own rules wait for in vain.

    Events of shipped rules are known. So hardly any start has to look into the models of APIs.
    """
    own = [rule for rule in rules if catalog.is_local(rule) and rule.mode is not Mode.OFF]
    if not own or models() is None:
        return
    known = NAMES | {event for rule in rules if not catalog.is_local(rule) for event in rule.events}
    for rule in own:
        for event in rule.events:
            if event not in known and not is_operation(*event.partition(":")[::2]):
                yield from (f"your rule {rule.id} waits in vain: {why}" for why in _why(event))


def _why(event: str) -> Iterator[str]:
    """Yield why CloudTrail never records an event; nothing for one that it does."""
    from trailwarden.authoring.lint.events import event_problem  # noqa: PLC0415 - mistakes only
    from trailwarden.aws.api_models import operations  # noqa: PLC0415 - botocore is slow to import

    if wrong := event_problem(event, operations):
        yield wrong


def status_of(pack: Pack, status: int = 0) -> int:
    """Return the exit status of a command that ended with `status` on these rules."""
    return BROKEN if pack.broken else status


def _instead(rule_id: str, rules: list[Rule]) -> str:
    is_there = any(rule.id == rule_id for rule in rules)
    return "; the shipped one does, in its place" if is_there else ""


def in_use(pack: Pack, tuning: Path | None) -> str:
    """Say which of a team's own rules and tuning are in use; nothing where none are."""
    count = sum(catalog.is_local(rule) and rule.mode is not Mode.OFF for rule in pack.rules)
    file = tuning or catalog.default_tuning()
    parts = (
        f"{count} {'rule' if count == 1 else 'rules'} of your own, of {catalog.local_folder()}"
        if count
        else "",
        f"tuned by {file}" if file and tomllib.loads(text_in(file)) else "",
    )
    return "; ".join(filter(None, parts))
