"""Plays Lambda's poller of a queue: hands over messages in batches, deletes finished ones.

https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
"""

from collections.abc import Sequence
from typing import Any

from trailwarden.local.cloud import REGION, Cloud
from trailwarden.local.function import Function
from trailwarden.local.sandbox import Answer

WAIT_SECONDS = 1
RETRY_SECONDS = 5
"""When a message that failed comes again. In AWS it is hidden for the queue's half an hour."""

MOST_MESSAGES = 10
"""How many messages SQS gives at once."""

Mapping = dict[str, Any]
Batch = Sequence[dict[str, Any]]


class QueuePoller:
    """Takes messages from a queue, and deletes those that the function has done."""

    def __init__(self, cloud: Cloud, mapping: Mapping, function: Function) -> None:
        self._sqs = cloud.client("sqs")
        self._mapping, self._function = mapping, function
        name = mapping["EventSourceArn"].rpartition(":")[2]
        self._url = self._sqs.get_queue_url(QueueName=name)["QueueUrl"]

    def step(self) -> None:
        """Deal with one batch, if there is one soon."""
        received = self._sqs.receive_message(
            QueueUrl=self._url,
            MaxNumberOfMessages=min(self._mapping["BatchSize"], MOST_MESSAGES),
            WaitTimeSeconds=WAIT_SECONDS,
            AttributeNames=["All"],
            MessageAttributeNames=["All"],
        )
        if messages := received.get("Messages", []):
            records = [_record(message, self._mapping["EventSourceArn"]) for message in messages]
            answer = self._function.invoke({"Records": records})
            failed = failures(answer, [m["MessageId"] for m in messages], self._mapping)
            self._settle(messages, failed)

    def _settle(self, messages: Batch, failed: set[str]) -> None:
        for message in messages:
            handle = {"QueueUrl": self._url, "ReceiptHandle": message["ReceiptHandle"]}
            if message["MessageId"] in failed:
                self._sqs.change_message_visibility(**handle, VisibilityTimeout=RETRY_SECONDS)
            else:
                self._sqs.delete_message(**handle)


def _record(message: dict[str, Any], queue_arn: str) -> dict[str, Any]:
    """Return a message as Lambda hands it to a function."""
    return {
        "messageId": message["MessageId"],
        "receiptHandle": message["ReceiptHandle"],
        "body": message["Body"],
        "attributes": message["Attributes"],
        "messageAttributes": {},
        "md5OfBody": message["MD5OfBody"],
        "eventSource": "aws:sqs",
        "eventSourceARN": queue_arn,
        "awsRegion": REGION,
    }


def failures(answer: Answer, identifiers: Sequence[str], mapping: Mapping) -> set[str]:
    """Return the records of a batch that are to come again; all of them after an error."""
    everything = set(identifiers)
    if answer.error:
        return everything
    if "ReportBatchItemFailures" not in mapping.get("FunctionResponseTypes", ()):
        return set()
    told = {item["itemIdentifier"] for item in (answer.result or {}).get("batchItemFailures", ())}
    return told if everything.issuperset(told) else everything
