"""Sends alerts to machines: over the topic of each output, ten at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from botocore.exceptions import BotoCoreError, ClientError

from trailwarden.notify import mail
from trailwarden.notify.output import MAX_MESSAGE, message, output

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mypy_boto3_sns import SNSClient
    from mypy_boto3_sns.type_defs import PublishBatchRequestEntryTypeDef as Entry

    from trailwarden.aws.alert_item import Stored
    from trailwarden.detection.alert import Alert
    from trailwarden.detection.finding import RuleFailure
    from trailwarden.notify.account import AccountNames

MOST_OF_A_BATCH = 10
"""How many messages SNS takes at once."""

_OF_ONE = ("BatchRequestTooLong", "Invalid", "ParameterValueInvalid", "Validation")
"""How the codes begin with which SNS refuses a batch for one of its messages."""


class Failed(NamedTuple):
    """An alert that did not go out, over which topic, and why."""

    alert_id: str
    where: str
    why: str


class Machines:
    """The topic of one output."""

    def __init__(self, sns: SNSClient, name: str, topic_arn: str) -> None:
        """Take the name of the output; raises UnknownOutputError."""
        self.name = name
        self._sns, self._topic, self._output = sns, topic_arn, output(name)

    def send(
        self, due: Sequence[Stored], names: AccountNames, broken: list[RuleFailure]
    ) -> tuple[list[Stored], list[Failed]]:
        """Send each alert by itself; return those that went out, and those that did not.

        Rules whose words make no message come to `broken`.
        """
        sent: list[Stored] = []
        failed: list[Failed] = []
        entries = [(stored, self._entry(stored.alert, names, broken)) for stored in due]
        for some in _batches(entries):
            refused = self._publish([entry for _, entry in some])
            for stored, entry in some:
                if why := refused.get(entry["Id"]):
                    failed.append(Failed(stored.alert.alert_id, self.name, why))
                else:
                    sent.append(stored)
        return sent, failed

    def _publish(self, entries: Sequence[Entry]) -> dict[str, str]:
        """Send a batch; return why entries did not go out, by their ids.

        Where SNS refuses the batch as a whole for one of its messages, each is sent alone.
        """
        try:
            answer = self._sns.publish_batch(
                TopicArn=self._topic, PublishBatchRequestEntries=list(entries)
            )
        except ClientError as error:
            code = error.response.get("Error", {}).get("Code", "")
            if len(entries) == 1 or not code.startswith(_OF_ONE):
                return {entry["Id"]: code or "ClientError" for entry in entries}
            alone = [self._publish([entry]) for entry in entries]
            return {id_: why for refused in alone for id_, why in refused.items()}
        except BotoCoreError as error:
            return {entry["Id"]: type(error).__name__ for entry in entries}
        return {refused["Id"]: refused["Code"] for refused in answer.get("Failed", [])}

    def _entry(self, alert: Alert, names: AccountNames, broken: list[RuleFailure]) -> Entry:
        attributes = {
            "severity": alert.severity.label,
            "rule_id": alert.rule.id,
            "account_id": mail.account(alert) or "unknown",
        }
        return {
            "Id": alert.alert_id,
            "Message": message(self._output, alert, names, broken),
            "MessageAttributes": {
                name: {"DataType": "String", "StringValue": value}
                for name, value in attributes.items()
            },
        }


def _batches(
    entries: Sequence[tuple[Stored, Entry]],
) -> Iterator[Sequence[tuple[Stored, Entry]]]:
    """Yield batches that SNS takes: ten messages at the most, and together not too long."""
    batch: list[tuple[Stored, Entry]] = []
    length = 0
    for stored, entry in entries:
        more = len(entry["Message"].encode())
        if batch and (len(batch) == MOST_OF_A_BATCH or length + more > MAX_MESSAGE):
            yield batch
            batch, length = [], 0
        batch.append((stored, entry))
        length += more
    if batch:
        yield batch
