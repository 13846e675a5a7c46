"""What a scan reads back of a group suffices for its rule."""

from collections import defaultdict
from types import ModuleType

import pytest

from trailwarden import catalog
from trailwarden.cloudtrail.event import Event
from trailwarden.detection.index import Index
from trailwarden.detection.observation import Observation, in_order
from trailwarden.environment import Environment

COUNTING = [module for module in catalog.shipped() if module.RULE.correlation]


@pytest.mark.parametrize("module", COUNTING, ids=lambda module: module.RULE.id)
def test_what_adds_up_may_add_up_by_its_labels(module: ModuleType) -> None:
    correlation, index = module.RULE.correlation, Index([module.RULE])
    environment = getattr(module, "ENVIRONMENT", Environment())
    for example in module.examples():
        groups: defaultdict[str, list[Observation]] = defaultdict(list)
        for record in example.records:
            for rule in index.rules_for(record):
                for seen in rule.observe(Event(record, environment)):
                    groups[seen.group].append(seen)
        for some in groups.values():
            if correlation.select(in_order(some)):
                assert correlation.may_hold([seen.label for seen in some])


def test_most_groups_need_not_be_read() -> None:
    refused = {module.RULE.id for module in COUNTING if not module.RULE.correlation.may_hold(["x"])}
    assert len(refused) > len(COUNTING) / 4
