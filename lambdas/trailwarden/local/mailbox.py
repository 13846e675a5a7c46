"""Reads what SNS sends to a topic: the mails of people, or the JSON for machines."""

import json
import time
from datetime import UTC, datetime
from typing import Any, NamedTuple

from trailwarden.local.cloud import Cloud

MOST_MESSAGES = 10


class Mail(NamedTuple):
    """What came from a topic."""

    subject: str
    text: str
    attributes: dict[str, str]
    arrived: datetime

    def __str__(self) -> str:
        return f"Subject: {self.subject}\n\n{self.text}"


class Mailbox:
    """A subscription to one topic. A message that was read is gone."""

    def __init__(self, cloud: Cloud, topic_arn: str) -> None:
        self._sqs = cloud.client("sqs")
        name = f"mailbox-{topic_arn.rpartition(':')[2]}"
        self._url = self._sqs.create_queue(QueueName=name)["QueueUrl"]
        attributes = self._sqs.get_queue_attributes(QueueUrl=self._url, AttributeNames=["QueueArn"])
        cloud.client("sns").subscribe(
            TopicArn=topic_arn, Protocol="sqs", Endpoint=attributes["Attributes"]["QueueArn"]
        )

    def read(self, *, wait: int = 0) -> list[Mail]:
        """Return what has arrived; wait up to so many seconds for the first."""
        received = self._sqs.receive_message(
            QueueUrl=self._url, MaxNumberOfMessages=MOST_MESSAGES, WaitTimeSeconds=wait
        ).get("Messages", [])
        for message in received:
            self._sqs.delete_message(QueueUrl=self._url, ReceiptHandle=message["ReceiptHandle"])
        return [_opened(json.loads(message["Body"])) for message in received]

    def read_all(self) -> list[Mail]:
        """Return everything that has arrived."""
        mails: list[Mail] = []
        while some := self.read():
            mails += some
        return mails

    def expect(self, *, seconds: float) -> list[Mail]:
        """Return what arrives; nothing if nothing does in so many seconds."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            if some := self.read(wait=1):
                return some
        return []


def _opened(envelope: dict[str, Any]) -> Mail:
    attributes = envelope.get("MessageAttributes", {})
    return Mail(
        subject=envelope.get("Subject", ""),
        text=envelope["Message"],
        attributes={name: attribute["Value"] for name, attribute in attributes.items()},
        arrived=datetime.now(UTC),
    )
