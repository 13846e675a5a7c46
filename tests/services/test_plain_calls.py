"""What Cloud Control does is as severe as the rules say of the plain calls."""

import pytest

from trailwarden import catalog
from trailwarden.cloudtrail.event import Event
from trailwarden.cloudtrail.samples import DEPLOYED, DEPLOYER, USER, Fields, request
from trailwarden.detection.engine import Engine
from trailwarden.detection.finding import Finding
from trailwarden.detection.rule import Mode
from trailwarden.detection.severity import Severity
from trailwarden.services.plain_calls import CREATIONS, DELETIONS, Plain, plain_call

THING: Fields = {"name": "thing", "tableName": "thing", "detectorId": "thing", "keyId": "thing"}
RULES = [
    rule
    for rule in catalog.load().rules
    if rule.mode is Mode.ALERT and not rule.id.startswith(("cis_monitoring.", "root."))
]


def worst(call: str, by: Fields) -> int:
    """Return the worst that the rules make of a plain call."""
    some = [rule for rule in RULES if call in rule.events]
    found = Engine(some).evaluate([Event(request(call, by, **THING), DEPLOYED)])
    told = [f for f in found if isinstance(f, Finding)]
    return max((o.severity or f.rule.severity for f in told for o in f.observations), default=0)


PLAIN = sorted({*CREATIONS.values(), *DELETIONS.values()})


@pytest.mark.parametrize("plain", PLAIN, ids=lambda plain: plain.call)
def test_what_cloud_control_does_is_as_severe_as_the_plain_call(plain: Plain) -> None:
    assert worst(plain.call, USER) == plain.severity
    assert (worst(plain.call, DEPLOYER) == plain.severity) is plain.of_pipelines


@pytest.mark.parametrize(("group", "is_needed"), [("aws-cloudtrail-logs", True), ("/app", False)])
def test_a_log_group_is_as_bad_as_what_it_holds(group: str, is_needed: bool) -> None:
    kind: Fields = {"typeName": "AWS::Logs::LogGroup", "identifier": group}
    found = plain_call(Event(request("cloudcontrolapi:DeleteResource", **kind)))
    assert bool(found) is is_needed
    [rule] = [rule for rule in RULES if rule.id == "logs.logs_deleted"]
    told = rule.observe(Event(request("logs:DeleteLogGroup", logGroupName=group)))
    assert any(seen.severity == Severity.HIGH for seen in told) is is_needed


def test_of_several_changes_the_worst_counts() -> None:
    patch = '[{"op": "replace", "path": "/Features/0/Status", "value": "DISABLED"}, '
    whole = patch + '{"op": "replace", "path": "/Enable", "value": false}]'
    detector: Fields = {"typeName": "AWS::GuardDuty::Detector", "identifier": "d"}
    changed = request("cloudcontrolapi:UpdateResource", **detector, patchDocument=whole)
    found = plain_call(Event(changed))
    assert found
    assert found.severity is Severity.CRITICAL


@pytest.mark.parametrize("odd", [None, 1, "", "{", "[1]", [], {}])
def test_odd_values_raise_nothing(odd: object) -> None:
    action = "cloudcontrolapi:UpdateResource"
    assert plain_call(Event(request(action, typeName=odd, patchDocument=odd))) is None
