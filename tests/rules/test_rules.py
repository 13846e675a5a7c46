from collections.abc import Iterator
from types import ModuleType

import pytest

from trailwarden import catalog
from trailwarden.detection import attack, story
from trailwarden.detection.rule import Example, Mode, Rule
from trailwarden.environment import Environment

MODULES = list(catalog.modules())
RULES: list[Rule] = [module.RULE for module in MODULES]
HUNTING = [rule for rule in RULES if rule.mode is Mode.HUNT]


def stories() -> Iterator[object]:
    for module in MODULES:
        for example in module.examples():
            yield pytest.param(module, example, id=f"{module.RULE.id}: {example.name}")


@pytest.mark.parametrize(("module", "example"), list(stories()))
def test_example(module: ModuleType, example: Example) -> None:
    environment = getattr(module, "ENVIRONMENT", Environment())
    outcome = story.tell(module.RULE, example, environment, HUNTING)
    assert list(story.differences(example, outcome)) == []


TOLD_BY_EVENTS = [module for module in MODULES if not module.RULE.is_from_pipeline]


@pytest.mark.parametrize("module", TOLD_BY_EVENTS, ids=lambda module: module.RULE.id)
def test_has_examples_of_both_kinds(module: ModuleType) -> None:
    assert {example.alerts for example in module.examples()} == {True, False}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_reads_well_in_an_alert(rule: Rule) -> None:
    assert rule.title
    assert len(rule.title) <= 70
    assert rule.title.isascii()
    assert rule.description
    assert rule.response.endswith(".")


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_maps_to_known_techniques(rule: Rule) -> None:
    assert rule.attack
    assert {t for ts in rule.attack.values() for t in ts} <= attack.TECHNIQUES.keys()
