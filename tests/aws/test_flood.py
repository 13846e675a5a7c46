"""A file may hold whatever it likes: the work on it is bounded, and the worst of it comes first."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import boto3
import pytest

from tests.aws.pipeline import Faults
from tests.aws.world import (
    CREATED,
    DELETED_TWO,
    PLENTY_OF_TIME,
    RULES,
    World,
    a_rule,
    batch,
    created,
    happened,
)
from trailwarden import catalog
from trailwarden.aws import assembly
from trailwarden.aws.envelopes import LogObject, opened, rest_of
from trailwarden.cloudtrail.samples import denied, iam_user, record
from trailwarden.cloudtrail.values import Record
from trailwarden.detection.first_seen import first_use
from trailwarden.detection.grouping import by_actor
from trailwarden.handlers import detect
from trailwarden.rules.trailwarden.log_file_flooded import RULE as FLOODED

QUEUE = "arn:aws:sqs:us-east-1:123456789012:logs"
MOST_CALLS = 300
STOPPED = record("cloudtrail:StopLogging", iam_user("mallory"), minute=4)
ACTIONS = ("s3:GetBucketPolicy", "ec2:DescribeVolumes", "sqs:GetQueueAttributes", "kms:ListAliases",
           "iam:ListUsers", "iam:ListRoles", "rds:DescribeDBInstances", "s3:ListBuckets",
           "lambda:ListFunctions20150331", "sns:ListTopics", "ecs:ListClusters")  # fmt: skip


@pytest.fixture
def faults(world: World, assembled: Callable[..., None]) -> Iterator[Faults]:  # noqa: ARG001
    faults = Faults()
    yield faults
    faults.stop()


@pytest.fixture
def sent(world: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:  # noqa: ARG001
    """What comes again, in a queue of its own."""
    sqs = boto3.client("sqs")
    url = sqs.create_queue(QueueName="logs")["QueueUrl"]
    found: list[str] = []
    monkeypatch.setattr(
        "trailwarden.aws.work_queue.WorkQueue.leave",
        lambda _, item, _delay: found.append(rest_of(item)),
    )
    yield found
    sqs.delete_queue(QueueUrl=url)


def throttled(*_: object, **__: object) -> None:
    raise TimeoutError("DynamoDB is throttled")


def dynamodb(faults: Faults) -> int:
    calls = sum(call.startswith("dynamodb:") for call in faults.calls)
    faults.calls.clear()
    return calls


def refused(count: int, *, actors: int = 1) -> list[Record]:
    return [
        denied(ACTIONS[n % len(ACTIONS)], iam_user(f"user{n % actors}"), minute=n * 5 / count)
        for n in range(count)
    ]


def from_queue(*bodies: str, receives: int = 1) -> dict[str, Any]:
    made = batch(*bodies)
    for message in made["Records"]:
        message |= {"eventSourceARN": QUEUE, "receiptHandle": f"receipt {message['messageId']}"}
        message["attributes"] = {"ApproximateReceiveCount": str(receives)}
    return made


@pytest.mark.fault(
    "storm",
    "One actor makes ten thousand refused requests",
    "they take few calls, and what matters beside them is told",
)
def test_ten_thousand_refused_calls_of_one_actor_are_few_calls(
    world: World,
    assembled: Callable[..., None],
    faults: Faults,
    figure: Callable[[str, int], None],
) -> None:
    assembled(*catalog.load().rules)
    message = world.upload([*refused(10_000), STOPPED])
    faults.calls.clear()
    assert detect.handler(batch(message), PLENTY_OF_TIME) == {"batchItemFailures": []}
    calls = dynamodb(faults)
    figure("calls of DynamoDB", calls)
    assert calls <= MOST_CALLS / 4
    rules = {str(item["rule_id"]) for item in world.alerts().values()}
    assert {"cloudtrail.logging_stopped", "discovery.access_denied_burst"} <= rules


def test_what_needs_no_counting_is_written_though_counting_fails(
    world: World, faults: Faults, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The stopped trail of a flood is in the table before the first is counted."""
    deletions = [record("iam:DeleteUser", iam_user("eve"), minute=m) for m in range(9)]
    message = world.upload([*deletions, created()])
    monkeypatch.setattr("trailwarden.aws.journal.Journal.read", throttled)
    with pytest.raises(detect.EveryMessageFailedError):
        detect.handler(batch(message), PLENTY_OF_TIME)
    assert {str(item["rule_id"]) for item in world.alerts().values()} == {CREATED.id}
    assert faults.crashes == 0


def test_a_further_event_of_a_group_reads_no_more_than_the_first(
    world: World, assembled: Callable[..., None], faults: Faults
) -> None:
    """On the fast path, where each comes alone: the table holds no more of them, either."""
    assembled(replace(DELETED_TWO))
    for n in range(60):
        event = record("iam:DeleteUser", iam_user("eve"), minute=n / 60)
        detect.handler(batch(happened(event)), PLENTY_OF_TIME)
        calls = dynamodb(faults)
    assert calls <= 4
    pages = [i for i in world.table.scan()["Items"] if str(i["pk"]).startswith("HISTORY#")]
    assert len(pages) <= 4
    [(count, _)] = world.told().values()
    assert count == 60


def test_alerts_beyond_number_are_told_together(world: World, faults: Faults) -> None:
    events = [created(f"user{n}", minute=n / 100) for n in range(400)]
    message = world.upload(events)
    faults.calls.clear()
    detect.handler(batch(message), PLENTY_OF_TIME)
    assert dynamodb(faults) <= MOST_CALLS
    assert len(world.alerts()) <= 80
    told = world.told()
    assert sum(count for count, _ in told.values()) == 400
    detect.handler(batch(message), PLENTY_OF_TIME)
    assert world.told() == told


def test_what_takes_a_call_each_is_written_in_parts(
    world: World, assembled: Callable[..., None], faults: Faults, sent: list[str]
) -> None:
    new = a_rule("new", "iam:CreateUser", correlation=first_use(by_actor))
    assembled(new, *RULES[1:])
    message = world.upload([created(f"user{n}", minute=n / 100) for n in range(280)])
    for body in iter([message]):
        faults.calls.clear()
        detect.handler(from_queue(body), PLENTY_OF_TIME)
    calls = [dynamodb(faults)]
    assert len(sent) == 2
    for body in [*sent]:
        detect.handler(from_queue(body), PLENTY_OF_TIME)
        calls.append(dynamodb(faults))
    assert len(sent) == 2
    assert max(calls) <= MOST_CALLS
    remembered = Counter(str(i["pk"]).split("#")[0] for i in world.table.scan()["Items"])
    assert remembered["HISTORY"] >= 280


@pytest.mark.fault(
    "time",
    "The time of an invocation ends within a file",
    "the rest comes again, and each match counts once",
)
def test_what_is_left_when_time_is_short_comes_again_and_is_told(
    world: World, faults: Faults, sent: list[str]
) -> None:
    """Of a file of many pieces, a message takes as many as it has time for."""
    wide = {"userAgent": "x" * 5_000}
    message = world.upload([created("eve", minute=n / 100, **wide) for n in range(900)])
    times = iter([300_000, 300_000, 300_000, *[20_000] * 9])
    hurried = SimpleNamespace(get_remaining_time_in_millis=lambda: next(times, 20_000))
    detect.handler(from_queue(message), hurried)
    [(first, _)] = world.told().values()
    assert 0 < first < 900
    [rest] = sent
    [item] = opened(rest)
    assert isinstance(item, LogObject)
    assert item.skip == first
    detect.handler(from_queue(rest), PLENTY_OF_TIME)
    [(count, _)] = world.told().values()
    assert count == 900
    assert faults.crashes == 0


def test_without_a_queue_a_file_is_worked_off_at_once(world: World, faults: Faults) -> None:
    message = world.upload([created("eve", minute=n / 100) for n in range(50)])
    short = SimpleNamespace(get_remaining_time_in_millis=lambda: 61_000)
    assert detect.handler(batch(message), short) == {"batchItemFailures": []}
    assert faults.crashes == 0


def test_more_groups_than_are_counted_are_an_alert(
    world: World, faults: Faults, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("trailwarden.detection.gathering.GROUPS_OF_RULE", 5)
    events = [record("iam:DeleteUser", iam_user(f"user{n}"), minute=n / 9) for n in range(9)]
    detect.handler(batch(world.upload(events)), PLENTY_OF_TIME)
    [stored] = world.stored().values()
    assert stored.alert.rule.id == FLOODED.id
    assert stored.alert.details == [f"{DELETED_TWO.id}: 4"]
    assert faults.crashes == 0


def test_a_message_that_came_for_the_third_time_is_worked_alone(
    world: World, faults: Faults, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is done by then is deleted, so that it does not come again with that message."""
    deleted: list[list[str]] = []
    monkeypatch.setattr(
        "trailwarden.aws.work_queue.WorkQueue.let_go",
        lambda _, receipts: deleted.append([*receipts]),
    )
    worked = from_queue(happened(created("a")), happened(created("b")), happened(created("c")))
    worked["Records"][0]["attributes"]["ApproximateReceiveCount"] = "3"
    assert detect.handler(worked, PLENTY_OF_TIME) == {"batchItemFailures": []}
    assert deleted == [["receipt 1", "receipt 2"]]
    assert len(world.alerts()) == 3
    assert faults.crashes == 0


def test_the_queue_takes_the_rest_and_lets_go(faults: Faults) -> None:
    sqs = boto3.client("sqs")
    url = sqs.create_queue(QueueName="logs")["QueueUrl"]
    queue = assembly.queue(QUEUE)
    rest = LogObject("bucket", "key", "version", "time", skip=7, part=1, parts=3)
    queue.leave(rest)
    [message] = sqs.receive_message(QueueUrl=url)["Messages"]
    assert [*opened(message["Body"])] == [rest]
    queue.let_go([message["ReceiptHandle"]])
    sizes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    assert sizes["ApproximateNumberOfMessagesNotVisible"] == "0"
    assert faults.crashes == 0
