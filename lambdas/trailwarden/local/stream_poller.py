"""Plays Lambda's poller of a table's stream: in order, one batch after the other.

https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-batchfailurereporting.html
"""

import base64
import json
import time
from collections.abc import Callable
from datetime import datetime
from typing import Any

from trailwarden.detection.pattern import matches
from trailwarden.local.cloud import Cloud
from trailwarden.local.function import Function
from trailwarden.local.queue_poller import RETRY_SECONDS, Batch, Mapping, failures

IDLE_SECONDS = 0.2


class StreamPoller:
    """Follows the stream of a table, in its order; what fails is halved, tried again, given up."""

    def __init__(
        self,
        cloud: Cloud,
        mapping: Mapping,
        function: Function,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self._pause = pause
        self._streams, self._sqs = cloud.client("dynamodbstreams"), cloud.client("sqs")
        self._mapping, self._function = mapping, function
        arn = mapping["EventSourceArn"]
        (shard,) = self._streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"]
        self._iterator = self._streams.get_shard_iterator(
            StreamArn=arn, ShardId=shard["ShardId"], ShardIteratorType=mapping["StartingPosition"]
        )["ShardIterator"]
        filters = mapping.get("FilterCriteria", {}).get("Filters", [])
        self._patterns = [json.loads(one["Pattern"]) for one in filters]

    def step(self) -> None:
        """Deal with new records."""
        page = self._streams.get_records(ShardIterator=self._iterator)
        records = [_change(record, self._mapping["EventSourceArn"]) for record in page["Records"]]
        wanted = [record for record in records if self._wants(record)]
        size = self._mapping["BatchSize"]
        for start in range(0, len(wanted), size):
            self._deal_with(wanted[start : start + size])
        self._iterator = page["NextShardIterator"]
        if not records:
            self._pause(IDLE_SECONDS)

    def _wants(self, record: dict[str, Any]) -> bool:
        return not self._patterns or any(matches(pattern, record) for pattern in self._patterns)

    def _deal_with(self, batch: Batch, attempt: int = 0) -> None:
        """Hand a batch over; what fails of it again and again goes where the mapping says."""
        while batch:
            answer = self._function.invoke({"Records": batch})
            numbers = [record["dynamodb"]["SequenceNumber"] for record in batch]
            failed = failures(answer, numbers, self._mapping)
            if not failed:
                return
            batch = batch[min(numbers.index(number) for number in failed) :]
            if attempt >= self._mapping["MaximumRetryAttempts"]:
                self._give_up(batch)
                return
            attempt += 1
            self._pause(min(attempt, RETRY_SECONDS))
            if self._mapping.get("BisectBatchOnFunctionError") and len(batch) > 1:
                self._deal_with(batch[: len(batch) // 2], attempt)
                batch = batch[len(batch) // 2 :]

    def _give_up(self, batch: Batch) -> None:
        destination = self._mapping["DestinationConfig"]["OnFailure"]["Destination"]
        url = self._sqs.get_queue_url(QueueName=destination.rpartition(":")[2])["QueueUrl"]
        told = {
            "requestContext": {"condition": "RetryAttemptsExhausted"},
            "DDBStreamBatchInfo": {
                "streamArn": self._mapping["EventSourceArn"],
                "startSequenceNumber": batch[0]["dynamodb"]["SequenceNumber"],
                "endSequenceNumber": batch[-1]["dynamodb"]["SequenceNumber"],
                "batchSize": len(batch),
            },
        }
        self._sqs.send_message(QueueUrl=url, MessageBody=json.dumps(told))


def _change(record: dict[str, Any], stream_arn: str) -> dict[str, Any]:
    """Return a stream record as Lambda hands it to a function."""
    told = json.dumps(record | {"eventSourceARN": stream_arn}, default=_as_json)
    changed: dict[str, Any] = json.loads(told)
    return changed


def _as_json(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.timestamp()
    return base64.b64encode(value).decode()
