"""What a routine keeps of a day tells all kinds of acts: the table keeps the first of a label."""

from types import ModuleType

import pytest

from trailwarden import catalog
from trailwarden.cloudtrail.event import Event
from trailwarden.detection.routine import Routine
from trailwarden.environment import Environment

MODULES = [m for m in catalog.shipped() if isinstance(m.RULE.correlation, Routine)]


def test_there_are_routines() -> None:
    assert len(MODULES) > 10


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.RULE.id)
def test_no_act_hides_one_of_another_kind_by_its_label(module: ModuleType) -> None:
    rule, environment = module.RULE, getattr(module, "ENVIRONMENT", Environment())
    kinds: dict[tuple[str, str, int], set[str]] = {}
    for example in module.examples():
        for record in example.records:
            for seen in rule.observe(Event(record, environment)):
                key = seen.group, seen.label, seen.severity
                kinds.setdefault(key, set()).add(rule.correlation.kind(seen))
    assert not {key: some for key, some in kinds.items() if len(some) > 1}
