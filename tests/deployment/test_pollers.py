"""The local pollers: what fails comes again, as Lambda's own pollers have it."""

from collections.abc import Callable
from typing import Any

import pytest

from trailwarden.local.queue_poller import failures
from trailwarden.local.sandbox import Answer
from trailwarden.local.stream_poller import StreamPoller

PARTIAL = {"FunctionResponseTypes": ["ReportBatchItemFailures"]}


class Streams:
    """A stream of numbered records, all there from the beginning."""

    def __init__(self, count: int) -> None:
        self._pages = [[change(number) for number in range(count)]]
        self.sent: list[str] = []

    def client(self, _: str) -> "Streams":
        return self

    def describe_stream(self, **_: Any) -> Any:
        return {"StreamDescription": {"Shards": [{"ShardId": "shard"}]}}

    def get_shard_iterator(self, **_: Any) -> Any:
        return {"ShardIterator": "iterator"}

    def get_records(self, **_: Any) -> Any:
        return {"Records": self._pages.pop() if self._pages else [], "NextShardIterator": "next"}

    def get_queue_url(self, **_: Any) -> Any:
        return {"QueueUrl": "unsent"}

    def send_message(self, **message: str) -> None:
        self.sent.append(message["MessageBody"])


class Function:
    """Remembers the batches it gets, and fails for some of the records."""

    def __init__(self, fails: Callable[[str], bool]) -> None:
        self._fails = fails
        self.batches: list[list[str]] = []

    def invoke(self, event: Any) -> Answer:
        numbers = [record["dynamodb"]["SequenceNumber"] for record in event["Records"]]
        self.batches.append(numbers)
        failed = [{"itemIdentifier": number} for number in numbers if self._fails(number)]
        return Answer({"batchItemFailures": failed})


def change(number: int) -> dict[str, Any]:
    keys = {"pk": {"S": f"ALERT#{number}" if number % 2 else f"OTHER#{number}"}}
    return {"eventName": "INSERT", "dynamodb": {"SequenceNumber": str(number), "Keys": keys}}


def mapping(**more: Any) -> dict[str, Any]:
    return {
        **PARTIAL,
        "EventSourceArn": "arn:aws:dynamodb:us-east-1:123456789012:table/state/stream/1",
        "StartingPosition": "TRIM_HORIZON",
        "BatchSize": 10,
        "MaximumRetryAttempts": 2,
        "DestinationConfig": {"OnFailure": {"Destination": "arn:aws:sqs:::unsent"}},
        **more,
    }


def polled(fails: Callable[[str], bool], count: int = 4, **more: Any) -> tuple[Function, Streams]:
    function, streams = Function(fails), Streams(count)
    poller: Any = StreamPoller
    poller(streams, mapping(**more), function, pause=lambda _: None).step()
    return function, streams


@pytest.mark.parametrize(
    ("answer", "told", "again"),
    [
        (Answer(error={"errorType": "Runtime.ExitError"}), PARTIAL, {"a", "b"}),
        (Answer({"batchItemFailures": [{"itemIdentifier": "b"}]}), PARTIAL, {"b"}),
        (Answer({"batchItemFailures": [{"itemIdentifier": "b"}]}), {}, set()),
        (Answer({"batchItemFailures": [{"itemIdentifier": "unknown"}]}), PARTIAL, {"a", "b"}),
        (Answer({"batchItemFailures": []}), PARTIAL, set()),
        (Answer(None), PARTIAL, set()),
    ],
)
def test_what_comes_again(answer: Answer, told: dict[str, Any], again: set[str]) -> None:
    assert failures(answer, ["a", "b"], told) == again


def test_records_that_the_filter_does_not_want_wake_nobody() -> None:
    pattern = '{"dynamodb": {"Keys": {"pk": {"S": [{"prefix": "ALERT#"}]}}}}'
    function, _ = polled(lambda _: False, FilterCriteria={"Filters": [{"Pattern": pattern}]})
    assert function.batches == [["1", "3"]]


def test_a_failure_brings_it_and_what_follows_again() -> None:
    once = iter([True])
    function, streams = polled(lambda number: number == "2" and next(once, False))
    assert function.batches == [["0", "1", "2", "3"], ["2", "3"]]
    assert streams.sent == []


def test_what_fails_again_and_again_is_given_up_and_the_rest_is_not() -> None:
    function, streams = polled(
        lambda number: number == "1", BisectBatchOnFunctionError=True, MaximumRetryAttempts=4
    )
    assert len(streams.sent) == 1
    assert '"startSequenceNumber": "1", "endSequenceNumber": "1"' in streams.sent[0]
    assert ["2", "3"] in function.batches
