"""On which days accounts were heard of, which is how long rules could learn about them.

Any record counts, for rules that want it and others. An account is known by its age. An act that it
never saw is rare, even if such acts are common everywhere else.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence, Set
from datetime import UTC, date, datetime, timedelta
from sys import intern
from typing import Any, TypeAlias

from trailwarden.cloudtrail.event import YEARS
from trailwarden.cloudtrail.values import clipped
from trailwarden.detection.history import Asked, History
from trailwarden.detection.observation import MAX_TEXT, Observation

HeardOn: TypeAlias = Mapping[str, Sequence[date]]
"""The days on which each account was heard, oldest first."""

MAX_NOTED = 200_000
"""How many days of accounts one process keeps: far more than an organization has in a quarter."""


class Heard:
    """The days on which accounts were heard, one write for each account and day."""

    def __init__(self) -> None:
        self._noted: set[tuple[str, str]] = set()
        self._pending: set[tuple[str, str]] = set()
        self._days: defaultdict[str, set[date]] = defaultdict(set)

    def note(self, account_id: Any, event_time: Any) -> bool:
        """Remember that a record of the account is of that time; return whether it tells a day."""
        if not isinstance(event_time, str):
            return False
        if not isinstance(account_id, str):
            return _day(event_time[:10]) is not None
        seen = account_id, event_time[:10]
        if seen in self._noted:
            return True
        if _day(seen[1]) is None:
            return False
        if account_id and len(self._noted) < MAX_NOTED:
            day = intern(seen[1])
            self._noted.add((intern(account_id), day))
            self._pending.add((intern(clipped(account_id, MAX_TEXT)), day))
        return True

    def take(self) -> Sequence[tuple[str, str]]:
        """Return each account with each day, as records write them, once."""
        taken = sorted(self._pending)
        self._pending.clear()
        return taken

    def keep(self, history: History, timespan: timedelta) -> None:
        """Put new days into `history`, and learn from it the days that others heard."""
        for account_id, days in _by_account(self._pending).items():
            asked = asked_of(account_id, days, timespan)
            known = history.observe(asked.key, asked.new, timespan, daily=True)
            self._days[account_id].update(days, (seen.time.date() for seen in known))
        self._pending.clear()

    def on(self, account_ids: Iterable[str]) -> HeardOn:
        """Return the days on which each of the accounts was heard."""
        return {account_id: sorted(self._days[account_id]) for account_id in set(account_ids)}


def heard_on(noted: Iterable[tuple[str, str]]) -> HeardOn:
    """Return the days on which each account was heard."""
    return {account_id: sorted(days) for account_id, days in _by_account(noted).items()}


def asked_of(account_id: str, days: Iterable[date], timespan: timedelta) -> Asked:
    """Return what a history is given to remember of days on which an account was heard."""
    seen = [_observation(account_id, day) for day in days]
    return Asked(f"heard/{account_id}", seen, timespan, daily=True)


def _by_account(noted: Iterable[tuple[str, str]]) -> Mapping[str, Set[date]]:
    accounts: defaultdict[str, set[date]] = defaultdict(set)
    for account_id, text in noted:
        if day := _day(text):
            accounts[account_id].add(day)
    return accounts


def _day(text: str) -> date | None:
    """Return the day that a text names; None for a time that no rule can read either."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if day.year in YEARS else None


def _observation(account_id: str, day: date) -> Observation:
    midnight = datetime(day.year, day.month, day.day, tzinfo=UTC)
    return Observation(midnight, f"heard/{day}", "heard", account_id, account_id=account_id)
