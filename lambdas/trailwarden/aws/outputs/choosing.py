"""Makes the senders of a deployment's outputs, by how each goes out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config

from trailwarden.aws.outputs.bus import Bus
from trailwarden.aws.outputs.security_hub import SecurityHub
from trailwarden.aws.outputs.topic import Topic
from trailwarden.notify.channel import Channel
from trailwarden.notify.output import channel

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from trailwarden.aws.outputs.sender import Sender

_IMPATIENT = Config(connect_timeout=3, read_timeout=10, retries={"total_max_attempts": 3})
"""How long an output may keep those waiting that come after it."""


def senders(arns: Mapping[str, str]) -> Sequence[Sender]:
    """Return a sender for each output, with what it goes to; raises UnknownOutputError."""
    return [_sender(name, arn, _IMPATIENT) for name, arn in arns.items()]


def _sender(name: str, arn: str, config: Config) -> Sender:
    match channel(name):
        case Channel.BUS:
            return Bus(boto3.client("events", config=config), name, arn)
        case Channel.SECURITY_HUB:
            hub: Any = boto3.client("securityhub", config=config)
            return SecurityHub(hub, name, arn)
        case _:
            sns: Any = boto3.client("sns")
            return Topic(sns, name, arn)
