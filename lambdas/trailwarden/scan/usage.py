"""Counts the effects of each line of a tuning in events: matches it hides, callers it names."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from fnmatch import fnmatchcase

from trailwarden.catalog.entries import Ignore, Tuning
from trailwarden.cloudtrail.event import Event
from trailwarden.detection.index import Index
from trailwarden.detection.rule import RAISED, Mode, Rule
from trailwarden.environment import Environment

ROLES = ("deploy_roles", "security_roles", "break_glass_roles")
"""The entries of the environment that name principals by globs."""


@dataclass
class Hits:
    """What one entry to ignore hid."""

    entry: Ignore
    rules: Counter[str] = field(default_factory=Counter)
    """The matches that it hid, by the ids of their rules."""
    actors: Counter[str] = field(default_factory=Counter)
    first: date = date.max
    last: date = date.min
    expired: int = 0
    """The matches that it would have hidden, had it not been past."""

    def note(self, rule: Rule, event: Event) -> None:
        """Count a match that the entry hides."""
        self.rules[rule.id] += 1
        self.actors[event.actor] += 1
        day = event.event_time.date()
        self.first, self.last = min(self.first, day), max(self.last, day)


class Usage:
    """The hits of all lines of one tuning."""

    def __init__(self, tuning: Tuning, rules: Iterable[Rule], environment: Environment) -> None:
        """Take a tuning, and the rules as tuned."""
        self.events = 0
        self.entries = {e.line: Hits(e) for wish in tuning.rules.values() for e in wish.ignore}
        self.roles: Counter[tuple[str, str]] = Counter(
            {(name, glob): 0 for name in ROLES for glob in getattr(environment, name)}
        )
        """The events of each glob of roles, by the entry and the glob."""
        self._tuning = tuning
        plain = [rule for rule in rules if rule.mode is not Mode.OFF and not rule.signals]
        self._index = Index(plain)
        self._matching: Mapping[str, list[Ignore]] = {
            rule.id: list(self._entries_for(rule)) for rule in plain
        }

    def take(self, event: Event) -> None:
        """Count what each line does in an event."""
        self.events += 1
        identity = event.user_identity
        arn = identity.role_arn or identity.arn
        for name, glob in self.roles:
            if fnmatchcase(arn, glob):
                self.roles[name, glob] += 1
        for rule in self._index.rules_for(event.record):
            if entries := self._matching[rule.id]:
                self._take(rule, entries, event)

    def _take(self, rule: Rule, entries: Iterable[Ignore], event: Event) -> None:
        """Count the entries that cover what the rule would see without them."""
        covering = [entry for entry in entries if replace(entry, expires=date.max).covers(event)]
        if not covering or not _sees(rule, event):
            return
        for entry in covering:
            if entry.covers(event):
                self.entries[entry.line].note(rule, event)
            else:
                self.entries[entry.line].expired += 1

    def _entries_for(self, rule: Rule) -> Iterator[Ignore]:
        for name, wish in self._tuning.rules.items():
            if fnmatchcase(rule.id, name):
                yield from wish.ignore


def _sees(rule: Rule, event: Event) -> bool:
    """Say whether a rule would see something, if nothing were hidden."""
    try:
        return bool(replace(rule, hides=lambda _: "").look(event))
    except RAISED:  # a scan tells of rules that fail
        return False
