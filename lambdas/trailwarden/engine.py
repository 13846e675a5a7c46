"""Runs rules over events. Pure: no clock, no network, no AWS."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta
from typing import NamedTuple, Protocol

from trailwarden.correlation import Observation, in_order
from trailwarden.event import Event
from trailwarden.finding import Finding, RuleFailure, findings
from trailwarden.index import Index
from trailwarden.rule import Rule


class History(Protocol):
    """Remembers observations for the correlations."""

    def observe(
        self, key: str, observations: Sequence[Observation], timespan: timedelta
    ) -> Sequence[Observation]:
        """Remember `observations` and return all of `key` that a timespan links to them.

        Each origin comes once, oldest first. To tell all that a batch makes true in one call, it
        takes the observations of a batch together.
        """


class MemoryHistory:
    """A history that lasts as long as the process and forgets nothing."""

    def __init__(self) -> None:
        self._seen: defaultdict[str, list[Observation]] = defaultdict(list)

    def observe(
        self, key: str, observations: Sequence[Observation], timespan: timedelta
    ) -> Sequence[Observation]:
        """Remember `observations` and return all of `key` that a timespan links to them."""
        seen = self._seen[key] = in_order([*self._seen[key], *observations])
        first, last = min(observations).time, max(observations).time
        return [o for o in seen if first - o.time <= timespan and o.time - last <= timespan]


class Sighting(NamedTuple):
    """What one rule saw in one event."""

    rule: Rule
    observation: Observation


class Engine:
    """The rules, and what they remember."""

    def __init__(self, rules: Iterable[Rule], history: History | None = None) -> None:
        self.index = Index(rules)
        self._history = history or MemoryHistory()

    def evaluate(self, events: Iterable[Event]) -> Iterator[Finding | RuleFailure]:
        """Yield what the rules find in `events`, together with what they remember of others.

        The order of the events makes no difference, and meeting one again adds nothing.
        """
        counted: defaultdict[tuple[int, str], list[Sighting]] = defaultdict(list)
        for event in events:
            for outcome in self.sight(event):
                if isinstance(outcome, RuleFailure):
                    yield outcome
                elif outcome.rule.correlation is None:
                    yield Finding(outcome.rule, (outcome.observation,))
                else:
                    counted[id(outcome.rule), outcome.observation.group].append(outcome)
        for sightings in counted.values():
            rule = sightings[0].rule
            yield from self._correlate(rule, [s.observation for s in sightings])

    def sight(
        self, event: Event, rules: Sequence[Rule] | None = None
    ) -> Iterator[Sighting | RuleFailure]:
        """Yield what each rule sees in `event`, before anything is counted.

        `rules` are those that the index selected for the event, where the caller asked it already.
        """
        for rule in self.index.rules_for(event.record) if rules is None else rules:
            try:
                observation = rule.observe(event)
            except Exception as error:  # noqa: BLE001 - one bad rule must not silence the rest
                yield RuleFailure(rule.id, event.event_id, error)
                continue
            if observation:
                yield Sighting(rule, observation)

    def _correlate(self, rule: Rule, new: Sequence[Observation]) -> Iterable[Finding]:
        assert rule.correlation  # noqa: S101 - only rules that count are counted
        key = f"{rule.id}/{new[0].group}"
        seen = self._history.observe(key, new, rule.correlation.timespan)
        return correlate(rule, seen)


def correlate(rule: Rule, observations: Sequence[Observation]) -> Iterable[Finding]:
    """Yield the findings that `observations` of one group, oldest first, add up to."""
    return findings(rule, rule.correlation.select(observations)) if rule.correlation else ()
