"""Checks the types and the meaning of a rule's fields: an alert is built and shown from them.

A rule module is Python, so anything may stand in a field. A wrong value is refused where it is
written, with a sentence that says what to write. Here it would fail far from there, or be silent.
"""

import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from dataclasses import fields
from datetime import timedelta
from functools import cache
from types import UnionType
from typing import Any, NamedTuple, TypeAlias, Union, get_args, get_origin, get_type_hints

from trailwarden.cloudtrail.acting import is_of_acting
from trailwarden.cloudtrail.spelling import suggestion
from trailwarden.detection.correlation import Correlation, Count, TemporalOrdered
from trailwarden.detection.first_seen import FirstSeen
from trailwarden.detection.pattern import InvalidPatternError, leaf_test, leaves
from trailwarden.detection.rule import ATTEMPTED, Mode, Rule
from trailwarden.detection.signals import WeighedSignals

EXAMPLES: Mapping[str, str] = {
    "detect": "def detect(event: Event) -> Match | None",
    "events": 'events=["iam:CreateUser"]',
    "exempt": "exempt=DEPLOYMENT, or NOBODY",
    "outcome": "outcome=SUCCEEDED, or either(refused=Severity.LOW)",
    "severity": "severity=Severity.MEDIUM",
    "attack": 'attack={Tactic.PERSISTENCE: ["T1098.001"]}',
    "response": 'response="Ask the owner of the key whether it was them."',
    "callers": "callers=frozenset({Caller.ROOT})",
    "taught_by": 'taught_by=["ec2:AssociateAddress"]',
    "where": 'where={"awsRegion": ["us-east-1"]}',
    "correlation": "correlation=EventCount(at_least=10, timespan=timedelta(minutes=10), "
    "group_by=by_actor)",
    "concerns": "concerns=holds, a function that is decorated with @of_acting",
    "alike": "alike=lambda event: Alike(Span.DAY)",
    "unless_usual": "unless_usual=FirstSeen(...)",
    "dedup": "dedup=by_actor",
    "window": "window=timedelta(days=1)",
    "mode": "mode=Mode.ALERT, Mode.HUNT or Mode.OFF",
    "log_class": "log_class=LogClass.DATA",
    "references": 'references=["https://..."]',
    "timespan": "timespan=timedelta(minutes=10)",
    "learning": "learning=timedelta(days=14)",
    "group_by": "group_by=by_actor",
    "at_least": "at_least=10",
    "in_a_day": "in_a_day=30",
    "labels": 'labels=("first", "second")',
    "hand_work": "hand_work=IN_SANDBOX",
    "at_once_by": "at_once_by=frozenset({Caller.ROOT})",
}
"""What may be written for a field; fields of texts, numbers and truths explain themselves."""

_SIMPLE: Mapping[Any, str] = {str: "a text in quotes", bool: "True or False", int: "a number"}

Test: TypeAlias = Callable[[Any], bool]


class Fault(NamedTuple):
    """A fault in a field, and what to write."""

    field: str
    """The keyword of the field, by which its line is found; `doc` for the docstring."""
    message: str


def faults(rule: Rule) -> Iterator[Fault]:
    """Yield the faults of a rule: of its types, and where they are right of its meaning."""
    if not isinstance(rule.doc, str):
        yield Fault("doc", "begin the file with a docstring: what happened, and why it matters")
        return
    parts = [one for one in (rule.correlation, rule.unless_usual) if isinstance(one, Correlation)]
    wrong = [fault for part in (rule, *parts) for fault in _types(part)]
    yield from wrong or _senseless(rule)


def unknown_keyword(name: str) -> str:
    """Say what a keyword may have been meant to be that no rule and no correlation has."""
    return suggestion(name, {*(field.name for field in fields(Rule)), *EXAMPLES})


def _types(of: Any) -> Iterator[Fault]:
    """Yield the fields of a rule or correlation whose values have another type."""
    kind: type = type(of)
    for name, default, is_right in _tests(kind):
        value = getattr(of, name)
        if value is not default and not is_right(value):
            yield Fault(name, f"{name} is {_told(value)}: write {_example(name, kind)}")


@cache
def _tests(kind: type) -> Sequence[tuple[str, Any, Test]]:
    """Return the name and default of each field of a class, and what tells its type."""
    try:
        hints = get_type_hints(kind)
    except Exception:  # noqa: BLE001 - a correlation of one's own may be annotated in any way
        return ()
    return [(f.name, f.default, _test(hints[f.name])) for f in fields(kind)]


def _test(hint: Any) -> Test:  # noqa: PLR0911 - one for each form
    """Return what tells whether a value is of a type; anything is of one that is not understood."""
    origin, inner = get_origin(hint), get_args(hint)
    if origin in (Union, UnionType):
        tests = [_test(part) for part in inner]
        return lambda value: any(test(value) for test in tests)
    if origin is Callable:
        return lambda value: callable(value) and not isinstance(value, type)
    if isinstance(origin, type) and issubclass(origin, Mapping):
        key, below = map(_test, inner)
        return lambda v: isinstance(v, Mapping) and all(key(k) and below(v[k]) for k in v)
    if isinstance(origin, type) and issubclass(origin, Sequence | Set):
        item = _test(inner[0])
        is_set = issubclass(origin, Set)
        return lambda v: _is_list(v, is_set=is_set) and all(map(item, v))
    if hint is bool or hint is Any or not isinstance(hint, type):
        return (lambda value: isinstance(value, bool)) if hint is bool else (lambda _: True)
    if hint is int:
        return lambda value: isinstance(value, int) and not isinstance(value, bool)
    return lambda value: isinstance(value, hint)


def _is_list(value: Any, *, is_set: bool) -> bool:
    if is_set:
        return isinstance(value, Set)
    return isinstance(value, Sequence) and not isinstance(value, str | bytes)


def _told(value: Any) -> str:
    """Return the value of a field as a text, as far as it says something."""
    if callable(value):
        return f"{getattr(value, '__name__', 'a function')}, which is a {type(value).__name__}"
    return f"{value!r:.80}"


def _example(name: str, kind: type) -> str:
    if name in EXAMPLES:
        return EXAMPLES[name]
    hint = get_type_hints(kind)[name]
    named = getattr(hint, "__name__", str(hint))
    return _SIMPLE.get(hint, f"a value of the type {named}")


def _senseless(rule: Rule) -> Iterator[Fault]:
    """Yield the fields whose values cannot be meant, though their types are right."""
    if rule.mode is not Mode.OFF and not rule.title:
        yield Fault("doc", "say in the first line of the docstring what happened")
    yield from _of_detect(rule)
    yield from _of_events(rule)
    if not rule.heeds and not rule.learns_from_exempt:
        yield Fault("exempt", "exempt leaves none of the callers: nothing would ever be found")
    if not rule.outcome.kinds:
        yield Fault("outcome", f"outcome names no outcome: write {EXAMPLES['outcome']}")
    if rule.window <= timedelta():
        yield Fault("window", f"window has to be longer than nothing: {EXAMPLES['window']}")
    yield from _of_where(rule)
    if rule.concerns and not is_of_acting(rule.concerns):
        yield Fault("concerns", f"concerns reads all of an event: {EXAMPLES['concerns']}")
    yield from _of_alike(rule)
    if rule.signals and not rule.correlation:
        yield Fault("signals", "a rule that counts signals needs a correlation to count them with")
    for correlation in (rule.correlation, rule.unless_usual):
        yield from correlation_faults(correlation)


def _of_detect(rule: Rule) -> Iterator[Fault]:
    code = getattr(rule.detect, "__code__", None)
    if code is None:
        return
    needed = code.co_argcount - len(rule.detect.__defaults__ or ())
    if not needed <= 1 <= code.co_argcount and not code.co_flags & inspect.CO_VARARGS:
        yield Fault("detect", f"detect has to take one event: {EXAMPLES['detect']}")
    if code.co_flags & (inspect.CO_GENERATOR | inspect.CO_COROUTINE | inspect.CO_ASYNC_GENERATOR):
        yield Fault("detect", "detect has to return a Match, and not to yield or await one")


def _of_events(rule: Rule) -> Iterator[Fault]:
    if not (rule.events or rule.signals or rule.is_from_pipeline):
        yield Fault("events", "list the events to look at, such as iam:PutUserPolicy")
    for event in rule.events:
        service, _, name = event.partition(":")
        is_glob = "*" in service or ("*" in name and name != "*")
        if event != "*" and (is_glob or not service or not name):
            yield Fault("events", f"write {event!r} as service:EventName, service:* or *")
    for event in rule.taught_by:
        if event not in rule.events:
            yield Fault("taught_by", f"taught_by names {event!r}: name it in events, too")


def _of_alike(rule: Rule) -> Iterator[Fault]:
    """Yield why the first of events that are alike may not be enough."""
    if not rule.alike:
        return
    if not (rule.correlation and rule.correlation.daily):
        yield Fault("alike", "alike needs a correlation of which the first of a label is enough")
    if rule.outcome != ATTEMPTED:
        yield Fault("alike", "alike needs outcome=ATTEMPTED: a first request may have failed")
    if any(not path.startswith("userIdentity.") for path, _ in leaves(rule.where or {})):
        yield Fault("alike", "alike lets where ask for fields of userIdentity alone")


def _of_where(rule: Rule) -> Iterator[Fault]:
    try:
        for path, values in leaves(rule.where or {}):
            leaf_test(values, path)
            if not values:
                yield Fault("where", f"where: list the values of {path} that match")
    except (InvalidPatternError, TypeError, AttributeError) as error:
        yield Fault("where", f"where: {error}")


def correlation_faults(correlation: Correlation | None) -> Iterator[Fault]:
    """Yield why no events can satisfy a correlation whose types are right."""
    if correlation is None:
        return
    if correlation.timespan <= timedelta():
        message = f"timespan has to be longer than nothing: {EXAMPLES['timespan']}"
        yield Fault("timespan", message)
    yield from _of_lineage(correlation)
    if isinstance(correlation, Count) and correlation.at_least < 1:
        yield Fault("at_least", "at_least has to be 1 or more")
    if isinstance(correlation, Count) and correlation.in_a_day < 0:
        yield Fault("in_a_day", "in_a_day has to be 0, for no count over a day, or more")
    if isinstance(correlation, TemporalOrdered):
        if len(set(correlation.labels)) < len(correlation.labels):
            message = "TemporalOrdered takes each label once: give the repeated one another name"
            yield Fault("labels", message)
        if len(correlation.labels) < 2:  # noqa: PLR2004 - one alone has no order
            yield Fault("labels", "TemporalOrdered orders two labels or more")
    if isinstance(correlation, FirstSeen) and correlation.learning > correlation.timespan:
        message = "FirstSeen learns for longer than it remembers: nothing would ever be new"
        yield Fault("learning", message)


def _of_lineage(correlation: Correlation) -> Iterator[Fault]:
    if not correlation.follows_lineage:
        return
    if not (correlation.thins or isinstance(correlation, WeighedSignals)):
        yield Fault("group_by", "by_lineage is for counts and for TemporalOrdered: write by_actor")
    if correlation.timespan > timedelta(hours=2 - correlation.thins):
        yield Fault("timespan", "by_lineage is for timespans of up to an hour: write by_actor")
