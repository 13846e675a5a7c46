import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from tests.aws.outputs.playing import detected, dispatched, pending, swept
from tests.aws.world import SIGNED_IN, Clock, World, a_rule, created
from trailwarden import Match
from trailwarden.cloudtrail.event import Event
from trailwarden.cloudtrail.samples import console_login, root
from trailwarden.detection.severity import Severity

JOE = created("joe", sourceIPAddress="203.0.113.9")
ROOT = console_login(root())


@pytest.fixture
def route(assembled: Callable[..., None], monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Has alerts go to the topic for machines on some conditions."""

    def choose(*rules: Any, **conditions: Any) -> None:
        monkeypatch.setenv("ROUTES", json.dumps([{"outputs": ["json"], **conditions}]))
        assembled(*rules)

    return choose


def rules_told(world: World) -> list[str]:
    return [json.loads(sent.text)["rule_id"] for sent in world.sent("machines")]


def test_an_output_gets_what_its_route_takes_and_nobody_waits_for_the_rest(
    world: World, route: Callable[..., None]
) -> None:
    route(least_severity="critical")
    detected(JOE, ROOT)
    dispatched(world)
    assert rules_told(world) == [SIGNED_IN.id]
    assert len(world.sent()) == 1  # people hear of both
    assert pending(world) == []


def test_the_sweep_goes_by_routes_too(
    world: World, clock: Clock, route: Callable[..., None]
) -> None:
    route(rules=["test.signed_in"])
    detected(JOE, ROOT)
    swept(world, clock)
    assert rules_told(world) == [SIGNED_IN.id]
    assert pending(world) == []


def worse_at_noon(event: Event) -> Match:
    return Match(severity=Severity.CRITICAL if event.user_agent == "evil" else Severity.HIGH)


def test_an_alert_that_gets_worse_goes_where_it_was_too_mild_before(
    world: World, clock: Clock, route: Callable[..., None]
) -> None:
    rule = replace(a_rule("graded", "iam:CreateUser"), detect=worse_at_noon)
    route(rule, least_severity="critical")
    detected(JOE)
    dispatched(world)
    assert rules_told(world) == []
    clock.advance(minutes=3)
    detected({**created("joe", minute=2, sourceIPAddress="203.0.113.9"), "userAgent": "evil"})
    dispatched(world)
    swept(world, clock)
    assert rules_told(world) == [rule.id]
    assert pending(world) == []
