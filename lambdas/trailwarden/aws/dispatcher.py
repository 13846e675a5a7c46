"""Tells people and machines of alerts: at least once, when `notify.schedule` says so."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

from botocore.exceptions import ClientError

from trailwarden.aws.clock import now, pause
from trailwarden.detection.rule import Severity
from trailwarden.notify import json, mail, schedule
from trailwarden.notify.account import NAMELESS
from trailwarden.notify.schedule import SentMail

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from mypy_boto3_dynamodb.service_resource import Table
    from mypy_boto3_sns import SNSClient

    from trailwarden.aws.outbox import Outbox, Stored
    from trailwarden.detection.alert import Alert
    from trailwarden.notify.account import AccountNames

MAX_MESSAGE = 200_000
"""How many characters a message for machines may have: SNS takes 256 KB with its attributes."""

_KEY = {"pk": "MAIL#people", "sk": "M"}


@dataclass(frozen=True)
class _Box:
    """What the table knows of the mails that went out."""

    mails: Sequence[SentMail]
    digest: datetime | None
    version: int

    @property
    def times(self) -> list[datetime]:
        """When mails went out."""
        return [mail.at for mail in self.mails] + ([self.digest] if self.digest else [])


class Mailbox:
    """Knows when the last mails went out."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self._refused = table.meta.client.exceptions.ConditionalCheckFailedException

    def take(self, worst: Severity) -> bool:
        """Say whether a mail may go out at once, and count it as gone."""
        box = self._read()
        if not schedule.may_mail(box.mails, worst, now()):
            return False
        recent = schedule.recent(box.mails, now())
        self._keep_pace(box)
        return self._put(replace(box, mails=[*recent, SentMail(now(), worst)]))

    def take_digest(self) -> bool:
        """Say whether a digest may go out, and count it as gone."""
        box = self._read()
        if not schedule.may_digest(box.digest, now()):
            return False
        self._keep_pace(box)
        return self._put(replace(box, digest=now()))

    def _keep_pace(self, box: _Box) -> None:
        if wait := schedule.pause_before(box.times, now()):
            pause(wait.total_seconds())

    def _read(self) -> _Box:
        item = self._table.get_item(Key=_KEY, ConsistentRead=True).get("Item", {})
        mails = item.get("mails", [])
        digest = str(item.get("digest") or "")
        return _Box(
            mails=[_parse(str(mail)) for mail in mails] if isinstance(mails, list) else [],
            digest=datetime.fromisoformat(digest) if digest else None,
            version=int(str(item.get("version", 0))),
        )

    def _put(self, box: _Box) -> bool:
        """Write down when mails went out; say whether nobody else did so just now."""
        try:
            self._table.update_item(
                Key=_KEY,
                UpdateExpression="SET mails = :mails, digest = :digest, version = :next",
                ConditionExpression="attribute_not_exists(pk) OR version = :version",
                ExpressionAttributeValues={
                    ":mails": [f"{mail.at.isoformat()} {int(mail.worst)}" for mail in box.mails],
                    ":digest": box.digest.isoformat() if box.digest else "",
                    ":version": box.version,
                    ":next": box.version + 1,
                },
            )
        except self._refused:
            return False
        return True


def _parse(text: str) -> SentMail:
    at, _, worst = text.partition(" ")
    return SentMail(datetime.fromisoformat(at), Severity(int(worst)))


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
        account_names: Callable[[], AccountNames] = lambda: NAMELESS,
    ) -> None:
        self._outbox, self._mailbox, self._sns = outbox, mailbox, sns
        self._account_names = account_names
        self._people, self._machines = people_topic_arn, machines_topic_arn

    def dispatch(self, alert_ids: Iterable[str]) -> int:
        """Tell of those alerts that are due, as far as mails may go out; return how many were."""
        found = [self._outbox.get(alert_id) for alert_id in dict.fromkeys(alert_ids)]
        due = [stored for stored in found if stored and stored.pending_since and stored.is_due]
        due.sort(key=lambda s: (-s.alert.severity, s.alert.first_seen, s.alert.alert_id))
        self._tell_machines(due)
        moment = now()
        young = [stored for stored in due if _is_for_dispatch(stored, moment)]
        if not young or not self._mailbox.take(young[0].alert.severity):
            return 0
        return self._mail([stored for stored in young if self._outbox.lease(stored)])

    def sweep(self) -> Swept:
        """Tell of all that the dispatcher left behind in one mail, when it is quiet."""
        moment = now()
        due = [stored for stored in self._outbox.pending() if stored.is_due]
        ages = [_age(stored, moment) for stored in due]
        left = [s for s, age in zip(due, ages, strict=True) if schedule.is_for_digest(age)]
        self._tell_machines(left)
        may_go = schedule.is_digest_due(ages) and self._mailbox.take_digest()
        sent = self._mail(left) if may_go else 0
        return Swept(sent, int(max(ages, default=timedelta()).total_seconds()))

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
                    Message=_line(alert, self._account_names()),
                    MessageAttributes={
                        name: {"DataType": "String", "StringValue": value}
                        for name, value in attributes.items()
                    },
                )
                self._outbox.mark_published(stored)

    def _mail(self, leased: Sequence[Stored]) -> int:
        if not leased:
            return 0
        alerts, names = [stored.alert for stored in leased], self._account_names()
        if len(leased) == 1:
            subject = mail.subject(alerts[0], names, update=leased[0].is_update)
            self._publish(subject, mail.body(alerts[0], names))
        else:
            self._publish(mail.digest_subject(alerts, names), mail.digest_body(alerts, names))
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
    is_free = stored.leased_until < moment.isoformat()
    return is_free and schedule.is_young(_age(stored, moment))


def _age(stored: Stored, moment: datetime) -> timedelta:
    """Return how long an alert has been pending."""
    return moment - (stored.pending_since or moment)


def _line(alert: Alert, names: AccountNames) -> str:
    """Return an alert for machines; with its first event alone where all are too long for SNS."""
    line = json.line(alert, names)
    if len(line) <= MAX_MESSAGE:
        return line
    first = replace(alert, observations=alert.observations[:1], matches=alert.count)
    return json.line(first, names)
