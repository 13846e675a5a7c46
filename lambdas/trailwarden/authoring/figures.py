"""Counts what a pack of rules proves and says, so that each change can be held against the last."""

from collections.abc import Callable, Iterator, Sequence
from types import ModuleType
from typing import NamedTuple

from trailwarden.authoring import retelling
from trailwarden.authoring.words import problems, title_problems
from trailwarden.cloudtrail.event import Event
from trailwarden.detection import story
from trailwarden.detection.alert import Alert
from trailwarden.detection.example import Example
from trailwarden.detection.rule import Mode, Rule
from trailwarden.environment import Environment


class Figure(NamedTuple):
    """One count, and the rules that it is made of."""

    name: str
    found: int
    total: int
    rules: Sequence[str] = ()


def figures(modules: Sequence[ModuleType]) -> Iterator[Figure]:
    """Yield the figures of the rules that events show."""
    shown = [module for module in modules if not module.RULE.is_from_pipeline]
    rules: list[Rule] = [module.RULE for module in shown]
    hunting = [rule for rule in rules if rule.is_signal]
    exempt = {rule.exempt for rule in rules}
    yield Figure("different sets of exempt callers", len(exempt), len(rules))
    yield _counted("titles that hold an 'or'", rules, lambda r: any(title_problems(r.title)))
    yield _counted("rules with riddling or long sentences", rules, _riddles)
    yield _of("alerting rules whose alerts name no thing", shown, hunting, _is_nameless)
    yield _of("rules silent through CloudFormation for callers they heed", shown, hunting, _is_deaf)
    yield _events(shown)


def _counted(name: str, rules: Sequence[Rule], counts: Callable[[Rule], bool]) -> Figure:
    found = [rule.id for rule in rules if counts(rule)]
    return Figure(name, len(found), len(rules), found)


def _of(
    name: str,
    modules: Sequence[ModuleType],
    hunting: Sequence[Rule],
    counts: Callable[[ModuleType, Sequence[Rule]], bool],
) -> Figure:
    found = [module.RULE.id for module in modules if counts(module, hunting)]
    return Figure(name, len(found), len(modules), found)


def _riddles(rule: Rule) -> bool:
    texts = (rule.description, rule.response, rule.false_positives)
    return any(any(problems(text)) for text in texts)


def _is_nameless(module: ModuleType, hunting: Sequence[Rule]) -> bool:
    if module.RULE.mode is not Mode.ALERT:
        return False
    return not all(any(alert.details) or any(alert.subjects) for alert in _alerts(module, hunting))


def _alerts(module: ModuleType, hunting: Sequence[Rule]) -> Iterator[Alert]:
    environment = getattr(module, "ENVIRONMENT", Environment())
    for example in _alerting(module):
        yield from story.tell(module.RULE, example, environment, hunting).alerts


def _is_deaf(module: ModuleType, hunting: Sequence[Rule]) -> bool:
    """Say whether a rule is silent only because a request comes through CloudFormation."""
    rule: Rule = module.RULE
    if rule.direct_only:
        return False
    environment = getattr(module, "ENVIRONMENT", Environment())
    [first, *_] = _alerting(module)
    told = retelling.by_callers(rule, first, environment)
    through = [t for t in told if t.example.name.endswith("through cloudformation")]
    heeded = [t for t in through if t.example.alerts]
    return not all(story.tell(rule, t.example, t.environment, hunting).alerts for t in heeded)


def _events(modules: Sequence[ModuleType]) -> Figure:
    """Count the names of events that stand in no alerting story of their rule."""
    missing = [
        f"{module.RULE.id}: {action}"
        for module in modules
        for action in sorted({*module.RULE.events} - {*_named(module)})
        if not action.endswith("*")
    ]
    total = sum(len(module.RULE.events) for module in modules)
    return Figure("event names in no alerting story", len(missing), total, missing)


def _named(module: ModuleType) -> Iterator[str]:
    for example in _alerting(module):
        yield from (Event(record).action for record in example.records)


def _alerting(module: ModuleType) -> list[Example]:
    return [example for example in module.examples() if example.alerts]
