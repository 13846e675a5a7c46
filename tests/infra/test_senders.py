"""Who may send to the queues: the policies of the template, judged as AWS judges them."""

import json

import pytest

from tests.infra.judging import Caller, may, role, rule
from tests.infra.templates import ACCOUNT, Resources, of_type

WORK, LEFT = ("IngestLogsQueue", "IngestEventsQueue"), ("LogsDeadLetters", "EventsDeadLetters")
UNDELIVERED, UNSENT = "IngestUndelivered", "DispatchUnsent"
ADMIN = f"arn:aws:iam::{ACCOUNT}:role/Administrator"


def may_send(found: Resources, queue: str, sender: Caller) -> bool:
    """Say whether a sender may send to the queue whose logical id holds `queue`."""
    [name] = [name for name in of_type(found, "SQS::Queue") if queue in name]
    return may(found, name, "sqs:SendMessage", sender)


@pytest.mark.fault("template", "An administrator sends to a queue", "its policy denies it")
@pytest.mark.parametrize("queue", [*WORK, *LEFT, UNDELIVERED, UNSENT])
def test_an_administrator_may_not_send(home: Resources, queue: str) -> None:
    assert not may_send(home, queue, Caller(arn=ADMIN))
    assert not may_send(home, queue, Caller(arn=f"arn:aws:iam::{ACCOUNT}:root"))


@pytest.mark.parametrize("queue", WORK)
def test_rules_the_detector_and_the_redrive_may_send(home: Resources, queue: str) -> None:
    assert may_send(home, queue, rule("Trailwarden-FastPath01"))
    assert not may_send(home, queue, rule("Another-Rule"))
    assert not may_send(home, queue, Caller(service="s3.amazonaws.com"))
    assert may_send(home, queue, role(home, "DetectFunctionRole"))
    assert may_send(home, queue, role(home, "IngestRedrive"))
    assert not may_send(home, queue, role(home, "DispatchFunctionRole"))


@pytest.mark.parametrize("queue", LEFT)
def test_only_sqs_itself_puts_dead_letters_aside(home: Resources, queue: str) -> None:
    for begins in ("DetectFunctionRole", "IngestRedrive", "SweepFunctionRole"):
        assert not may_send(home, queue, role(home, begins))


def test_what_is_not_delivered_or_sent_comes_from_those_who_failed(home: Resources) -> None:
    assert may_send(home, UNDELIVERED, rule("Trailwarden-FastPath01"))
    assert may_send(home, UNSENT, role(home, "DispatchFunctionRole"))
    assert not may_send(home, UNSENT, role(home, "DetectFunctionRole"))


def test_the_redrive_takes_dead_letters_and_sends_to_the_queues_alone(home: Resources) -> None:
    [policy] = [p for n, p in of_type(home, "IAM::Policy").items() if n.startswith("IngestRedrive")]
    statements = policy["Properties"]["PolicyDocument"]["Statement"]
    allowed = {statement["Sid"]: json.dumps(statement) for statement in statements}
    assert allowed.keys() == {"TakeDeadLetters", "PutBack"}
    assert "sqs:SendMessage" not in allowed["TakeDeadLetters"]
    assert all(name in allowed["PutBack"] for name in WORK)
    assert not any(name in allowed["PutBack"] for name in (*LEFT, UNDELIVERED, UNSENT))
    assert "sqs:StartMessageMoveTask" in allowed["TakeDeadLetters"]


def test_who_takes_the_role_that_redrives_is_told(home: Resources) -> None:
    [taken] = [
        selector
        for name, found in of_type(home, "Events::Rule").items()
        if name.startswith("GuardInput")
        for selector in found["Properties"]["EventPattern"]["detail"]["$or"]
        if selector["eventSource"] == ["sts.amazonaws.com"]
    ]
    assert "AssumeRole" in taken["eventName"]
    assert "IngestRedrive" in json.dumps(taken["requestParameters"]["roleArn"])
