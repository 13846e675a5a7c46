"""Tells people and machines of alerts: at least once, and never so often that nobody reads.

Amazon SNS suspends an e-mail subscription that gets more than ten messages a second, and people
stop reading long before. So two mails may go out in two minutes: the worst alert, and one mail for
all others at hand. What comes beyond waits until it is quiet, and comes as one digest.

An alert belongs to the dispatcher while it is young, and to the sweep from then on. So the two
never send the same, and what is left of a storm does not come in twos while it is worked off.
"""

from __future__ import annotations

from dataclasses import replace
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
    from trailwarden.finding import Alert

MAILS = 2
"""How many mails may go out within `PERIOD`, digests of the sweep aside."""

PERIOD = timedelta(minutes=2)
PACE = timedelta(seconds=1)
"""How far apart mails are at the least."""

YOUNG = timedelta(seconds=45)
"""How long the dispatcher sends a mail of an alert. Less than `QUIET`, for clocks differ."""

QUIET = timedelta(minutes=1)
"""A digest waits until nothing new came for so long ..."""

PATIENCE = timedelta(minutes=10)
"""... but never longer than this."""

DIGESTS_APART = timedelta(minutes=4)
"""How long a sweep may take: a second one that is started meanwhile sends no digest."""

MAX_MESSAGE = 200_000
"""How many characters a message for machines may have: SNS takes 256 KB with its attributes."""

_KEY = {"pk": "MAIL#people", "sk": "M"}


class Mailbox:
    """Knows when the last mails went out."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self._refused = table.meta.client.exceptions.ConditionalCheckFailedException

    def take(self, *, digest: bool = False) -> bool:
        """Say whether one more mail may go out, and count it as gone."""
        item = self._table.get_item(Key=_KEY, ConsistentRead=True).get("Item", {})
        mails, digests = _times(item.get("mails")), _times(item.get("digests"))
        moment = now()
        recent = [at for at in mails if moment - at < PERIOD]
        of_late = [at for at in digests if moment - at < DIGESTS_APART]
        is_full = bool(of_late) if digest else len(recent) >= MAILS
        if is_full:
            return False
        if any(moment - at < PACE for at in [*recent, *of_late]):
            pause(PACE.total_seconds())
        (of_late if digest else recent).append(now())
        return self._put(recent, of_late, int(str(item.get("version", 0))))

    def _put(self, mails: list[datetime], digests: list[datetime], version: int) -> bool:
        """Write down when mails went out; say whether nobody else did so just now."""
        try:
            self._table.update_item(
                Key=_KEY,
                UpdateExpression="SET mails = :mails, digests = :digests, version = :next",
                ConditionExpression="attribute_not_exists(pk) OR version = :version",
                ExpressionAttributeValues={
                    ":mails": [at.isoformat() for at in mails],
                    ":digests": [at.isoformat() for at in digests],
                    ":version": version,
                    ":next": version + 1,
                },
            )
        except self._refused:
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
        moment = now()
        young = [stored for stored in due if _is_for_dispatch(stored, moment)]
        sent = 0
        for some in (young[:1], young[1:]):
            if some and self._mailbox.take():
                sent += self._mail([stored for stored in some if self._outbox.lease(stored)])
        return sent

    def sweep(self) -> Swept:
        """Tell of all that the dispatcher left behind in one mail, when it is quiet."""
        moment = now()
        due = [stored for stored in self._outbox.pending() if stored.is_due]
        left = [stored for stored in due if _age(stored, moment) >= QUIET]
        oldest = max((_age(stored, moment) for stored in due), default=timedelta())
        self._tell_machines(left)
        may_go = left and (len(left) == len(due) or oldest >= PATIENCE)
        sent = self._mail(left) if may_go and self._mailbox.take(digest=True) else 0
        return Swept(sent, int(oldest.total_seconds()))

    def _tell_machines(self, due: Sequence[Stored]) -> None:
        for stored in due:
            if stored.is_due_to_machines:
                alert = stored.alert
                attributes = {
                    "severity": alert.severity.label,
                    "rule_id": alert.rule.id,
                    "account_id": mail.account(alert) or "unknown",
                }
                self._sns.publish(
                    TopicArn=self._machines,
                    Message=_line(alert),
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
        """Send a mail; in plain ASCII and with a plain subject if SNS refuses this one."""
        try:
            self._sns.publish(TopicArn=self._people, Subject=subject, Message=text)
        except ClientError as error:
            if not error.response.get("Error", {}).get("Code", "").startswith("InvalidParameter"):
                raise
            plain = text.encode("ascii", "replace").decode()
            self._sns.publish(TopicArn=self._people, Subject=mail.FALLBACK_SUBJECT, Message=plain)


def _is_for_dispatch(stored: Stored, moment: datetime) -> bool:
    """Say whether the dispatcher may mail an alert: it is young, and nobody is sending it."""
    return stored.leased_until < moment.isoformat() and _age(stored, moment) < YOUNG


def _age(stored: Stored, moment: datetime) -> timedelta:
    """Return how long an alert has been pending."""
    return moment - (stored.pending_since or moment)


def _line(alert: Alert) -> str:
    """Return an alert for machines; with its first event alone where all are too long for SNS."""
    line = json.line(alert)
    if len(line) <= MAX_MESSAGE:
        return line
    return json.line(replace(alert, observations=alert.observations[:1], matches=alert.count))


def _times(value: object) -> list[datetime]:
    return [datetime.fromisoformat(str(at)) for at in value] if isinstance(value, list) else []
