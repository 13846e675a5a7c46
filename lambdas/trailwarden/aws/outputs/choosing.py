"""Makes the senders of a deployment's outputs, by how each goes out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import boto3

from trailwarden.aws.outputs.bus import Bus
from trailwarden.aws.outputs.topic import Topic
from trailwarden.notify.channel import Channel
from trailwarden.notify.output import channel

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from botocore.config import Config

    from trailwarden.aws.outputs.sender import Sender


def senders(arns: Mapping[str, str], config: Config) -> Sequence[Sender]:
    """Return a sender for each output, with what it goes to; `config` bounds how long each waits.

    Raises UnknownOutputError.
    """
    return [_sender(name, arn, config) for name, arn in arns.items()]


def _sender(name: str, arn: str, config: Config) -> Sender:
    match channel(name):
        case Channel.BUS:
            return Bus(boto3.client("events", config=config), name, arn)
        case _:
            sns: Any = boto3.client("sns")
            return Topic(sns, name, arn)
