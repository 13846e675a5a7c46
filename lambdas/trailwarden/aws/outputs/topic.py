"""Sends alerts over the topic of an output, ten at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from trailwarden.aws.clock import now
from trailwarden.aws.outputs.sender import Load, Outcome, batches, outcome, why
from trailwarden.notify import mail
from trailwarden.notify.output import MAX_MESSAGE, is_brief, message, output

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mypy_boto3_sns import SNSClient
    from mypy_boto3_sns.type_defs import PublishBatchRequestEntryTypeDef as Entry

    from trailwarden.detection.alert import Alert

MOST_OF_A_BATCH = 10
"""How many messages SNS takes at once."""

_OF_ONE = ("BatchRequestTooLong", "Invalid", "ParameterValueInvalid", "Validation")
"""How the codes begin with which SNS refuses a batch for one of its messages."""


class Topic:
    """The topic of one output."""

    def __init__(self, sns: SNSClient, name: str, topic_arn: str) -> None:
        """Take the name of the output; raises UnknownOutputError."""
        self.name, self.brief = name, is_brief(name)
        self._sns, self._topic, self._output = sns, topic_arn, output(name)

    def send(self, load: Load) -> Outcome:
        """Send each alert by itself."""
        entries = (self._entry(stored.alert, load) for stored in load.due)  # a storm is large
        refused: dict[str, str] = {}
        over = ""
        for some in batches(entries, _length, most=MOST_OF_A_BATCH, longest=MAX_MESSAGE):
            try:
                refused |= _all(some, over) if over else self._publish(some)
            except (BotoCoreError, ClientError) as error:  # nor would it take the next
                over = why(error)
                refused |= _all(some, over)
        return outcome(self.name, load.due, refused)

    def _publish(self, entries: Sequence[Entry]) -> dict[str, str]:
        """Send a batch; return why entries did not go out, by their ids.

        Where SNS refuses the batch as a whole for one of its messages, each is sent alone. Raises
        errors that are no fault of the batch.
        """
        try:
            answer = self._sns.publish_batch(
                TopicArn=self._topic, PublishBatchRequestEntries=list(entries)
            )
        except ClientError as error:
            if not why(error).startswith(_OF_ONE):
                raise
            if len(entries) == 1:
                return _all(entries, why(error))
            alone = [self._publish([entry]) for entry in entries]
            return {id_: said for refused in alone for id_, said in refused.items()}
        return {refused["Id"]: refused["Code"] for refused in answer.get("Failed", [])}

    def _entry(self, alert: Alert, load: Load) -> Entry:
        attributes = {
            "severity": alert.severity.label,
            "rule_id": alert.rule.id,
            "account_id": mail.account(alert) or "unknown",
        }
        return {
            "Id": alert.alert_id,
            "Message": message(self._output, alert, load.names, load.broken, now()),
            "MessageAttributes": {
                name: {"DataType": "String", "StringValue": value}
                for name, value in attributes.items()
            },
        }


def _all(entries: Sequence[Entry], said: str) -> dict[str, str]:
    """Return that no entry went out, by their ids."""
    return {entry["Id"]: said for entry in entries}


def _length(entry: Entry) -> int:
    return len(entry["Message"].encode())
