"""What each rule finds; that it is well written is what the lint's tests hold for all of them."""

from types import ModuleType

import pytest

from trailwarden import catalog
from trailwarden.detection import story
from trailwarden.environment import Environment

MODULES = list(catalog.modules())
HUNTING = [module.RULE for module in MODULES if module.RULE.is_signal]


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.RULE.id)
def test_every_story_of_a_rule_ends_as_it_says(module: ModuleType) -> None:
    environment = getattr(module, "ENVIRONMENT", Environment())
    differing = {
        example.name: differences
        for example in module.examples()
        if (
            differences := list(
                story.differences(example, story.tell(module.RULE, example, environment, HUNTING))
            )
        )
    }
    assert differing == {}
