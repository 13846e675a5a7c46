"""Who may send to the queues: the policies of the template, judged as AWS judges them."""

import json
from collections.abc import Mapping
from fnmatch import fnmatchcase
from typing import Any, NamedTuple

import pytest

from tests.infra.templates import ACCOUNT, REGION, Resources, of_type

WORK, LEFT = ("IngestLogsQueue", "IngestEventsQueue"), ("LogsDeadLetters", "EventsDeadLetters")
UNDELIVERED, UNSENT = "IngestUndelivered", "DispatchUnsent"
ADMIN = f"arn:aws:iam::{ACCOUNT}:role/Administrator"


class Sender(NamedTuple):
    """Who sends: a principal whose own policies allow everything, or a service."""

    arn: str = ""
    service: str = ""
    source_arn: str = ""

    @property
    def context(self) -> Mapping[str, str]:
        """The condition keys of the request."""
        if self.service:
            return {
                "aws:PrincipalIsAWSService": "true",
                "aws:SecureTransport": "true",
                "aws:SourceAccount": ACCOUNT,
                "aws:SourceArn": self.source_arn,
            }
        return {
            "aws:PrincipalArn": self.arn,
            "aws:PrincipalIsAWSService": "false",
            "aws:SecureTransport": "true",
        }


def rule(name: str) -> Sender:
    arn = f"arn:aws:events:{REGION}:{ACCOUNT}:rule/{name}"
    return Sender(service="events.amazonaws.com", source_arn=arn)


def plain(found: Resources, value: Any) -> str:
    """Return a value of the template as text: a role by its logical id, the rest as it is."""
    match value:
        case {"Fn::GetAtt": [name, _]}:
            return f"arn:aws:iam::{ACCOUNT}:role/{name}"
        case {"Fn::Join": [separator, parts]}:
            return str(separator).join(plain(found, part) for part in parts)
        case {"Ref": "AWS::Partition"}:
            return "aws"
    return str(value)


def holds(found: Resources, operator: str, key: str, wanted: Any, sender: Sender) -> bool:
    values = [plain(found, one) for one in (wanted if isinstance(wanted, list) else [wanted])]
    given = sender.context.get(key)
    negated = "Not" in operator
    if given is None:
        return negated or operator.endswith("IfExists")
    return any(fnmatchcase(given, value) for value in values) is not negated


def applies(found: Resources, statement: Mapping[str, Any], sender: Sender) -> bool:
    actions, principal = statement["Action"], statement["Principal"]
    if not any(
        fnmatchcase("sqs:SendMessage", action)
        for action in (actions if isinstance(actions, list) else [actions])
    ):
        return False
    is_other = isinstance(principal, dict) and principal.get("Service") not in {
        None,
        sender.service,
    }
    if is_other:
        return False
    return all(
        holds(found, operator, key, wanted, sender)
        for operator, conditions in statement.get("Condition", {}).items()
        for key, wanted in conditions.items()
    )


def may_send(found: Resources, queue: str, sender: Sender) -> bool:
    """Say whether a sender may send to a queue; IAM lets a principal of the account do all."""
    effects = [
        statement["Effect"]
        for policy in of_type(found, "SQS::QueuePolicy").values()
        if queue in json.dumps(policy["Properties"]["Queues"])
        for statement in policy["Properties"]["PolicyDocument"]["Statement"]
        if applies(found, statement, sender)
    ]
    return "Deny" not in effects and (bool(sender.arn) or "Allow" in effects)


def role(found: Resources, begins: str) -> Sender:
    [name] = [name for name in of_type(found, "IAM::Role") if name.startswith(begins)]
    return Sender(arn=f"arn:aws:iam::{ACCOUNT}:role/{name}")


@pytest.mark.parametrize("queue", [*WORK, *LEFT, UNDELIVERED, UNSENT])
def test_an_administrator_may_not_send(home: Resources, queue: str) -> None:
    assert not may_send(home, queue, Sender(arn=ADMIN))
    assert not may_send(home, queue, Sender(arn=f"arn:aws:iam::{ACCOUNT}:root"))


@pytest.mark.parametrize("queue", WORK)
def test_rules_the_detector_and_the_redrive_may_send(home: Resources, queue: str) -> None:
    assert may_send(home, queue, rule("Trailwarden-FastPath01"))
    assert not may_send(home, queue, rule("Another-Rule"))
    assert not may_send(home, queue, Sender(service="s3.amazonaws.com"))
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
