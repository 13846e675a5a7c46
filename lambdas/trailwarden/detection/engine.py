"""Runs rules over events. Pure: no clock, no network, no AWS."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from copy import copy
from datetime import date, timedelta
from itertools import chain
from typing import NamedTuple, TypeAlias

from trailwarden.cloudtrail.event import Event
from trailwarden.cloudtrail.lineage import ACTIONS, Trace, trace
from trailwarden.detection.finding import Finding, RuleFailure, findings
from trailwarden.detection.first_seen import FirstSeen
from trailwarden.detection.heard import Heard, HeardOn
from trailwarden.detection.history import Asked, Found, Group, History, MemoryHistory
from trailwarden.detection.incidents.bearing import lineage_in
from trailwarden.detection.index import Index
from trailwarden.detection.kinship import Descent, descents
from trailwarden.detection.match import Match
from trailwarden.detection.observation import Observation, add_once, in_order
from trailwarden.detection.rule import RAISED, Mode, Rule, observations
from trailwarden.detection.severity import Severity
from trailwarden.detection.signals import acts, signals
from trailwarden.detection.silence import Silence
from trailwarden.detection.usual import days_of, past_of, unusual

IsKnown = Callable[[Rule, Event, Match, str], bool]
"""Say of what a rule sees in an event, with this group, whether it adds nothing."""


_Told: TypeAlias = tuple[Iterable[Finding], HeardOn]
"""What adds up of one group, and when its accounts were heard."""


class Sighting(NamedTuple):
    """What one rule saw in one event."""

    rule: Rule
    observation: Observation


class Engine:
    """The rules, and what they remember."""

    def __init__(self, rules: Iterable[Rule], history: History | None = None) -> None:
        self.rules = [rule for rule in rules if rule.mode is not Mode.OFF]
        self.index = Index(rule for rule in self.rules if not rule.signals)
        self.heard = Heard()
        self._hidden: Counter[str] = Counter()
        self._history = history or MemoryHistory()
        self._memory = days_needed(self.rules)
        self._over_lineage = following(self.rules)
        self._counts_signals = any(rule.signals for rule in self._over_lineage.values())
        self._traced = {rule.id for rule in self.rules if self._is_traced(rule)}

    def only(self, rule_id: str) -> "Engine":
        """Return an engine of that rule alone, and of those that count what rules found."""
        rules = [rule for rule in self.rules if rule.id == rule_id or rule.signals]
        return Engine(rules, self._history)

    def afresh(self) -> "Engine":
        """Return an engine of the same rules that remembers nothing."""
        other = copy(self)
        other.heard, other._history = Heard(), MemoryHistory()
        other._hidden = Counter()
        return other

    def take_hidden(self) -> Counter[str]:
        """Return how many matches each line of the tuning hid of a rule since this was asked."""
        hidden, self._hidden = self._hidden, Counter()
        return hidden

    @property
    def left_out(self) -> int:
        """How many groups were counted without their memories, because there were too many."""
        return self._history.left_out

    def evaluate(self, events: Iterable[Event]) -> Iterator[Finding | RuleFailure]:
        """Yield what the rules find in `events`, together with what they remember of others.

        The order of the events makes no difference, and meeting one again adds nothing.
        """
        sightings, traces = list[Sighting](), list[Trace]()
        for event in events:
            if self._over_lineage and event.action in ACTIONS:
                traces.append(trace(event))
            for outcome in self.sight(event):
                if isinstance(outcome, RuleFailure):
                    yield outcome
                else:
                    sightings.append(outcome)
        yield from self.conclude(sightings, traces)

    def conclude(
        self, sightings: Sequence[Sighting], traces: Sequence[Trace] = ()
    ) -> Iterator[Finding]:
        """Yield the findings of `sightings`, each by itself and together with earlier ones."""
        single = [Finding(rule, (seen,)) for rule, seen in sightings if rule.correlation is None]
        yield from untold(self.rules, single)
        yield from self.add_up(sightings, single, traces)

    def add_up(
        self,
        sightings: Iterable[Sighting],
        single: Sequence[Finding],
        traces: Sequence[Trace] = (),
    ) -> Iterator[Finding]:
        """Yield the findings of `sightings` together with earlier ones.

        The findings in `single` needed no counting; they may add up with others, too. `traces` tell
        of credentials that were opened or handed over.
        """
        self.heard.keep(self._history, self._memory)
        counted = [s for s in sightings if s.rule.correlation]
        links = [d for t in traces for d in descents(t)] if self._over_lineage else []
        found = [*self._correlate(counted, links), *self._descended(counted, links)]
        yield from untold(self.rules, found)
        told = list(signalled(self.rules, [*single, *found]))
        yield from self._correlate(told, links)
        yield from self._descended(told, links, of_signals=True)

    def sight(
        self, event: Event, wanted: int | None = None, *, is_known: IsKnown | None = None
    ) -> Iterator[Sighting | RuleFailure]:
        """Yield the sightings of each rule in `event`, before anything is counted.

        `wanted` is the answer of the index, where it was asked before. Where a rule needs the first
        of a label and day alone, a match that `is_known` knows is left out.
        """
        if wanted is None:
            self.heard.note(event.record.get("recipientAccountId"), event.record.get("eventTime"))
        for rule in self.index.rules_for(event.record, wanted):
            try:
                seen = rule.judge(event)
                if isinstance(seen, Silence):
                    if seen is Silence.HIDDEN:
                        self._hidden[f"{rule.id}, {rule.hides(event)}"] += 1
                elif not (is_known and rule.first_of_day and is_known(rule, event, *seen)):
                    told = lineage_in(event) if self._asks_who(rule, seen) else ""
                    for one in observations(rule, event, *seen, lineage=told):
                        yield Sighting(rule, one)
            except RAISED as error:  # one bad rule must not silence the rest
                yield RuleFailure(rule.id, event.event_id, error)

    def _correlate(
        self, sightings: Iterable[Sighting], links: Sequence[Descent] = ()
    ) -> Iterator[Finding]:
        """Yield the findings that `sightings` add up to, together with earlier ones.

        These include findings that were yielded before: they are the same on every call.
        """
        whole: list[tuple[Rule, Group]] = []
        counted: list[tuple[Rule, Group]] = []
        for (rule, group), new in grouped(sightings):
            assert rule.correlation  # noqa: S101 - only rules that count are counted
            some = counted if rule.correlation.thins else whole
            some.append((rule, Group(rule.id, group, rule.correlation, new)))
        asked = [_asked(group) for _, group in whole]
        known, together = self._history.recall(asked, [group for _, group in counted], links)
        linked, counts = self._linked(whole, known), self._counted(counted, together)
        yield from self._news(chain(linked, counts))

    def _descended(
        self, sightings: Iterable[Sighting], links: Sequence[Descent], *, of_signals: bool = False
    ) -> Iterator[Finding]:
        """Yield what adds up over actors of one lineage; each actor has a finding of its own."""
        rules = {id_: r for id_, r in self._over_lineage.items() if r.signals is of_signals}
        new = [
            Group(rule.id, group, rule.correlation, seen)
            for (rule, group), seen in grouped(s for s in sightings if s.rule.id in rules)
            if rule.correlation
        ]
        if not rules or not (new or links):
            return
        counting = {rule_id: r.correlation for rule_id, r in rules.items() if r.correlation}
        for rule_id, chosen in self._history.over_lineage(counting, new):
            heard = self._heard_of(chosen)
            rule = rules[rule_id]
            yield from self._news((findings(rule, some), heard) for _, some in by_group(chosen))

    def _is_traced(self, rule: Rule) -> bool:
        """Say whether it matters whose credential acted in any observation of a rule."""
        is_hunt = self._counts_signals and rule.mode is Mode.HUNT
        return is_hunt or rule.id in self._over_lineage

    def _asks_who(self, rule: Rule, seen: tuple[Match, str]) -> bool:
        """Say whether it matters whose credential acted in what a rule saw."""
        if rule.id in self._traced:
            return True
        severity = seen[0].severity or rule.severity
        return self._counts_signals and rule.correlation is None and severity <= Severity.LOW

    def _heard_of(self, observations: Sequence[Observation]) -> HeardOn:
        """Return when the accounts of observations were heard, which other files may have shown."""
        for seen in observations:
            self.heard.note(seen.account_id, seen.time.isoformat())
        self.heard.keep(self._history, self._memory)
        return self.heard.on(seen.account_id for seen in observations)

    def _linked(self, groups: Sequence[tuple[Rule, Group]], known: Found) -> Iterator[_Told]:
        """Yield what adds up of groups of which all is remembered, or all labels of a day."""
        for (rule, (_, _, correlation, new)), seen in zip(groups, known, strict=True):
            heard = self.heard.on(o.account_id for o in new)
            yield findings(rule, correlation.concerning(new, seen, heard)), heard

    def _counted(self, groups: Sequence[tuple[Rule, Group]], chosen: Found) -> Iterator[_Told]:
        """Yield what adds up of groups of which a few observations stand for many."""
        for (rule, counting), some in zip(groups, chosen, strict=True):
            yield findings(rule, some), self.heard.on(o.account_id for o in counting.new)

    def _news(self, told: Iterable[_Told]) -> Iterator[Finding]:
        """Yield the findings that their group did not show on an earlier day, if it matters.

        What all groups showed is remembered together, so that a store is asked a few times.
        """
        pasts: dict[tuple[str, str], tuple[FirstSeen, list[Finding], HeardOn]] = {}
        for found, heard in told:
            for finding in found:
                rule = finding.rule
                if usual := rule.unless_usual:
                    past = pasts.setdefault((rule.id, past_of(finding)), (usual, [], heard))
                    past[1].append(finding)
                else:
                    yield finding
        asked = [
            Asked(
                f"{rule_id}/{group}/days", days_of(some), usual.timespan, daily=True, is_past=True
            )
            for (rule_id, group), (usual, some, _) in pasts.items()
        ]
        known = self._history.observe_all(asked) if asked else ()
        for (usual, some, heard), days in zip(pasts.values(), known, strict=True):
            yield from unusual(usual, some, days, heard)


def days_needed(rules: Iterable[Rule]) -> timedelta:
    """Return for how long rules need to know on which days accounts were heard."""
    awake = (rule for rule in rules if rule.mode is not Mode.OFF)
    counting = (c for rule in awake for c in (rule.correlation, rule.unless_usual) if c)
    return max((c.memory for c in counting if c.daily), default=timedelta())


def _asked(of: Group) -> Asked:
    key, counts = f"{of.rule_id}/{of.group}", of.correlation
    return Asked(key, of.new, counts.memory, counts.daily, counts)


def grouped(
    sightings: Iterable[Sighting],
) -> Iterator[tuple[tuple[Rule, str], Sequence[Observation]]]:
    """Yield each rule and group of `sightings` with its observations, as `in_order` returns them.

    A repeat is dropped when it comes: copies of the same events take no memory.
    """
    rules: dict[str, Rule] = {}
    groups: defaultdict[tuple[str, str], dict[str, Observation]] = defaultdict(dict)
    for rule, seen in sightings:
        rules[rule.id] = rule
        add_once(groups[rule.id, seen.group], seen)
    for (rule_id, group), once in groups.items():
        yield (rules[rule_id], group), sorted(once.values())


def following(rules: Iterable[Rule]) -> dict[str, Rule]:
    """Return the rules for which acts of several actors of one lineage add up, by their ids."""
    return {r.id: r for r in rules if r.correlation and r.correlation.follows_lineage}


def by_group(observations: Iterable[Observation]) -> Iterator[tuple[str, list[Observation]]]:
    """Yield each group of `observations` with them."""
    groups: defaultdict[str, list[Observation]] = defaultdict(list)
    for seen in observations:
        groups[seen.group].append(seen)
    yield from groups.items()


def correlate(
    rule: Rule, observations: Sequence[Observation], heard: Mapping[str, Sequence[date]]
) -> Iterable[Finding]:
    """Yield the findings that `observations` of one group, oldest first, add up to."""
    if not rule.correlation:
        return ()
    found = list(findings(rule, rule.correlation.concerning(observations, observations, heard)))
    if not rule.unless_usual:
        return found
    return unusual(rule.unless_usual, found, in_order(days_of(found)), heard)


def untold(rules: Iterable[Rule], found: Iterable[Finding]) -> Iterator[Finding]:
    """Yield the findings that no other rule tells."""
    by_id = {rule.id: rule for rule in rules if rule.signals}
    return (finding for finding in found if not teller_of(finding.rule, by_id))


def signalled(rules: Iterable[Rule], found: Sequence[Finding]) -> Iterator[Sighting]:
    """Yield what the rules that count signals see in the findings of others."""
    by_id = {rule.id: rule for rule in rules if rule.signals}
    for finding in found:
        if teller := teller_of(finding.rule, by_id):
            yield from (Sighting(teller, seen) for seen in acts(finding))
        elif finding.rule.mode is Mode.HUNT or is_mild(finding):
            named = {rule.told_by for rule in rules}
            counting = (rule for rule_id, rule in by_id.items() if rule_id not in named)
            yield from (Sighting(rule, seen) for rule in counting for seen in signals(finding))


def is_mild(finding: Finding) -> bool:
    """Say whether one act by itself is told as LOW: with others it may be more than that.

    Expected hand work does not count, and no routine: its actor does it each week.
    """
    [seen, *_], rule = finding.observations, finding.rule
    is_low = (seen.severity or rule.severity) <= Severity.LOW
    return is_low and rule.correlation is None and not seen.hunting


def teller_of(rule: Rule, rules: Mapping[str, Rule]) -> Rule | None:
    """Return the rule that tells findings of `rule` in its place, where that one tells anybody."""
    teller = rules.get(rule.told_by) if rule.mode is Mode.ALERT else None
    return teller if teller and teller.mode is Mode.ALERT else None
