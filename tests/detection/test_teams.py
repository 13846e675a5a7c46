"""Colleagues of one permission set are compared in all accounts, and have alerts of their own."""

import json

import pytest

from trailwarden.cloudtrail.event import Event
from trailwarden.cloudtrail.samples import ACCOUNT, ROLE, Fields, assumed_role, request, sso_user
from trailwarden.cloudtrail.values import Record
from trailwarden.detection.alert import Alert
from trailwarden.detection.engine import Engine
from trailwarden.detection.finding import Finding
from trailwarden.detection.grouping import by_team, by_team_or_actor, is_team
from trailwarden.detection.rule import Rule
from trailwarden.detection.severity import Severity
from trailwarden.environment import AccountClass, Environment
from trailwarden.rules.ecs import command_in_container
from trailwarden.rules.lambda_function import code_overwritten

OTHER = "222233334444"
OWN = Environment(own_accounts=(ACCOUNT, OTHER), account_classes={OTHER: AccountClass.DEVELOPMENT})
ALICE, BOB = (sso_user(f"{name}@example.com", "Ops") for name in ("alice", "bob"))
SHELL: Fields = {"task": "0f9de17a", "command": "sh", "interactive": True}
CODE: Fields = {"functionName": "orders", "publish": False, "dryRun": False}


def elsewhere(record: Record) -> Record:
    """Return the record as if all of it had happened in the other account."""
    moved: Record = json.loads(json.dumps(record).replace(ACCOUNT, OTHER))
    return {**moved, "eventID": f"{record['eventID']}-elsewhere"}


def shell(by: Fields, day: int) -> Record:
    return request("ecs:ExecuteCommand", by, day=day, **SHELL)


def upload(by: Fields, day: int) -> Record:
    return request("lambda:UpdateFunctionCode20150331v2", by, day=day, **CODE)


def told(rule: Rule, *records: Record, environment: Environment | None = None) -> list[Alert]:
    events = [
        Event(record, environment or Environment(own_accounts=(OTHER,))) for record in records
    ]
    found = [one for one in Engine([rule]).evaluate(events) if isinstance(one, Finding)]
    return [Alert.of([one]) for one in found]


@pytest.mark.parametrize("by", [ALICE, BOB])
def test_the_permission_set_is_known_in_another_account(by: Fields) -> None:
    heard = request("ecs:UpdateService", ROLE, service="app")
    [alert] = told(command_in_container.RULE, heard, elsewhere(shell(ALICE, 0)), shell(by, 7))
    assert alert.severity is Severity.LOW
    assert alert.account_ids == [ACCOUNT]


@pytest.mark.parametrize(
    "by", [ROLE, assumed_role("AWSReservedSSO_Ops_0123456789abcdef"), sso_user("eve", "Readers")]
)
def test_others_are_new_beside_a_permission_set(by: Fields) -> None:
    heard = request("ecs:UpdateService", ROLE, service="app")
    records = heard, shell(ALICE, 0), elsewhere(shell(ALICE, 0)), shell(by, 7)
    assert [a.severity for a in told(command_in_container.RULE, *records)] == [Severity.MEDIUM]


def test_work_in_development_teaches_nothing_about_production() -> None:
    heard = request("ecs:UpdateService", ROLE, service="app")
    records = heard, elsewhere(shell(ALICE, 0)), shell(BOB, 7)
    [alert] = told(command_in_container.RULE, *records, environment=OWN)
    assert alert.severity is Severity.MEDIUM


def test_colleagues_have_alerts_of_their_own() -> None:
    records = upload(ALICE, 0), upload(BOB, 1), elsewhere(upload(BOB, 1)), upload(ALICE, 1)
    alerts = told(code_overwritten.RULE, *records)
    assert len({alert.alert_id for alert in alerts}) == len(records)
    severities = sorted(alert.severity for alert in alerts)
    assert severities == [Severity.LOW] * 3 + [Severity.MEDIUM]


def test_only_people_of_identity_center_are_a_team() -> None:
    people, role = Event(upload(ALICE, 0)), Event(upload(ROLE, 0))
    assert by_team(people) == by_team_or_actor(people)
    assert is_team(by_team(people))
    assert by_team(role) == ACCOUNT
    assert by_team_or_actor(role) == f"{ACCOUNT}/{role.actor}"


@pytest.mark.parametrize("name", ["AWSReservedSSO_", "AWSReservedSSO_Ops", "Ops", ""])
def test_odd_names_of_roles_are_read(name: str) -> None:
    path = "/aws-reserved/sso.amazonaws.com/"
    event = Event(upload(assumed_role(name, "eve", path=path), 0))
    assert by_team(event)
