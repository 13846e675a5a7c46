"""Reads Sigma correlations into those that rules can use."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from sigma.correlations import (
    SigmaCorrelationCondition,
    SigmaCorrelationConditionOperator,
    SigmaCorrelationRule,
    SigmaCorrelationType,
)
from sigma.rule import SigmaRule

from trailwarden.authoring.sigma.condition import (
    Node,
    Test,
    condition_of,
    corrected,
    every,
    field,
    some,
)
from trailwarden.authoring.sigma.problem import RefusedError

MAX_COUNT = 200
MAX_TIMESPAN = timedelta(days=90)

EXTRA = {SigmaCorrelationConditionOperator.GTE: 0, SigmaCorrelationConditionOperator.GT: 1}
COUNTED = {
    SigmaCorrelationType.EVENT_COUNT: "EventCount",
    SigmaCorrelationType.VALUE_COUNT: "ValueCount",
}


@dataclass(frozen=True)
class Step:
    """The test of one of the correlated rules, and the label of its matches."""

    label: str
    condition: Node


@dataclass(frozen=True)
class Counting:
    """How what the steps see has to add up."""

    kind: str
    """The class: `EventCount`, `ValueCount` or `TemporalOrdered`."""
    steps: tuple[Step, ...]
    timespan: timedelta
    group_by: tuple[str, ...]
    at_least: int = 0
    counted: str = ""
    """The field whose different values count."""

    @property
    def is_ordered(self) -> bool:
        """Whether the steps have to come one after the other."""
        return self.kind == "TemporalOrdered"

    @property
    def needed(self) -> int:
        """How many steps, events or values there have to be."""
        return len(self.steps) if self.is_ordered else self.at_least

    @property
    def tells_steps(self) -> bool:
        """Whether it matters which of the steps an event is: `temporal` and `temporal_ordered`."""
        return self.is_ordered or (self.kind == "ValueCount" and not self.counted)

    @property
    def condition(self) -> Node:
        """What an event has to be, to count at all."""
        return some(step.condition for step in self.steps)


def counting_of(rule: SigmaCorrelationRule) -> Counting:
    """Return how a Sigma correlation counts; raises RefusedError for what cannot be expressed.

    An event without a field that is counted or grouped by does not count, as in other engines.
    """
    timespan = timedelta(seconds=rule.timespan.seconds)
    if timespan > MAX_TIMESPAN:
        raise RefusedError(f"its timespan is more than {MAX_TIMESPAN.days} days")
    if len(rule.aliases):
        raise RefusedError("it groups by aliases: group by a field that all of its rules have")
    groups = tuple(map(field, rule.group_by or ()))
    if rule.type is SigmaCorrelationType.TEMPORAL_ORDERED:
        return Counting("TemporalOrdered", _ordered(rule, groups), timespan, groups)
    if rule.type is SigmaCorrelationType.TEMPORAL:
        steps = _several(rule, groups)
        if not isinstance(rule.condition, SigmaCorrelationCondition):
            raise RefusedError("its condition combines rules: temporal takes all, or a number")
        return Counting("ValueCount", steps, timespan, groups, _at_least(rule.condition))
    if rule.type not in COUNTED:
        raise RefusedError(f"rules count events and values, and do no {rule.type}")
    counted = _counted(rule)
    needed = (*groups, counted) if counted else groups
    steps = _steps(rule, needed)
    kind = COUNTED[rule.type]
    return Counting(kind, steps, timespan, groups, _at_least(rule.condition), counted)


def _counted(rule: SigmaCorrelationRule) -> str:
    if rule.type is SigmaCorrelationType.EVENT_COUNT:
        return ""
    asked = rule.condition.fieldref if isinstance(rule.condition, SigmaCorrelationCondition) else ""
    if not isinstance(asked, str):
        raise RefusedError("it counts combinations of fields: count one field")
    return field(asked or "")


def _at_least(condition: object) -> int:
    if not isinstance(condition, SigmaCorrelationCondition) or condition.op not in EXTRA:
        raise RefusedError("what has happened can only become more: use gte or gt as condition")
    if (
        not isinstance(condition.count, int)
        or not 1 < condition.count + EXTRA[condition.op] <= MAX_COUNT
    ):
        raise RefusedError(f"it counts to {condition.count}: rules count from 2 to {MAX_COUNT}")
    return condition.count + EXTRA[condition.op]


def _ordered(rule: SigmaCorrelationRule, groups: Sequence[str]) -> tuple[Step, ...]:
    steps = _several(rule, groups)
    asked = rule.condition
    if not isinstance(asked, SigmaCorrelationCondition):
        raise RefusedError("its condition combines rules: temporal_ordered takes all, in order")
    if EXTRA.get(asked.op) is None or asked.count + EXTRA[asked.op] != len(steps):
        raise RefusedError("temporal_ordered takes all of its rules: leave out its condition")
    return steps


def _several(rule: SigmaCorrelationRule, groups: Sequence[str]) -> tuple[Step, ...]:
    steps = _steps(rule, groups)
    if len(steps) < 2 or len({step.label for step in steps}) < len(steps):  # noqa: PLR2004 - several
        raise RefusedError(f"{rule.type.name.lower()} needs two rules or more, each once")
    return steps


def _steps(rule: SigmaCorrelationRule, needed: Sequence[str]) -> tuple[Step, ...]:
    """Return what each correlated rule looks for, where the `needed` fields are there."""
    there = [Test("exists", path) for path in dict.fromkeys(needed)]
    steps = []
    for reference in rule.referenced_rules:
        if not isinstance(reference.rule, SigmaRule):
            raise RefusedError("it correlates correlations: correlate rules")
        condition = corrected(condition_of(reference.rule))
        label = str(reference.rule.name or reference.rule.title)
        steps.append(Step(label, every([condition, *there])))
    return tuple(steps)
