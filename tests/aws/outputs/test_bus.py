import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from botocore.exceptions import ClientError, ConnectTimeoutError

from tests.aws.outputs.playing import answering, detected, dispatched, pending, swept
from tests.aws.pipeline import Faults
from tests.aws.world import CREATED, SIGNED_IN, Clock, World, a_rule, created, found, reborn
from trailwarden.aws.outputs.bus import Bus
from trailwarden.aws.outputs.sender import Load
from trailwarden.cloudtrail.samples import console_login, iam_user, record, root
from trailwarden.notify.account import NAMELESS

MOST = 262_144
"""How many bytes a request may have."""

ROOT = console_login(root())
JOE = created("joe", sourceIPAddress="203.0.113.9")
"""Somebody who has nothing to do with the root user."""


@pytest.fixture
def bus(world: World, assembled: Callable[..., None], monkeypatch: pytest.MonkeyPatch) -> str:
    """A bus with a rule that sends all of it to a queue."""
    events: Any = world.session.client("events")
    sqs = world.session.client("sqs")
    try:
        arn = events.create_event_bus(Name="alerts")["EventBusArn"]
        url = sqs.create_queue(QueueName="rules")["QueueUrl"]
        queue = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
        pattern = json.dumps({"source": ["trailwarden"]})
        events.put_rule(Name="all", EventBusName="alerts", EventPattern=pattern)
        target = {"Id": "queue", "Arn": queue["Attributes"]["QueueArn"]}
        events.put_targets(Rule="all", EventBusName="alerts", Targets=[target])
    except events.exceptions.ResourceAlreadyExistsException:
        arn = events.describe_event_bus(Name="alerts")["Arn"]
        list(seen(world))
    monkeypatch.setenv("OUTPUTS", f"json={world.topics['machines']},eventbridge={arn}")
    assembled()
    return arn


def seen(world: World) -> Iterator[dict[str, Any]]:
    """Take and yield what the rule of the bus brought."""
    sqs = world.session.client("sqs")
    url = sqs.get_queue_url(QueueName="rules")["QueueUrl"]
    while messages := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
        for message in messages:
            yield json.loads(message["Body"])
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])


class Documented:
    """EventBridge, as its documentation has it; it refuses some events by their details."""

    def __init__(self, refuses: Callable[[dict[str, Any]], str] = lambda _: "") -> None:
        self.refuses = refuses
        self.sizes: list[int] = []
        self.details: list[dict[str, Any]] = []

    def __call__(self, body: dict[str, Any]) -> dict[str, Any]:
        entries = body["Entries"]
        assert 1 <= len(entries) <= 10
        assert sum(map(size, entries)) < MOST
        self.sizes.append(len(entries))
        rows = [self._row(entry) for entry in entries]
        return {"FailedEntryCount": sum("ErrorCode" in row for row in rows), "Entries": rows}

    def _row(self, entry: dict[str, Any]) -> dict[str, str]:
        assert {"Source", "DetailType", "Detail", "EventBusName"} == entry.keys()
        assert not entry["Source"].startswith("aws.")
        assert len(entry["DetailType"]) <= 128
        detail = json.loads(entry["Detail"])
        if code := self.refuses(detail):
            return {"ErrorCode": code, "ErrorMessage": "no"}
        self.details.append(detail)
        return {"EventId": "17793124-05d4-b198-2fde-7ededc63b103"}


def size(entry: dict[str, Any]) -> int:
    """https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevent-size.html."""
    return sum(len(entry[name].encode()) for name in ("Source", "DetailType", "Detail"))


@pytest.mark.usefixtures("bus")
def test_an_alert_comes_to_the_rules_of_the_bus_once(world: World) -> None:
    detected(ROOT)
    dispatched(world)
    [event] = seen(world)
    assert event["source"] == "trailwarden"
    assert event["detail-type"] == "Trailwarden Finding"
    assert event["detail"]["version"] == 1
    assert event["detail"]["severity_id"] == 5
    assert event["detail"]["tactics"] == ["TA0003"]
    assert [sent.text for sent in world.sent("machines")]
    assert pending(world) == []


@pytest.mark.usefixtures("bus")
def test_the_incident_of_alerts_comes_with_them(
    world: World, assembled: Callable[..., None]
) -> None:
    assembled(SIGNED_IN, a_rule("made", "iam:CreateUser"), a_rule("gone", "iam:DeleteUser"))
    mallory = iam_user("mallory")
    detected(
        record("iam:CreateUser", mallory, minute=1), record("iam:DeleteUser", mallory, minute=2)
    )
    dispatched(world)
    details = [(event["detail-type"], event["detail"]) for event in seen(world)]
    findings = [detail for kind, detail in details if kind == "Trailwarden Finding"]
    incidents = [detail for kind, detail in details if kind == "Trailwarden Incident"]
    assert len(findings) == 2
    assert len(incidents) == 1
    assert {finding["incident_id"] for finding in findings} == {incidents[0]["incident_id"]}
    told = {row["alert_id"] for row in incidents[0]["alerts"]}
    assert told == {finding["alert_id"] for finding in findings}
    assert incidents[0]["alert_count"] == 2


@pytest.mark.usefixtures("bus")
def test_events_go_out_ten_at_a_time(world: World) -> None:
    service = Documented()
    with answering("PutEvents", service):
        detected(*(created(f"user-{n}", sourceIPAddress=f"203.0.113.{n}") for n in range(23)))
        dispatched(world)
    assert len({detail["alert_id"] for detail in service.details if "alert_id" in detail}) == 23
    assert max(service.sizes) == 10


@pytest.mark.usefixtures("bus")
def test_an_event_that_is_refused_costs_no_other_and_comes_again(
    world: World, clock: Clock
) -> None:
    refused = Documented(lambda d: "ThrottlingException" if d["severity"] == "critical" else "")
    with answering("PutEvents", refused):
        detected(JOE, ROOT)
        dispatched(world)
        assert [detail["severity"] for detail in refused.details] == ["high"]
        assert len(world.sent()) == 1
        assert len(world.sent("machines")) == 2
        assert pending(world) == ["Signed_In happened"]
    healed = Documented()
    with answering("PutEvents", healed):
        swept(world, clock)
    assert [detail["severity"] for detail in healed.details] == ["critical"]
    assert pending(world) == []


@pytest.mark.fault("outputs", "A bus takes nothing", "people and the other outputs get all")
@pytest.mark.usefixtures("bus")
@pytest.mark.parametrize("code", ["AccessDeniedException", "InternalException", "Throttling"])
def test_a_bus_that_fails_holds_back_neither_people_nor_topics(
    world: World, clock: Clock, code: str
) -> None:
    faults = Faults()
    faults.refuses = lambda service, _: code if service == "events" else ""
    detected(JOE, ROOT)
    dispatched(world)
    faults.stop()
    reborn()
    assert len(world.sent()) == 1
    assert len(world.sent("machines")) == 2
    assert len(pending(world)) == 2
    swept(world, clock)
    assert len(list(seen(world))) == 2
    assert world.sent() == world.sent("machines") == []
    assert pending(world) == []


class Events:
    """A client of EventBridge that says what a function says."""

    def __init__(self, answer: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
        self._answer = answer

    def put_events(self, **body: Any) -> dict[str, Any]:
        return self._answer(body)


def sent(world: World, answer: Callable[[dict[str, Any]], dict[str, Any]], long: int = 0) -> Any:
    """Return what came of the alerts of the table, each with a text so long."""
    due = [
        replace(stored, alert=replace(stored.alert, news=["n" * long]))
        for stored in world.stored().values()
    ]
    client: Any = Events(answer)
    return Bus(client, "eventbridge", "bus").send(Load(due, NAMELESS, {}, []))


def test_long_alerts_are_divided_over_requests(world: World) -> None:
    world.outbox().write([f for n in range(8) for f in found(CREATED, created(f"user-{n}"))])
    service = Documented()
    assert len(sent(world, service, long=90_000).sent) == 8
    assert service.sizes == [2, 2, 2, 2]


@pytest.mark.parametrize(
    ("error", "asked"),
    [
        (ConnectTimeoutError(endpoint_url="https://events"), 1),
        (ClientError({"Error": {"Code": "AccessDeniedException"}}, "PutEvents"), 1),
        (ClientError({"Error": {"Code": "ValidationException"}}, "PutEvents"), 28),
    ],
)
def test_a_bus_that_takes_nothing_is_asked_once(world: World, error: Exception, asked: int) -> None:
    world.outbox().write([f for n in range(25) for f in found(CREATED, created(f"user-{n}"))])
    calls: list[int] = []

    def refuse(body: dict[str, Any]) -> dict[str, Any]:
        calls.append(len(body["Entries"]))
        raise error

    told = sent(world, refuse)
    assert told.sent == []
    assert len(told.failed) == 25
    assert len(calls) == asked


def test_an_event_for_which_a_batch_is_refused_costs_itself(world: World) -> None:
    world.outbox().write([f for n in range(9) for f in found(CREATED, created(f"user-{n}"))])

    def refuse(body: dict[str, Any]) -> dict[str, Any]:
        if any("user-7" in entry["Detail"] for entry in body["Entries"]):
            raise ClientError({"Error": {"Code": "ValidationException"}}, "PutEvents")
        return {"Entries": [{"EventId": "1"} for _ in body["Entries"]]}

    told = sent(world, refuse)
    assert len(told.sent) == 8
    assert [failed.why for failed in told.failed] == ["ValidationException"]


def test_an_answer_without_rows_counts_for_nothing(world: World) -> None:
    world.outbox().write(found(SIGNED_IN, ROOT))
    told = sent(world, lambda _: {"Entries": []})
    assert told.sent == []
    assert [failed.why for failed in told.failed] == ["NoEventId"]


@pytest.mark.usefixtures("bus")
def test_hostile_strings_make_sound_json(world: World) -> None:
    service = Documented()
    with answering("PutEvents", service):
        detected(created("x", userAgent='\ud800\x00"}]<!channel>', sourceIPAddress=["a"]))
        dispatched(world)
    [detail] = service.details
    assert detail["actor"]
    assert len(detail["user_agents"]) == 1
