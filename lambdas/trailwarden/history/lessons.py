"""What a history teaches a deployment: first times, and since when accounts are heard."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import groupby
from pathlib import Path

import msgspec

from trailwarden.detection.engine import Sighting, days_needed
from trailwarden.detection.heard import asked_of, heard_on
from trailwarden.detection.history import Asked
from trailwarden.detection.observation import Observation
from trailwarden.detection.rule import Rule
from trailwarden.detection.teaching import Past, Withheld, lessons, teaches
from trailwarden.history.reduction import gathered_of, rows
from trailwarden.history.run import Run, prepared
from trailwarden.history.store import Store
from trailwarden.scan.spool import spooled

MOST = 2_000_000
"""How many observations one history teaches at the most."""


class TooMuchError(Exception):
    """A history knows more than one may teach; the message says what to do."""


class _Line(msgspec.Struct, array_like=True):
    """What one key of the live history is given, as it is written."""

    key: str
    days: int
    daily: bool
    seen: list[Observation]


_decoder = msgspec.json.Decoder(_Line)


@dataclass
class Lessons:
    """Lessons in a file, and how many there are."""

    path: Path
    observations: int = 0
    keys: int = 0
    accounts: int = 0
    withheld: Withheld = field(default_factory=Withheld)

    def __iter__(self) -> Iterator[Asked]:
        """Yield what the live history is to remember of each key."""
        with self.path.open("rb") as file:
            for text in file:
                line = _decoder.decode(text)
                yield Asked(line.key, line.seen, timedelta(days=line.days), line.daily)


def learned(
    store: Store, run: Run, path: Path, today: date, *, own_rules: Path | None = None
) -> Lessons:
    """Write the lessons of a finished history to a file. Raises UnfinishedError, TooMuchError."""
    found = Lessons(path)
    with path.open("wb") as file:
        for asked in _asked(store, run, today, own_rules, found):
            if not asked.new:
                continue
            found.keys += 1
            found.observations += len(asked.new)
            if found.observations > MOST:
                raise TooMuchError(
                    f"it knows more than {MOST:,} first times: begin one of some --accounts"
                )
            line = _Line(asked.key, asked.timespan.days, asked.daily, [*asked.new])
            file.write(msgspec.json.encode(line) + b"\n")
    return found


def _asked(
    store: Store, run: Run, today: date, own_rules: Path | None, found: Lessons
) -> Iterator[Asked]:
    _, pack = prepared(run, own_rules)
    gathered, _ = gathered_of(store, run)
    heard = heard_on(gathered.heard)
    last = max((days[-1] for days in heard.values()), default=today)
    past, needed = Past(last, today, heard), days_needed(pack.rules)
    for account_id, days in sorted(heard.items()):
        found.accounts += 1
        near = [day for day in days if timedelta() <= today - day <= needed]
        yield asked_of(account_id, near, needed)
    rules = {rule.id: rule for rule in pack.rules if teaches(rule)}
    for part in range(run.parts):
        for some in _groups(store, part, rules):
            yield from lessons(some, past, found.withheld)


def _groups(store: Store, part: int, rules: dict[str, Rule]) -> Iterator[Iterator[Sighting]]:
    """Yield what teaching rules saw, group by group."""
    entries = spooled(dict.fromkeys(rows(store, part)), lambda rule_id, _: rule_id in rules)
    seen = (Sighting(rules[rule_id], observation) for rule_id, observation in entries)
    for _, some in groupby(seen, key=lambda one: (one.rule.id, one.observation.group)):
        yield some
