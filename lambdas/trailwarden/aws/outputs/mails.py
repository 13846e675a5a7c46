"""Mails to one address the alerts that its routes send, in as few mails as everybody gets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from trailwarden.aws.mailing import publish, rendered
from trailwarden.aws.outputs.sender import Load, Outcome, outcome, why
from trailwarden.notify import digest

if TYPE_CHECKING:
    from mypy_boto3_sns import SNSClient

    from trailwarden.aws.mailbox import Mailbox


MOST_INCIDENTS = 20


class Mails:
    """The topic of one address."""

    brief = True
    """People read it: more of the same is no news."""

    def __init__(self, sns: SNSClient, mailbox: Mailbox, name: str, topic_arn: str) -> None:
        """Take the name of the address, and what knows which mails went out to it."""
        self.name = name
        self._sns, self._mailbox, self._topic = sns, mailbox, topic_arn

    def send(self, load: Load) -> Outcome:
        """Send all alerts in one mail; none where a mail went out just now, for they come again."""
        worst = digest.ordered([stored.alert for stored in load.due])[0]
        may_send = load.is_sweep and self._mailbox.take_digest()
        if not may_send and not self._mailbox.take(worst.severity, worst.rule.id):
            return Outcome([], [])
        is_update = self.name in load.due[0].machines_told
        alerts = [stored.alert for stored in load.due]
        subject, text = rendered(alerts, load.names, load.broken, update=is_update)
        try:
            publish(self._sns, self._topic, subject, text + _incidents(load))
        except (BotoCoreError, ClientError) as error:
            refused = dict.fromkeys((alert.alert_id for alert in alerts), why(error))
            return outcome(self.name, load.due, refused)
        return outcome(self.name, load.due, {})


def _incidents(load: Load) -> str:
    """Return the incidents of alerts that belong to others; nothing where there are none."""
    known = (load.incidents.get(stored.alert.alert_id) for stored in load.due)
    ids = dict.fromkeys(one.id for one in known if one and len(one.alerts) > 1)
    told = [f"  trailwarden incidents show {id_}" for id_ in list(ids)[:MOST_INCIDENTS]]
    return "\n".join(["", "", "  Other alerts belong to these:", *told]) if told else ""
