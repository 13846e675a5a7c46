"""The request of a scan: which rules, which time, and whose environment."""

from collections.abc import Set
from dataclasses import dataclass, replace
from datetime import datetime
from fnmatch import fnmatchcase
from pathlib import Path

from trailwarden import catalog
from trailwarden.catalog.discovery import Pack
from trailwarden.cloudtrail.event import UNKNOWN_TIME, Event
from trailwarden.detection.rule import Rule
from trailwarden.environment import Environment


@dataclass(frozen=True, kw_only=True)
class Request:
    """The request of a scan. It travels to other processes."""

    tuning_file: Path | None = None
    own_rules: Path | None = None
    """The folder of the team's own rules, where a command says another one."""
    rules: tuple[str, ...] = ()
    """Ids of rules, or globs of them; all rules when there is none."""
    since: datetime | None = None
    until: datetime | None = None
    """Events from `since` on and before `until` are evaluated."""
    own_accounts: tuple[str, ...] = ()
    """Accounts that are known by their records, besides those of the tuning."""
    own_networks: tuple[str, ...] = ()
    """VPCs and endpoints that are known by records, likewise."""
    organization_id: str = ""
    """The organization by the names of its trail's files, where the tuning names none."""

    hunts: bool = True
    """Whether anybody wants the alerts of hunting rules, which may be most of all."""
    incidents: bool = False
    """Whether records of credentials are read, too, to tell which alerts belong together."""

    def load(self) -> Pack:
        """Return the rules that are asked for, and the environment."""
        if self.own_rules:
            catalog.use(self.own_rules)
        rules, environment, *_ = catalog.load(self.tuning_file)
        wanted = [rule for rule in rules if self._asks_for(rule)]
        own = tuple(sorted({*environment.own_accounts, *self.own_accounts}))
        organization = environment.organization_id or self.organization_id
        networks = tuple(sorted({*environment.own_networks, *self.own_networks}))
        environment = replace(
            environment,
            own_accounts=own,
            own_networks=networks,
            organization_id=organization,
        )
        return Pack(wanted, environment)

    def _asks_for(self, rule: Rule) -> bool:
        return not self.rules or any(fnmatchcase(rule.id, glob) for glob in self.rules)

    def covers(self, event: Event) -> bool:
        """Say whether the event happened in the time that is asked for, or perhaps did."""
        time = event.event_time
        if time == UNKNOWN_TIME:
            return True
        return (not self.since or self.since <= time) and (not self.until or time < self.until)


def is_settled(heard: Set[str], environment: Environment) -> bool:
    """Say whether all accounts that were heard were known as own ones before."""
    return len(heard) == 1 or heard <= set(environment.own_accounts)
