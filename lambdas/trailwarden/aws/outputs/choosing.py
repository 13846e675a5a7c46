"""Makes the senders of a deployment's outputs, by how each goes out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config

from trailwarden.aws.outputs.bus import Bus
from trailwarden.aws.outputs.http import Http
from trailwarden.aws.outputs.mails import Mails
from trailwarden.aws.outputs.secrets import Secrets
from trailwarden.aws.outputs.security_hub import SecurityHub
from trailwarden.aws.outputs.topic import Topic
from trailwarden.aws.outputs.webhook import Webhook
from trailwarden.notify.channel import Channel
from trailwarden.notify.output import channel

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from trailwarden.aws.mailbox import Mailbox
    from trailwarden.aws.outputs.sender import Sender

_IMPATIENT = Config(connect_timeout=3, read_timeout=8, retries={"total_max_attempts": 2})
"""How long an output may keep others waiting: with all of them down, dispatch has time to end."""


def senders(arns: Mapping[str, str], mailbox: Callable[[str], Mailbox]) -> Sequence[Sender]:
    """Return a sender for each output, by the ARN of its place; raises UnknownOutputError.

    `mailbox` makes what knows when an address got mails.
    """
    secrets = Secrets(lambda region: _client("secretsmanager", region_name=region))
    return [
        Mails(boto3.client("sns"), mailbox(name), name, arn)
        if channel(name) is Channel.MAIL
        else _sender(name, arn, secrets)
        for name, arn in arns.items()
    ]


def _client(service: str, **more: str) -> Any:
    client: Any = boto3.client
    return client(service, config=_IMPATIENT, **more)


def _sender(name: str, arn: str, secrets: Secrets) -> Sender:
    match channel(name):
        case Channel.BUS:
            return Bus(_client("events"), name, arn)
        case Channel.SECURITY_HUB:
            return SecurityHub(_client("securityhub"), name, arn)
        case Channel.WEBHOOK:
            return Webhook(secrets, Http(), name, arn)
        case _:
            return Topic(boto3.client("sns"), name, arn)
