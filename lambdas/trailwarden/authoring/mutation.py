"""Breaks a rule on purpose, and tells which breaks none of its stories notices.

A story that says the same of a broken rule proves nothing about the broken part.
"""

import ast
import inspect
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import chain
from types import ModuleType
from typing import Any, TypeAlias

from trailwarden.authoring import retelling
from trailwarden.authoring.retelling import Retelling
from trailwarden.cloudtrail.caller import ANYBODY, NOBODY
from trailwarden.cloudtrail.event import Event, Outcome
from trailwarden.cloudtrail.values import Record
from trailwarden.detection import story
from trailwarden.detection.correlation import TemporalOrdered
from trailwarden.detection.example import Example
from trailwarden.detection.first_seen import FirstSeen
from trailwarden.detection.index import Index
from trailwarden.detection.match import Match
from trailwarden.detection.rule import ATTEMPTED, RAISED, Detect, Rule
from trailwarden.detection.severity import Severity
from trailwarden.detection.worsened import Worsened
from trailwarden.environment import Environment

Parameters: TypeAlias = Callable[[str, str], Mapping[str, str]]
"""Tells the types of an operation's parameters, by service and operation."""

Break: TypeAlias = tuple[str, Rule]
"""A name for the broken part, and the broken rule."""

_EMPTY: Mapping[str, Any] = {"severity": None, "subject": ""}
"""What a match has where a rule chooses nothing."""

SHORTEST_NAME = 4
"""How many letters of a parameter's name tell enough to look for it in longer names."""

SAMPLE_VALUES: Mapping[str, Any] = {"string": "example", "integer": 1, "boolean": True, "list": []}


@dataclass(frozen=True)
class Survivor:
    """A break of a rule that no story noticed."""

    rule_id: str
    broken: str

    def __str__(self) -> str:
        """Say it as the waivers name it."""
        return f"{self.rule_id}: {self.broken}"


@dataclass(frozen=True)
class Trial:
    """How many breaks of a rule were tried, and which survived."""

    breaks: int
    survivors: Sequence[Survivor]


def trial(module: ModuleType, hunting: Sequence[Rule], parameters: Parameters) -> Trial:
    """Break a rule in every way and tell it its stories, those made of them, and generated ones."""
    rule = _remembering(module.RULE)
    known = [_remembering(other) for other in hunting] if rule.signals else ()
    stories = list(_stories(module, rule, parameters, known))
    breaks = list(_breaks(rule, _chosen(module)))
    survivors = [
        Survivor(rule.id, name)
        for name, broken in breaks
        if not _is_noticed(broken, _concerned(rule, broken, stories), known)
    ]
    return Trial(len(breaks), survivors)


@dataclass(frozen=True)
class _Told:
    """A story with its events, which are made once for all breaks."""

    example: Example
    events: Sequence[Event]

    @classmethod
    def of(cls, told: Retelling) -> "_Told":
        """Make the events of a story."""
        records = told.example.records
        return cls(told.example, [Event(record, told.environment) for record in records])


def _remembering(rule: Rule) -> Rule:
    """Return the rule with a `detect` that looks at each event once, for all breaks."""
    answers: dict[Event, Match | None] = {}
    detect = rule.detect

    def remembered(event: Event) -> Match | None:
        if event not in answers:
            answers[event] = detect(event)
        return answers[event]

    return replace(rule, detect=remembered)


def _concerned(rule: Rule, broken: Rule, stories: Sequence[_Told]) -> Iterable[_Told]:
    """Return the stories that may notice: those with an event that the break is about."""
    if missing := set(rule.events) - set(broken.events):
        index = Index([replace(rule, events=sorted(missing), where=None)])
        return (told for told in stories if any(map(index.rules_for, told.example.records)))
    if callers := rule.heeds ^ broken.heeds | rule.exempt ^ broken.exempt:
        return (told for told in stories if any(e.caller in callers for e in told.events))
    if rule.outcome != broken.outcome:
        kinds = {*rule.outcome.kinds} ^ {*broken.outcome.kinds} or {Outcome.REFUSED}
        return (told for told in stories if any(e.outcome in kinds for e in told.events))
    return stories


def _is_noticed(broken: Rule, stories: Iterable[_Told], hunting: Sequence[Rule]) -> bool:
    """Say whether a story comes out otherwise for the broken rule."""
    try:
        listen = story.listener(broken, hunting)
        return any(any(story.differences(t.example, listen(t.events))) for t in stories)
    except RAISED:  # a break that raises is noticed
        return True


def _stories(
    module: ModuleType, rule: Rule, parameters: Parameters, hunting: Sequence[Rule]
) -> Iterator[_Told]:
    """Yield the rule's own stories, and of those that are made of them the ones that hold."""
    environment = getattr(module, "ENVIRONMENT", Environment())
    examples = list(module.examples())
    yield from (_Told.of(Retelling(example, environment)) for example in examples)
    listen = story.listener(rule, hunting)
    alerting = [example for example in examples if example.alerts]
    made = map(_Told.of, _made(rule, alerting, environment, parameters) if alerting else ())
    yield from (told for told in made if _holds(told, listen))


def _made(
    rule: Rule, alerting: Sequence[Example], environment: Environment, parameters: Parameters
) -> Iterator[Retelling]:
    """Return alerting stories told in other ways, and one for each event of the rule."""
    return chain(
        retelling.by_callers(rule, alerting[0], environment),
        retelling.by_outcomes(rule, alerting[0], environment),
        *(retelling.by_strangers(rule, example, environment) for example in alerting),
        *(retelling.by_time(rule, example, environment) for example in alerting),
        _by_events(rule, alerting, environment, parameters),
    )


def _holds(told: _Told, listen: Callable[[Sequence[Event]], story.Outcome]) -> bool:
    """Say whether a made story comes out as expected for the rule as it is."""
    try:
        return not any(story.differences(told.example, listen(told.events)))
    except RAISED:  # a rule that raises on a made story proves nothing by it
        return False


def _by_events(
    rule: Rule, alerting: Sequence[Example], environment: Environment, parameters: Parameters
) -> Iterator[Retelling]:
    """Yield the first story with another event in the place of all, or of the last.

    This is for events that are in no alerting story.

    The parameters are those of the API's model; those of the story stay where both have them.
    """
    named = {Event(record).action for example in alerting for record in example.records}
    first = alerting[0]
    for action in rule.events:
        if action in named or action.endswith("*"):
            continue
        swapped = [_as_event(record, action, parameters) for record in first.records]
        for name, records in (
            ("only", swapped),
            ("at last", [*first.records[:-1], swapped[-1]]),
        ):
            example = Example(f"{first.name}, {name} {action}", records, alerts=True)
            yield Retelling(example, environment)


def _as_event(record: Record, action: str, parameters: Parameters) -> Record:
    service, _, name = action.partition(":")
    types = parameters(service, name)
    had = record.get("requestParameters") or {}
    made = {
        key: had.get(key, next(_alike(key, had), SAMPLE_VALUES.get(kind, {})))
        for key, kind in types.items()
    }
    return {
        **record,
        "eventSource": f"{service}.amazonaws.com",
        "eventName": name,
        "requestParameters": made or had,
    }


def _alike(name: str, parameters: Mapping[str, Any]) -> Iterator[Any]:
    """Yield the values of parameters with nearly that name: `role` for `executionRoleArn`."""
    for key, value in parameters.items():
        if len(key) >= SHORTEST_NAME and key.lower() in name.lower():
            yield value


def _breaks(rule: Rule, chosen: frozenset[str]) -> Iterator[Break]:
    if rule.exempt:
        yield "exempts nobody", replace(rule, exempt=NOBODY)
    if rule.callers != ANYBODY:
        yield "is about anybody", replace(rule, callers=ANYBODY)
    if rule.outcome != ATTEMPTED:
        yield "looks at every outcome", replace(rule, outcome=ATTEMPTED)
    if rule.outcome.refused:
        equal = rule.outcome._replace(refused=None)
        yield "takes a refused request for as bad", replace(rule, outcome=equal)
    if rule.where:
        yield "has no `where`", replace(rule, where=None)
    yield from _breaks_of_events(rule)
    yield from _breaks_of_matches(rule, chosen)
    if rule.correlation:
        yield from _breaks_of_correlation(rule)
    if usual := rule.unless_usual:
        yield "tells what is usual", replace(rule, unless_usual=None)
        hasty = replace(usual, learning=timedelta())
        patient = replace(usual, at_once_by=NOBODY)
        if usual.learning:
            yield "learns nothing usual", replace(rule, unless_usual=hasty)
        if usual.at_once_by:
            yield "learns from everybody", replace(rule, unless_usual=patient)


def _breaks_of_events(rule: Rule) -> Iterator[Break]:
    for action in rule.events:
        others = [event for event in rule.events if event != action]
        yield f"does not look at {action}", replace(rule, events=others)


def _breaks_of_matches(rule: Rule, chosen: frozenset[str]) -> Iterator[Break]:
    for field in sorted(chosen):
        broken = _without(rule.detect, field, _EMPTY[field])
        yield f"chooses no {field}", replace(rule, detect=broken)


def _chosen(module: ModuleType) -> frozenset[str]:
    """Return the fields that a module's matches choose, by its source."""
    tree = ast.parse(inspect.getsource(module))
    calls = (node for node in ast.walk(tree) if isinstance(node, ast.Call))
    matches = [c for c in calls if isinstance(c.func, ast.Name) and c.func.id == "Match"]
    named = {keyword.arg or "" for call in matches for keyword in call.keywords}
    placed = {field for call in matches for field in Match._fields[: len(call.args)]}
    return frozenset(named | placed) & _EMPTY.keys()


def _without(detect: Detect, field: str, empty: Any) -> Detect:
    def broken(event: Event) -> Match | None:
        found = detect(event)
        return found and found._replace(**{field: empty})

    return broken


def _breaks_of_correlation(rule: Rule) -> Iterator[Break]:
    correlation = rule.correlation
    assert correlation  # noqa: S101 - its caller has looked
    together = replace(correlation, group_by=lambda _: "all")
    yield "puts everybody into one group", replace(rule, correlation=together)
    span = correlation.timespan
    for name, longer in (("doubles", span * 2), ("halves", span / 2)):
        yield (
            f"{name} its timespan",
            replace(rule, correlation=replace(correlation, timespan=longer)),
        )
    yield from (
        (name, replace(rule, correlation=replace(correlation, **changed)))
        for name, changed in _breaks_of_numbers(correlation)
    )


def _breaks_of_numbers(correlation: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    if at_least := getattr(correlation, "at_least", 0):
        yield "wants one more", {"at_least": at_least + 1}
        yield "wants one less", {"at_least": at_least - 1}
    if in_a_day := getattr(correlation, "in_a_day", 0):
        yield "wants one more in a day", {"in_a_day": in_a_day + 1}
        yield "wants one less in a day", {"in_a_day": in_a_day - 1}
    is_less_sure = isinstance(correlation, Worsened) and correlation.unknown < Severity.CRITICAL
    if is_less_sure and not correlation.rising:
        other = Severity.HIGH if correlation.unknown < Severity.HIGH else Severity.MEDIUM
        yield "is as sure of what it does not know", {"unknown": int(other)}
    if isinstance(correlation, TemporalOrdered):
        yield "takes the order backwards", {"labels": correlation.labels[::-1]}
    if isinstance(correlation, FirstSeen):
        learning = correlation.learning
        yield "learns longer", {"learning": learning * 2 + timedelta(days=1)}
        if learning:
            yield "learns nothing", {"learning": timedelta()}
            yield "asks for another past", {"own_past": not correlation.own_past}
        if correlation.usual:
            yield "knows nothing usual", {"usual": ""}
