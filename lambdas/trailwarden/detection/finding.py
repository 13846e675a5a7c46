"""What the engine finds, and the alerts that findings add up to.

https://schema.ocsf.io/ and the ASFF name the fields. All ids are hashes of what happened: the same
event, met again on any path at any time, gives the same ids.
"""

import hashlib
import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from itertools import groupby
from operator import itemgetter

from trailwarden.cloudtrail.caller import Caller
from trailwarden.detection.as_ever import AsEver
from trailwarden.detection.first_seen import FirstSeen
from trailwarden.detection.grouping import actor_key, by_actor, is_team
from trailwarden.detection.observation import Observation
from trailwarden.detection.routine import Routine
from trailwarden.detection.rule import Mode, Rule
from trailwarden.detection.spans import DAY

_RESERVED = re.compile(
    r"aws-reserved/sso\.amazonaws\.com/(?:[a-z0-9-]+/)?(AWSReservedSSO_.+)_[0-9a-f]{16}(/.*)?\Z"
)
_PEOPLE = frozenset(
    {Caller.ACCESS_KEY, Caller.ANONYMOUS, Caller.OUTSIDER, Caller.PERSON, Caller.ROOT}
)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Finding:
    """A rule that held, and the observations of one window that made it hold."""

    rule: Rule
    observations: Sequence[Observation]
    """Oldest first; a single one where the rule needs no more."""

    @property
    def uid(self) -> str:
        """The same however often it is found: once for an event, or for a group and window."""
        if self.rule.correlation:
            return hashed(self.rule.id, *alert_key(self.rule, self.observations[0]))
        return hashed(self.rule.id, self.observations[0].origin)

    @cached_property
    def alert_id(self) -> str:
        """The alert that the finding belongs to: one for a rule or story, dedup value, window."""
        tells_story = self.rule.story and self.rule.mode is Mode.ALERT
        kind = f"story {self.rule.story}" if tells_story else self.rule.id
        return hashed(kind, *alert_key(self.rule, self.observations[0]))


@dataclass(frozen=True)
class RuleFailure:
    """A rule that raised, so that it is seen rather than silently never alerting."""

    rule_id: str
    event_id: str
    error: BaseException


def alert_key(rule: Rule, seen: Observation) -> tuple[str, str, str]:
    """Return what makes an observation part of one alert of `rule` rather than of another.

    People whom a rule compares with their colleagues have alerts of their own. So has each actor
    whom a rule compares with all of an account, if the rule tells of actors. A story of an actor
    is so, however its rules group what adds up.
    """
    group = seen.group
    newcomer = isinstance(rule.correlation, FirstSeen) and group == seen.account_id
    of_story = bool(rule.story) and rule.correlation is not None
    if is_team(group) or (rule.dedup is by_actor and (newcomer or of_story)):
        group = actor_key(seen.account_id, seen.actor)
    if rule.across and (role := seen.actor.partition(":role/")[2]):
        group = f"role {_over_accounts(role)}"
    window = (seen.time - _EPOCH) // _window(rule, seen)
    return group, "" if rule.story else seen.subject, str(window)


def _window(rule: Rule, seen: Observation) -> timedelta:
    """Return how long acts are one alert: of people a day, where a rule knows programs' routines.

    Stories hold together, so all of their rules do as those.
    """
    knows_routines = isinstance(rule.correlation, Routine) or isinstance(rule.unless_usual, AsEver)
    is_by_day = (knows_routines or rule.story) and seen.caller in _PEOPLE
    return min(rule.window, DAY) if is_by_day else rule.window


def _over_accounts(role: str) -> str:
    """Return a role's name in all accounts, of Identity Center without the mark of each account.

    Its person stays. Nobody else can make roles below that path.
    """
    reserved = _RESERVED.match(role)
    return f"{reserved[1]}{reserved[2] or ''}" if reserved else role


def findings(rule: Rule, observations: Iterable[Observation]) -> Iterable[Finding]:
    """Yield the findings of what adds up for a correlation: one for each alert it belongs to."""
    keyed = sorted((alert_key(rule, seen), seen) for seen in observations)
    for _, same in groupby(keyed, key=itemgetter(0)):
        yield Finding(rule, tuple(seen for _, seen in same))


def hashed(*parts: str) -> str:
    """Return an id that is the same for the same texts."""
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:32]
