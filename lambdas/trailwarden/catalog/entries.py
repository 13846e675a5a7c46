"""What one environment changes of the rules, as `tuning.toml` says it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from fnmatch import fnmatchcase
from typing import Any

from trailwarden.cloudtrail.event import UNKNOWN_TIME, Event
from trailwarden.detection.rule import Mode
from trailwarden.detection.severity import Severity
from trailwarden.environment import Environment


@dataclass(frozen=True, kw_only=True)
class Ignore:
    """Events that this environment expects, until a date."""

    owner: str
    """Who answers for it."""
    reason: str
    """Why they are expected."""
    expires: date
    """The last day, in UTC, of events that are ignored."""
    match: Mapping[str, str]
    """Globs by dotted field path. All of them have to match, and an absent field matches none."""
    line: str = ""
    """Where it stands: `tuning.toml, line 12`."""

    def covers(self, event: Event) -> bool:
        """Say whether this environment expects `event`."""
        if event.event_time == UNKNOWN_TIME:  # who says that the entry has not ended?
            return False
        return event.event_time.date() <= self.expires and all(
            fits(event.get(path), glob) for path, glob in self.match.items()
        )


def fits(value: Any, glob: str) -> bool:
    """Say whether a value of a record matches a glob; of a list, each of its values has to.

    >>> fits("alice", "al*"), fits(None, "*"), fits(True, "true"), fits(["a", "b"], "a")
    (True, False, True, False)
    """
    if isinstance(value, list):
        return bool(value) and all(fits(item, glob) for item in value)
    if isinstance(value, bool):
        value = str(value).lower()
    elif isinstance(value, int | float):
        value = str(value)
    return isinstance(value, str) and value != "" and fnmatchcase(value, glob)


@dataclass(frozen=True, kw_only=True)
class AccountTuning:
    """What one environment changes of a rule in some accounts."""

    accounts: str
    """The ids of the accounts, as a glob."""
    mode: Mode | None = None
    severity: Severity | None = None
    line: str = ""
    """Where it stands."""


@dataclass(frozen=True, kw_only=True)
class RuleTuning:
    """What one environment changes of one rule, or of the rules of a glob."""

    mode: Mode | None = None
    severity: Severity | None = None
    at_least: int | None = None
    in_a_day: int | None = None
    timespan: timedelta | None = None
    learning: timedelta | None = None
    ignore: tuple[Ignore, ...] = ()
    accounts: tuple[AccountTuning, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Tuning:
    """All that one environment changes."""

    environment: Environment = field(default_factory=Environment)
    rules: Mapping[str, RuleTuning] = field(default_factory=dict)
    """By ids of rules, or globs of them."""
    packs: frozenset[str] = frozenset()
    """Folders of rules that are off by default and are on here."""
