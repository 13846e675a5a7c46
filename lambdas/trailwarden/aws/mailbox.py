"""Knows when the last mails went out, so that people get few."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from trailwarden.aws.clock import now, pause
from trailwarden.detection.severity import Severity
from trailwarden.notify import schedule
from trailwarden.notify.schedule import SentMail

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mypy_boto3_dynamodb.service_resource import Table

PEOPLE = "people"
"""Those who get every alert."""

AHEAD = timedelta(minutes=1)
"""How far ahead the clock of another function may be. A later mail was never sent."""


@dataclass(frozen=True)
class _Box:
    """What the table knows of the mails that went out."""

    mails: Sequence[SentMail]
    digest: datetime | None
    version: Any
    """How often that was written, or anything that somebody else put there; None for nothing."""

    @property
    def next_version(self) -> int:
        """The version of the next writing."""
        text = str(self.version)
        return int(text) + 1 if text.isascii() and text.isdigit() else 1

    @property
    def times(self) -> list[datetime]:
        """When mails went out."""
        return [mail.at for mail in self.mails] + ([self.digest] if self.digest else [])


class Mailbox:
    """Knows when the last mails went out."""

    def __init__(self, table: Table, whom: str = PEOPLE) -> None:
        """Take the table, and who gets the mails."""
        self._table, self._key = table, {"pk": f"MAIL#{whom}", "sk": "M"}
        self._refused = table.meta.client.exceptions.ConditionalCheckFailedException

    def take(self, worst: Severity, rule_id: str) -> bool:
        """Say whether a mail may go out at once, and count it as gone.

        `worst` is the severity of its worst alert, and `rule_id` is that alert's rule.
        """
        box = self._read()
        if not schedule.may_mail(box.mails, worst, rule_id, now()):
            return False
        recent = schedule.recent(box.mails, now())
        self._keep_pace(box)
        return self._put(replace(box, mails=[*recent, SentMail(now(), worst, rule_id)]))

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
        """Return the known mails. A text that somebody else wrote there keeps none back."""
        item: dict[str, Any] = self._table.get_item(Key=self._key, ConsistentRead=True).get(
            "Item", {}
        )
        told, moment = item.get("mails"), now() + AHEAD
        mails = [mail for text in told if (mail := _parse(text))] if isinstance(told, list) else []
        digest = _time(item.get("digest"))
        return _Box(
            mails=[mail for mail in mails if mail.at <= moment],
            digest=digest if digest and digest <= moment else None,
            version=item.get("version"),
        )

    def _put(self, box: _Box) -> bool:
        """Write down when mails went out; say whether nobody else did so just now."""
        try:
            self._table.update_item(
                Key=self._key,
                UpdateExpression="SET mails = :mails, digest = :digest, version = :next",
                ConditionExpression="attribute_not_exists(version) OR version = :version",
                ExpressionAttributeValues={
                    ":mails": [_text(mail) for mail in box.mails],
                    ":digest": box.digest.isoformat() if box.digest else "",
                    ":version": box.version,
                    ":next": box.next_version,
                },
            )
        except self._refused:
            return False
        return True


def _text(mail: SentMail) -> str:
    return f"{mail.at.isoformat()} {int(mail.worst)} {mail.rule_id}"


def _parse(text: object) -> SentMail | None:
    """Return a mail as `_text` writes it; None for anything else."""
    at, _, rest = str(text).partition(" ")
    worst, _, rule_id = rest.partition(" ")
    time = _time(at)
    known = worst in {str(int(severity)) for severity in Severity}
    return SentMail(time, Severity(int(worst)), rule_id) if time and known else None


def _time(text: object) -> datetime | None:
    """Return a time with its zone; None for anything else."""
    try:
        time = datetime.fromisoformat(str(text))
    except ValueError:
        return None
    return time if time.tzinfo else None
