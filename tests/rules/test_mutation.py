"""Each rule's stories notice what is broken in the rule, but for breaks that a waiver explains."""

from types import ModuleType

import pytest

from tests.rules.modules import one_by_one
from trailwarden import catalog
from trailwarden.authoring.mutation import Trial, trial
from trailwarden.authoring.waivers import WAIVED
from trailwarden.aws.api_models import parameters

MOST = 0.05
"""The share of all breaks that may survive, with a reason for each."""

MODULES = [module for module in catalog.modules() if not catalog.is_local(module.RULE)]
HUNTING = [module.RULE for module in MODULES if module.RULE.is_signal]


@pytest.fixture(scope="module")
def tried() -> dict[str, Trial]:
    """What came of every trial so far, by rule."""
    return {}


@pytest.mark.parametrize("module", one_by_one(MODULES))
def test_the_stories_notice_each_break(module: ModuleType, tried: dict[str, Trial]) -> None:
    found = trial(module, HUNTING, parameters)
    tried[module.RULE.id] = found
    assert {str(survivor) for survivor in found.survivors} <= WAIVED.keys()


def test_few_breaks_survive(tried: dict[str, Trial]) -> None:
    survivors = sum(len(trial.survivors) for trial in tried.values())
    assert survivors <= MOST * sum(trial.breaks for trial in tried.values())


def test_every_waiver_is_of_a_rule() -> None:
    assert {waived.partition(":")[0] for waived in WAIVED} <= {m.RULE.id for m in MODULES}
