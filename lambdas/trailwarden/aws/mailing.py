"""Writes and publishes mails of alerts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from trailwarden.aws.outputs.sender import why
from trailwarden.detection.rule import RAISED
from trailwarden.notify import mail

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mypy_boto3_sns import SNSClient

    from trailwarden.detection.alert import Alert
    from trailwarden.detection.finding import RuleFailure
    from trailwarden.notify.account import AccountNames


_IMPATIENT = Config(connect_timeout=2, read_timeout=4, retries={"total_max_attempts": 2})
"""How long SNS may keep alerts from outputs that need no topic."""


def sns_client() -> SNSClient:
    """Make the client that messages go out by. It waits seconds for an answer."""
    client: Any = boto3.client
    made: SNSClient = client("sns", config=_IMPATIENT)
    return made


def rendered(
    alerts: Sequence[Alert], names: AccountNames, broken: list[RuleFailure], *, update: bool
) -> tuple[str, str]:
    """Return the subject and the text of a mail.

    An alert whose rule's words fail keeps back no other: a stand-in tells of it, and `broken` gets
    the rule.
    """
    try:
        return _mail_of(alerts, names, update=update)
    except RAISED:  # whatever a local rule holds
        shown = [mail.showable(alert, broken) for alert in alerts]
        return _mail_of(shown, names, update=update)


def publish(sns: SNSClient, topic_arn: str, subject: str, text: str) -> None:
    """Send a mail; in plain ASCII and with a plain subject if SNS refuses this one."""
    try:
        sns.publish(TopicArn=topic_arn, Subject=subject, Message=text)
    except ClientError as error:
        if not why(error).startswith("InvalidParameter"):
            raise
        plain = text.encode("ascii", "replace").decode()
        sns.publish(TopicArn=topic_arn, Subject=mail.FALLBACK_SUBJECT, Message=plain)


def _mail_of(alerts: Sequence[Alert], names: AccountNames, *, update: bool) -> tuple[str, str]:
    if len(alerts) > 1:
        return mail.digest_subject(alerts, names), mail.digest_body(alerts, names)
    return mail.subject(alerts[0], names, update=update), mail.body(alerts[0], names)
