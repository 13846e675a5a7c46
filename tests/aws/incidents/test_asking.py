"""A deployment that asks people about a response to critical incidents by itself."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from moto.core.models import DEFAULT_ACCOUNT_ID

from tests.aws.incidents.mails import RULES, swept, told
from tests.aws.pipeline import Faults
from tests.aws.world import Clock, World, reborn
from trailwarden.aws.incidents import asking
from trailwarden.cloudtrail.samples import ACCOUNT, Fields, iam_user, record, root
from trailwarden.cloudtrail.values import Record
from trailwarden.contract.table import RESPONSE
from trailwarden.environment import Environment

ROLE = f"arn:aws:iam::{DEFAULT_ACCOUNT_ID}:role/any"


class Machine:
    """The state machine of the deployment."""

    def __init__(self, world: World) -> None:
        self._states: Any = world.session.client("stepfunctions")
        definition = json.dumps({"StartAt": "X", "States": {"X": {"Type": "Succeed"}}})
        made = self._states.create_state_machine(name="R", definition=definition, roleArn=ROLE)
        self.arn = made["stateMachineArn"]

    @property
    def asked(self) -> list[dict[str, Any]]:
        """What the executions were told."""
        listed = self._states.list_executions(stateMachineArn=self.arn)["executions"]
        found = (self._states.describe_execution(executionArn=e["executionArn"]) for e in listed)
        return [json.loads(one["input"]) for one in found]

    def remove(self) -> None:
        self._states.delete_state_machine(stateMachineArn=self.arn)


@pytest.fixture
def machine(
    world: World, assembled: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Machine]:
    made = Machine(world)
    monkeypatch.setenv("RESPONSE_MACHINE_ARN", made.arn)
    assembled(*RULES)
    yield made
    made.remove()


def by(who: Fields, action: str, minute: float = 0) -> Record:
    """Return a record of the deployment's own account."""
    made = json.dumps(record(action, who, minute=minute))
    return json.loads(made.replace(ACCOUNT, DEFAULT_ACCOUNT_ID))


MALLORY = iam_user("mallory")


def test_people_are_asked_once_about_a_critical_incident(
    world: World, machine: Machine, clock: Clock
) -> None:
    told(world, by(MALLORY, "iam:CreateUser"), by(MALLORY, "s3:DeleteBucket", 1))
    [asked] = machine.asked
    incident_ids = {json.loads(sent.text)["incident_id"] for sent in world.sent("machines")}
    assert incident_ids == {asked["incident_id"]}
    assert asked["alert_id"] in world.alerts()
    assert (asked["owner"], asked["reason"]) == (asking.OWNER, asking.REASON)
    clock.advance(minutes=11)
    told(world, by(MALLORY, "rds:DeleteDBInstance", 12))
    swept(world, clock)
    assert len(machine.asked) == 1


def test_an_incident_that_becomes_critical_is_asked_about_then(
    world: World, machine: Machine, clock: Clock
) -> None:
    told(world, by(MALLORY, "iam:CreateUser"), by(MALLORY, "cloudtrail:StopLogging", 1))
    assert machine.asked == []
    clock.advance(minutes=3)
    told(world, by(MALLORY, "s3:DeleteBucket", 2))
    assert len(machine.asked) == 1


def test_nobody_is_asked_where_a_person_began(world: World, machine: Machine, clock: Clock) -> None:
    told(world, by(MALLORY, "iam:CreateUser"), by(MALLORY, "cloudtrail:StopLogging", 1))
    [id_] = {json.loads(sent.text)["incident_id"] for sent in world.sent("machines")}
    world.table.put_item(Item={"pk": f"{RESPONSE}{id_}", "sk": "R"})
    clock.advance(minutes=3)
    told(world, by(MALLORY, "s3:DeleteBucket", 2))
    assert machine.asked == []


def test_nobody_is_asked_where_nothing_could_be_done(
    world: World, machine: Machine, assembled: Callable[..., None]
) -> None:
    told(world, by(root(), "s3:DeleteBucket"))
    elsewhere = record("s3:DeleteBucket", MALLORY)
    told(world, elsewhere)
    assert len(world.alerts()) == 2
    assert machine.asked == []
    role = f"arn:aws:iam::{DEFAULT_ACCOUNT_ID}:user/mallory"
    assembled(*RULES, environment=Environment(break_glass_roles=(role,)))
    told(world, by(MALLORY, "rds:DeleteDBInstance"))
    assert machine.asked == []


def test_a_storm_asks_about_few_incidents(world: World, machine: Machine) -> None:
    people = [iam_user(f"user{n}", key=f"AKIA{n}") for n in range(6)]
    records = [
        {**by(one, "s3:DeleteBucket", n), "sourceIPAddress": f"203.0.113.{n}"}
        for n, one in enumerate(people)
    ]
    told(world, *records)
    assert len(machine.asked) == asking.MOST_AT_ONCE


def test_a_machine_that_refuses_costs_no_mail_and_is_tried_once_more(
    world: World, machine: Machine, clock: Clock
) -> None:
    faults = Faults()
    faults.refuses = lambda service, _: (
        "AccessDeniedException" if service == "stepfunctions" else ""
    )
    reborn()
    try:
        [mail] = told(world, by(MALLORY, "iam:CreateUser"), by(MALLORY, "s3:DeleteBucket", 1))
    finally:
        faults.stop()
        reborn()
    assert mail.subject.startswith("[CRITICAL] Incident ")
    assert machine.asked == []
    swept(world, clock, minutes=20)
    assert len(machine.asked) == 1
    [trouble] = world.sent("operations")
    assert "Nobody was asked about a response" in trouble.text


def test_without_the_choice_a_person_has_to_begin(
    world: World, assembled: Callable[..., None]
) -> None:
    made = Machine(world)
    assembled(*RULES)
    told(world, by(MALLORY, "iam:CreateUser"), by(MALLORY, "s3:DeleteBucket", 1))
    assert made.asked == []
    made.remove()
