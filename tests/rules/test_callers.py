"""Every rule, told its first alerting story by every kind of caller, directly and by services."""

from types import ModuleType

import pytest

from tests.rules.modules import one_by_one
from trailwarden import catalog
from trailwarden.authoring import retelling
from trailwarden.detection import story
from trailwarden.detection.rule import Rule
from trailwarden.environment import Environment

MODULES = [module for module in catalog.shipped() if module.RULE.events]
HUNTING: list[Rule] = [m.RULE for m in catalog.shipped() if m.RULE.is_signal]


@pytest.mark.parametrize("module", one_by_one(MODULES))
def test_exempt_callers_are_left_alone_and_all_others_are_not(module: ModuleType) -> None:
    environment = getattr(module, "ENVIRONMENT", Environment())
    first = next(example for example in module.examples() if example.alerts)
    differing = [
        told.example.name
        for told in retelling.by_callers(module.RULE, first, environment)
        if bool(story.tell(module.RULE, told.example, told.environment, HUNTING).alerts)
        is not told.example.alerts
    ]
    assert differing == []
