"""A worse act after a milder one of the same alert is told: by the stories of every rule."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import cache
from itertools import permutations
from types import ModuleType
from typing import NamedTuple

import pytest

from tests.aws.pipeline import Faults, Pipeline
from tests.aws.world import Clock, World, account, assembled, clock, happened, world
from trailwarden import catalog
from trailwarden.cloudtrail.samples import request
from trailwarden.detection import story
from trailwarden.detection.example import Example
from trailwarden.detection.rule import Mode, Rule
from trailwarden.detection.severity import Severity
from trailwarden.environment import Environment

__all__ = ["account", "assembled", "clock", "world"]

MODULES = list(catalog.modules())
MANY = 100


class Pair(NamedTuple):
    """Two stories of one rule, the milder first, that make one alert."""

    rule: Rule
    environment: Environment
    milder: Example
    worse: Example
    alert_id: str
    severity: Severity

    @property
    def name(self) -> str:
        return f"{self.rule.id}: {self.milder.name!r}, then {self.worse.name!r}"


def folder_of(module: ModuleType) -> str:
    rule_id: str = module.RULE.id
    return rule_id.partition(".")[0]


FOLDERS = sorted(set(map(folder_of, MODULES)))


@cache
def pairs(module: ModuleType) -> Sequence[Pair]:
    """Return the pairs of a rule's stories of which the second is worse, after the first, too.

    After a routine of the same act it may not be.
    """
    return list(_pairs(module))


def _pairs(module: ModuleType) -> Iterator[Pair]:
    rule = replace(module.RULE, mode=Mode.ALERT)
    if rule.signals:
        return
    environment = getattr(module, "ENVIRONMENT", Environment())
    told = [
        (example, {a.alert_id: a.severity for a in story.tell(rule, example, environment).alerts})
        for example in module.examples()
        if example.alerts
    ]
    steps = set()
    for (milder, before), (worse, after) in permutations(told, 2):
        for alert_id in before.keys() & after.keys():
            step = before[alert_id], after[alert_id]
            if not step[0] < step[1] or step in steps:
                continue
            both = worse._replace(records=(*milder.records, *worse.records))
            found = story.tell(rule, both, environment).alerts
            if any((a.alert_id, a.severity) == (alert_id, step[1]) for a in found):
                steps.add(step)  # one pair for each step of severity
                yield Pair(rule, environment, milder, worse, alert_id, after[alert_id])


def test_there_are_pairs_to_tell() -> None:
    assert sum(len(pairs(module)) for module in MODULES) > MANY


@pytest.mark.parametrize(
    ("folder", "step"),
    [
        *((folder, 24) for folder in FOLDERS[::2]),
        *(pytest.param(folder, 1, marks=pytest.mark.exhaustive) for folder in FOLDERS),
    ],
)
def test_the_worse_one_is_always_told(
    world: World, clock: Clock, assembled: Callable[..., None], folder: str, step: int
) -> None:
    untold, faults = [], Faults()
    modules = (module for module in MODULES if folder_of(module) == folder)
    for pair in [pair for module in modules for pair in pairs(module)][::step]:
        world.reset()
        assembled(pair.rule, environment=pair.environment)
        pipeline = Pipeline(world, clock, faults)
        pipeline.run(map(happened, pair.milder.records), batch_size=20)
        mild = world.sent(), world.sent("machines")
        clock.advance(minutes=3)
        pipeline.run(map(happened, pair.worse.records), batch_size=20)
        mails = [sent for sent in world.sent() if pair.alert_id in sent.text]
        machines = [sent for sent in world.sent("machines") if pair.alert_id in sent.text]
        label = pair.severity.label
        if not (
            all(mild)
            and any(f"[{pair.severity.name}]" in sent.subject for sent in mails)
            and any(sent.attributes["severity"]["Value"] == label for sent in machines)
        ):
            untold.append(pair.name)
    faults.stop()
    assert untold == []


def test_a_worse_act_that_another_rule_of_the_story_sees_is_told_in_the_same_alert(
    world: World, clock: Clock, assembled: Callable[..., None]
) -> None:
    rules = [module.RULE for module in MODULES if module.RULE.story == "destruction"]
    assembled(*rules)
    faults = Faults()
    pipeline = Pipeline(world, clock, faults)
    pipeline.run([happened(request("ec2:DeleteVpc", vpcId="vpc-1"))], batch_size=20)
    clock.advance(minutes=3)
    database = request(
        "rds:DeleteDBInstance", minute=3, dBInstanceIdentifier="orders", skipFinalSnapshot=True
    )
    pipeline.run([happened(database)], batch_size=20)
    faults.stop()
    subjects = [sent.subject for sent in world.sent()]
    assert len(world.alerts()) == 1
    assert "[MEDIUM]" in subjects[0]
    assert "[HIGH] Database deleted (worse now)" in subjects[-1]
