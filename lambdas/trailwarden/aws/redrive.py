"""Has a deployment deal again with what failed: dead letters, and the files of a mended rule."""

from __future__ import annotations

import json
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from trailwarden.aws.clock import now
from trailwarden.aws.envelopes import LogObject, rest_of
from trailwarden.aws.operator import (
    DEAD_LETTERS,
    MOVED_BY_SQS,
    QUEUES,
    UNDELIVERED,
    Operator,
    OperatorError,
)
from trailwarden.aws.troubles import Troubles

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from typing import Any

    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sqs.type_defs import MessageTypeDef

_HIDDEN_SECONDS = 120
_BATCH = 10


class Redriven(NamedTuple):
    """What became of one queue of dead letters."""

    queue: str
    waiting: int
    """How many there were, about."""
    outcome: str


class Redrive:
    """What may be dealt with again in one deployment."""

    def __init__(self, operator: Operator) -> None:
        self._operator = operator

    @cached_property
    def _redriver(self) -> SQSClient:
        """The client of the role that may send to the queues: nobody else may."""
        arn = self._operator.output("RedriveRoleArn")
        told = self._operator.session.client("sts").assume_role(
            RoleArn=arn, RoleSessionName="redrive"
        )
        credentials = told["Credentials"]
        return self._operator.session.client(
            "sqs",
            aws_access_key_id=credentials["AccessKeyId"],
            aws_secret_access_key=credentials["SecretAccessKey"],
            aws_session_token=credentials["SessionToken"],
        )

    def letters(self, names: Iterable[str], *, dry_run: bool) -> Iterator[Redriven]:
        """Have dead letters dealt with again, and yield the fate of each queue of them.

        A letter that is dealt with again gives the same alerts as before, and nobody hears of one
        twice.
        """
        for name in names:
            url = self._operator.output(DEAD_LETTERS[name])
            waiting, _ = self._operator.depth(url)
            if not waiting:
                yield Redriven(name, 0, "nothing waits")
            elif dry_run:
                yield Redriven(name, waiting, "would be redriven")
            elif name in MOVED_BY_SQS:
                self._redriver.start_message_move_task(SourceArn=self._arn(url))
                yield Redriven(name, waiting, "SQS is moving them back")
            elif name == UNDELIVERED:
                moved = sum(1 for _ in self._send_again(url))
                yield Redriven(name, waiting, f"{moved:,} were put into the queues")
            else:
                yield Redriven(name, waiting, self._sweep(url))

    def rule(self, rule_id: str, *, dry_run: bool) -> Iterator[LogObject]:
        """Have a rule look again at the log files in which it failed, and yield them.

        It gives the same alerts as before, and people hear of each once. Should it
        fail again, the file is kept again.
        """
        troubles, queue = Troubles(self._operator.table), self._operator.output(QUEUES["logs"])
        begun = now()
        for file in [*troubles.kept(rule_id)]:
            if not dry_run:
                self._redriver.send_message(QueueUrl=queue, MessageBody=rest_of(file))
                troubles.forget(file, begun)
            yield file

    def _arn(self, url: str) -> str:
        told = self._operator.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
        return told["Attributes"]["QueueArn"]

    def _send_again(self, url: str) -> Iterator[str]:
        """Put what EventBridge or SNS could not deliver into the queue it was meant for.

        SQS moves only what its own redrive policy brought. Each message is sent before it is
        deleted: one that is sent twice does no harm.
        """
        targets = {
            self._arn(self._operator.output(o)): self._operator.output(o) for o in QUEUES.values()
        }
        for message in self._received(url):
            self._redriver.send_message(
                QueueUrl=self._target(message, targets), MessageBody=message["Body"]
            )
            self._operator.sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
            yield message["MessageId"]

    def _target(self, message: MessageTypeDef, targets: Mapping[str, str]) -> str:
        """Return the queue that a message was meant for: EventBridge says which."""
        attributes: Mapping[str, Any] = message.get("MessageAttributes", {})
        said = attributes.get("TARGET_ARN", {}).get("StringValue", "")
        is_event = "via CloudTrail" in _detail_type(message["Body"])
        return targets.get(said) or self._operator.output(QUEUES["events" if is_event else "logs"])

    def _received(self, url: str) -> Iterator[MessageTypeDef]:
        """Yield the messages of a queue until none comes; they are hidden from others meanwhile."""
        while True:
            answer = self._operator.sqs.receive_message(
                QueueUrl=url,
                MaxNumberOfMessages=_BATCH,
                MessageAttributeNames=["All"],
                VisibilityTimeout=_HIDDEN_SECONDS,
                WaitTimeSeconds=1,
            )
            if not answer.get("Messages"):
                return
            yield from answer["Messages"]

    def _sweep(self, url: str) -> str:
        """Have the sweep send pending alerts; once there are none, forget the letters that failed.

        These letters are of changes in the table that could not be dispatched. The alerts
        themselves are in the table.
        """
        answer = self._operator.session.client("lambda").invoke(
            FunctionName=self._operator.output("SweepFunctionName"), Payload=b"{}"
        )
        if answer.get("FunctionError"):
            raise OperatorError("the sweep function failed: its log says why")
        if any(stored.is_due for stored in self._operator.outbox.pending()):
            return "the sweep ran, and some alerts still wait: try again in five minutes"
        for message in self._received(url):
            self._operator.sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        return "the sweep ran, and no alert waits any more"


def _detail_type(body: str) -> str:
    try:
        said = json.loads(body)
    except ValueError:
        return ""
    return str(said.get("detail-type", "")) if isinstance(said, dict) else ""
