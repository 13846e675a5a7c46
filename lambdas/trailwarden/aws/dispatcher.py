"""Tells people and machines of alerts: at least once, and never so often that nobody reads.

Amazon SNS suspends an e-mail subscription that gets more than ten messages a second, and people
stop reading long before. So two mails may go out in two minutes: the worst alert, and one mail for
all others at hand. What comes beyond waits until it is quiet, and comes as one digest.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

from botocore.exceptions import ClientError

from trailwarden.aws.state import now, pause
from trailwarden.render import json, mail

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from mypy_boto3_dynamodb.service_resource import Table
    from mypy_boto3_sns import SNSClient

    from trailwarden.aws.outbox import Outbox, Stored

MAILS = 2
"""How many mails may go out within `PERIOD`, digests of the sweep aside."""

PERIOD = timedelta(minutes=2)
PACE = timedelta(seconds=1)
"""How far apart mails are at the least."""

QUIET = timedelta(minutes=1)
"""A digest waits until nothing new came for so long ..."""

PATIENCE = timedelta(minutes=10)
"""... but never longer than this."""

_KEY = {"pk": "MAIL#people", "sk": "M"}


class Mailbox:
    """Knows when the last mails went out."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self._refused = table.meta.client.exceptions.ConditionalCheckFailedException

    def take(self, *, limit: int) -> bool:
        """Say whether one more mail may go out, and count it as gone."""
        item = self._table.get_item(Key=_KEY, ConsistentRead=True).get("Item", {})
        times = [datetime.fromisoformat(str(at)) for at in _texts(item.get("sent", []))]
        moment = now()
        recent = [at for at in times if moment - at < PERIOD]
        if len(recent) >= limit:
            return False
        if recent and moment - max(recent) < PACE:
            pause(PACE.total_seconds())
        version = int(str(item.get("version", 0)))
        try:
            self._table.put_item(
                Item={
                    **_KEY,
                    "sent": [at.isoformat() for at in [*recent, now()]],
                    "version": version + 1,
                },
                ConditionExpression="attribute_not_exists(pk) OR version = :version",
                ExpressionAttributeValues={":version": version},
            )
        except self._refused:  # somebody else sends just now
            return False
        return True


class Swept(NamedTuple):
    """What became of what was pending."""

    sent: int
    oldest_seconds: int
    """How long the oldest had been pending."""


class Dispatcher:
    """Sends what is pending in the outbox."""

    def __init__(
        self,
        outbox: Outbox,
        mailbox: Mailbox,
        sns: SNSClient,
        *,
        people_topic_arn: str,
        machines_topic_arn: str,
    ) -> None:
        self._outbox, self._mailbox, self._sns = outbox, mailbox, sns
        self._people, self._machines = people_topic_arn, machines_topic_arn

    def dispatch(self, alert_ids: Iterable[str]) -> int:
        """Tell of those alerts that are due, as far as mails may go out; return how many were."""
        found = [self._outbox.get(alert_id) for alert_id in dict.fromkeys(alert_ids)]
        due = [stored for stored in found if stored and stored.pending_since and stored.is_due]
        due.sort(key=lambda s: (-s.alert.severity, s.alert.first_seen, s.alert.alert_id))
        self._tell_machines(due)
        sent = 0
        for some in (due[:1], due[1:]):
            if some and self._mailbox.take(limit=MAILS):
                sent += self._mail([stored for stored in some if self._outbox.lease(stored)])
        return sent

    def sweep(self) -> Swept:
        """Tell of all that is pending in one mail, when it is quiet."""
        due = [stored for stored in self._outbox.pending() if stored.is_due]
        self._tell_machines(due)
        waiting = sorted(s.pending_since for s in due if s.pending_since)
        if not waiting:
            return Swept(0, 0)
        oldest, youngest = now() - waiting[0], now() - waiting[-1]
        may_go = youngest >= QUIET or oldest >= PATIENCE
        sent = self._mail(due) if may_go and self._mailbox.take(limit=MAILS + 1) else 0
        return Swept(sent, int(oldest.total_seconds()))

    def _tell_machines(self, due: Sequence[Stored]) -> None:
        for stored in due:
            if stored.is_due_to_machines:
                alert = stored.alert
                attributes = {
                    "severity": alert.severity.label,
                    "rule_id": alert.rule.id,
                    "account_id": alert.first.account_id or "unknown",
                }
                self._sns.publish(
                    TopicArn=self._machines,
                    Message=json.line(alert),
                    MessageAttributes={
                        name: {"DataType": "String", "StringValue": value}
                        for name, value in attributes.items()
                    },
                )
                self._outbox.mark_published(stored)

    def _mail(self, leased: Sequence[Stored]) -> int:
        if not leased:
            return 0
        alerts = [stored.alert for stored in leased]
        if len(leased) == 1:
            subject = mail.subject(alerts[0], update=leased[0].is_update)
            self._publish(subject, mail.body(alerts[0]))
        else:
            self._publish(mail.digest_subject(alerts), mail.digest_body(alerts))
        for stored in leased:
            self._outbox.mark_sent(stored)
        return len(leased)

    def _publish(self, subject: str, text: str) -> None:
        """Send a mail; with a plain subject if SNS refuses this one."""
        try:
            self._sns.publish(TopicArn=self._people, Subject=subject, Message=text)
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") != "InvalidParameter":
                raise
            self._sns.publish(TopicArn=self._people, Subject=mail.FALLBACK_SUBJECT, Message=text)


def _texts(value: object) -> list[str]:
    return [str(item) for item in value] if isinstance(value, list) else []
