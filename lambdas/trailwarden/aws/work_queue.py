"""The queue of messages: takes the rest of a file, and deletes finished messages."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from trailwarden.aws.batches import chunks
from trailwarden.aws.envelopes import rest_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mypy_boto3_sqs import SQSClient

    from trailwarden.aws.envelopes import LogObject

NOW = timedelta()
AT_ONCE = 10
"""How many messages SQS lets go of in one call."""


class WorkQueue:
    """A queue of log files or of events."""

    def __init__(self, sqs: SQSClient, arn: str) -> None:
        account, name = arn.split(":")[4:6]
        self._sqs, self._url = sqs, f"{sqs.meta.endpoint_url}/{account}/{name}"

    def leave(self, item: LogObject, delay: timedelta = NOW) -> None:
        """Have the rest of a log file come again, as a message of its own, at once or later."""
        seconds = int(delay.total_seconds())
        self._sqs.send_message(QueueUrl=self._url, MessageBody=rest_of(item), DelaySeconds=seconds)

    def let_go(self, receipts: Iterable[str]) -> None:
        """Delete messages that are done: what happens to others does not bring them back."""
        for some in chunks(receipts, AT_ONCE):
            entries = [{"Id": str(n), "ReceiptHandle": receipt} for n, receipt in enumerate(some)]
            self._sqs.delete_message_batch(QueueUrl=self._url, Entries=entries)  # type: ignore[arg-type]
