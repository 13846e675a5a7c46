import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import Any

import boto3
import pytest
from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders

from tests.aws.stack import Stack
from tests.aws.world import (
    CREATED,
    REGION,
    RULES,
    SIGNED_IN,
    Clock,
    World,
    created,
    found,
    happened,
)
from trailwarden.aws import operator
from trailwarden.aws.operator import DEAD_LETTERS, Operator, OperatorError, Status
from trailwarden.aws.redrive import Redrive
from trailwarden.cloudtrail.samples import console_login, root


@pytest.fixture(scope="module")
def stack(account: World) -> Stack:
    return Stack(account)


@pytest.fixture(autouse=True)
def _emptied(world: World, stack: Stack, clock: Clock) -> None:
    del world
    stack.empty()
    clock.moment = datetime.now(UTC)
    stack.deployed(clock.now() - timedelta(days=1))


@pytest.fixture
def session() -> boto3.Session:
    return boto3.Session(region_name=REGION)


@pytest.fixture
def deployment(session: boto3.Session, stack: Stack) -> Operator:
    return Operator(session, stack.name, RULES)


def answers(session: boto3.Session, call: str, answer: Any) -> list[dict[str, Any]]:
    """Have a call answered that moto cannot; return what was asked, as it is asked."""
    asked: list[dict[str, Any]] = []

    def respond(params: dict[str, Any], **_: Any) -> Any:
        asked.append(json.loads(params["body"] or b"{}"))
        return AWSResponse("", 200, HTTPHeaders(), b""), answer

    events: Any = session.events
    events.register(f"before-call.{call}", respond)
    return asked


def well(stack: Stack) -> None:
    """Have something processed just now."""
    stack.processed("FilesProcessed", datetime.now(UTC))
    stack.processed("EventsEvaluated", datetime.now(UTC))


def test_a_deployment_that_is_well_has_no_problems(deployment: Operator, stack: Stack) -> None:
    well(stack)
    status = deployment.status()
    facts = dict(status.facts)
    assert status.problems == []
    assert facts["Trail"].startswith("arn:aws:cloudtrail:us-east-1")
    assert "logs" in facts["Trail"]
    assert facts["Last log file"].endswith("UTC")
    assert facts["Function detect"].startswith("python3.13, changed 20")
    assert facts["Queue logs"] == "0 waiting, 0 in work"
    assert facts["Dead letters unsent"] == "0"
    assert facts["Pending alerts"] == "0"
    topics = {name: fact for name, fact in facts.items() if name.startswith("Topic ")}
    assert list(topics) == ["Topic people", "Topic operations", "Topic json"]
    assert topics["Topic people"] == "1 confirmed"


def problem(status: Status) -> str:
    [found] = status.problems
    return found


def test_a_trail_that_does_not_log_is_a_problem(deployment: Operator, stack: Stack) -> None:
    well(stack)
    stack.cloudtrail.stop_logging(Name="main")
    assert "does not log" in problem(deployment.status())
    stack.cloudtrail.start_logging(Name="main")


def test_silence_is_a_problem_from_the_same_time_on_as_for_the_alarm(
    deployment: Operator, stack: Stack, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock.advance(hours=3)
    monkeypatch.setattr("trailwarden.aws.watch.now", lambda: datetime.now(UTC))
    stack.processed("FilesProcessed", clock.now() - timedelta(minutes=20))
    assert deployment.status().problems == []
    clock.advance(minutes=20)
    assert "within the last 30 minutes" in problem(deployment.status())


def test_a_stack_that_was_just_deployed_is_not_ill(
    session: boto3.Session, stack: Stack, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    stack.deployed(clock.now() - timedelta(minutes=2))
    deployment = Operator(session, stack.name, RULES)
    status = deployment.status()
    assert status.problems == []
    assert dict(status.facts)["Stack"].startswith("less than 30 minutes old")
    assert dict(status.facts)["Last log file"] == "none in 24 hours"
    monkeypatch.setattr("trailwarden.aws.watch.now", lambda: datetime.now(UTC))
    clock.advance(minutes=30)
    assert "No log file was processed" in problem(deployment.status())


def test_an_address_that_is_not_confirmed_is_a_problem(
    session: boto3.Session, stack: Stack
) -> None:
    well(stack)
    unconfirmed = Operator(session, stack.with_another_address(), RULES)
    assert problem(unconfirmed.status()).startswith("jo***@example.com does not get the alerts")


def test_names_are_those_of_the_tuning_and_of_organizations(
    deployment: Operator, world: World
) -> None:
    world.table.put_item(
        Item={"pk": "ACCOUNTS", "sk": "000000", "names": {"1" * 12: "theirs", "2" * 12: "two"}}
    )
    assert deployment.account_names({"1" * 12: "ours"}) == {"1" * 12: "ours", "2" * 12: "two"}


def test_silence_is_a_problem(deployment: Operator, stack: Stack) -> None:
    stack.processed("FilesProcessed", datetime.now(UTC) - timedelta(hours=3))
    status = deployment.status()
    assert "No log file was processed" in problem(status)
    assert dict(status.facts)["Last log file"].endswith("UTC")
    assert dict(status.facts)["Last event"] == "none in 24 hours"


@pytest.mark.parametrize("name", DEAD_LETTERS)
def test_dead_letters_are_a_problem(deployment: Operator, stack: Stack, name: str) -> None:
    well(stack)
    stack.send(DEAD_LETTERS[name], "x", "y")
    told = problem(deployment.status())
    assert told.startswith(f"2 messages are dead letters in {name}")
    assert told.endswith(f"trailwarden redrive --queue {name}")


def test_alerts_that_wait_too_long_are_a_problem(
    deployment: Operator, stack: Stack, world: World, clock: Clock
) -> None:
    well(stack)
    world.outbox().write(found(SIGNED_IN, console_login(root())))
    assert dict(deployment.status().facts)["Pending alerts"] == "1, the oldest for 0 minutes"
    clock.advance(minutes=11)
    assert problem(deployment.status()).startswith("1 alerts wait to be sent, the oldest for 11")


def test_a_trigger_that_is_turned_off_is_a_problem(deployment: Operator, stack: Stack) -> None:
    well(stack)
    with stack.trigger_turned_off():
        assert "update-event-source-mapping --enabled" in problem(deployment.status())


def test_topics_that_nobody_reads_are_problems(session: boto3.Session, stack: Stack) -> None:
    well(stack)
    lonely = Operator(session, stack.with_lonely_topics(), RULES)
    problems = lonely.status().problems
    assert [p.split(":")[0] for p in problems if p.startswith("Nobody")] == [
        "Nobody gets the alerts",
        "Nobody gets the pipeline's own alarms",
    ]


def test_without_a_stack_it_says_so() -> None:
    with pytest.raises(OperatorError, match="does not exist"):
        operator.connect("Nothing", RULES, region=REGION)


def test_another_stack_is_not_taken_for_one(stack: Stack, session: boto3.Session) -> None:
    with pytest.raises(OperatorError, match="has no output StateTableName"):
        Operator(session, stack.another(), RULES)


def test_without_a_region_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_DEFAULT_REGION")
    monkeypatch.setenv("AWS_CONFIG_FILE", "none")
    with pytest.raises(OperatorError, match="region"):
        operator.connect("Trailwarden", RULES)


def test_alerts_are_listed_newest_first(deployment: Operator, world: World) -> None:
    world.outbox().write(found(CREATED, *(created(f"u{n}", minute=n) for n in (2, 9, 5))))
    times = [stored.alert.last_seen.minute for stored in deployment.alerts()]
    assert times == [9, 5, 2]


def test_an_alert_is_found_by_the_beginning_of_its_id(deployment: Operator, world: World) -> None:
    world.outbox().write(found(CREATED, *(created(f"u{n}") for n in range(8))))
    chosen = deployment.alerts()[3].alert.alert_id
    assert [s.alert.alert_id for s in deployment.alerts(chosen[:10])] == [chosen]
    assert deployment.alerts("zz") == []


def test_more_alerts_than_a_page_are_listed(deployment: Operator, world: World) -> None:
    many = (created(f"u{n}", minute=m, userAgent="x" * 900) for n in range(40) for m in range(25))
    world.outbox().write(found(CREATED, *many))
    assert len(deployment.alerts()) == 40


def redriven(deployment: Operator, *names: str, dry_run: bool = False) -> list[tuple[str, int]]:
    chosen = names or tuple(DEAD_LETTERS)
    return [(r.queue, r.waiting) for r in Redrive(deployment).letters(chosen, dry_run=dry_run)]


def test_where_nothing_waits_nothing_is_done(deployment: Operator) -> None:
    assert redriven(deployment) == [(name, 0) for name in DEAD_LETTERS]


def test_a_dry_run_moves_nothing(deployment: Operator, stack: Stack) -> None:
    for output in DEAD_LETTERS.values():
        stack.send(output, "x")
    assert redriven(deployment, dry_run=True) == [(name, 1) for name in DEAD_LETTERS]
    assert [stack.depth(output) for output in DEAD_LETTERS.values()] == [1] * 4


def test_what_a_queue_gave_up_sqs_moves_back(session: boto3.Session, stack: Stack) -> None:
    asked = answers(session, "sqs.StartMessageMoveTask", {"TaskHandle": "x"})
    with_answers = Operator(session, stack.name, RULES)
    stack.send("LogsDeadLettersUrl", "x")
    assert redriven(with_answers, "logs", "events") == [("logs", 1), ("events", 0)]
    assert asked == [{"SourceArn": stack.arn("LogsDeadLettersUrl")}]


def test_what_eventbridge_could_not_deliver_goes_to_where_it_was_meant_for(
    deployment: Operator, stack: Stack
) -> None:
    event = happened(created())
    stack.send("UndeliveredUrl", event)  # no word on where to
    stack.send("UndeliveredUrl", '{"detail-type": "Object Created"}', "no JSON", "[]")
    stack.send("UndeliveredUrl", "told", target=stack.arn("EventsQueueUrl"))
    stack.send("UndeliveredUrl", "somebody else's", target="arn:aws:sqs:us-east-1:1:other")
    assert redriven(deployment, "undelivered") == [("undelivered", 6)]
    assert sorted(stack.received("EventsQueueUrl")) == sorted([event, "told"])
    assert len(stack.received("LogsQueueUrl")) == 4
    assert stack.depth("UndeliveredUrl") == 0


def test_more_than_one_batch_is_delivered_again(deployment: Operator, stack: Stack) -> None:
    stack.send("UndeliveredUrl", *(happened(created(f"u{n}")) for n in range(25)))
    redriven(deployment, "undelivered")
    assert len(stack.received("EventsQueueUrl")) == 25


@pytest.fixture
def swept(session: boto3.Session) -> Callable[[bool], Operator]:
    """Give a deployment whose sweep does its work, or does not."""

    def make(works: bool) -> Operator:
        answer: dict[str, Any] = {"StatusCode": 200, "Payload": BytesIO(b'{"sent": 1}')}
        answers(session, "lambda.Invoke", answer if works else answer | {"FunctionError": "x"})
        return Operator(session, "Trailwarden", RULES)

    return make


def test_what_the_stream_gave_up_is_forgotten_once_nothing_waits(
    swept: Callable[[bool], Operator], stack: Stack
) -> None:
    stack.send("UnsentUrl", "x", "y")
    [result] = Redrive(swept(True)).letters(["unsent"], dry_run=False)
    assert result.outcome.endswith("no alert waits any more")
    assert stack.depth("UnsentUrl") == 0


def test_while_an_alert_waits_nothing_is_forgotten(
    swept: Callable[[bool], Operator], stack: Stack, world: World
) -> None:
    world.outbox().write(found(SIGNED_IN, console_login(root())))
    stack.send("UnsentUrl", "x")
    [result] = Redrive(swept(True)).letters(["unsent"], dry_run=False)
    assert "still wait" in result.outcome
    assert stack.depth("UnsentUrl") == 1


def test_a_sweep_that_fails_is_said_to(swept: Callable[[bool], Operator], stack: Stack) -> None:
    stack.send("UnsentUrl", "x")
    with pytest.raises(OperatorError, match="its log says why"):
        list(Redrive(swept(False)).letters(["unsent"], dry_run=False))
    assert stack.depth("UnsentUrl") == 1


def test_messages_are_put_back_as_the_role_that_may(
    deployment: Operator, session: boto3.Session, stack: Stack
) -> None:
    keys: list[str] = []

    def heard(request: Any, **_: Any) -> None:
        keys.append(str(request.headers.get("Authorization", "")))

    events: Any = session.events
    events.register("before-send.sqs.SendMessage", heard)
    stack.send("UndeliveredUrl", happened(created()))
    list(Redrive(deployment).letters(["undelivered"], dry_run=False))
    [authorization] = keys
    assert "Credential=testing/" not in authorization
    assert len(stack.received("EventsQueueUrl")) == 1
