"""Makes the senders of a deployment's outputs, by how each goes out."""

from __future__ import annotations

from functools import cache, partial
from typing import TYPE_CHECKING, Any

from trailwarden.aws.impatience import IMPATIENT, impatient
from trailwarden.aws.logfiles import client_as
from trailwarden.aws.mailing import sns_client
from trailwarden.aws.outputs.bus import Bus
from trailwarden.aws.outputs.http import Http
from trailwarden.aws.outputs.lake import Lake, Place
from trailwarden.aws.outputs.mails import Mails
from trailwarden.aws.outputs.secrets import Secrets
from trailwarden.aws.outputs.security_hub import SecurityHub
from trailwarden.aws.outputs.topic import Topic
from trailwarden.aws.outputs.webhook import Webhook
from trailwarden.notify.channel import Channel
from trailwarden.notify.output import channel

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from trailwarden.aws.mailbox import Mailbox
    from trailwarden.aws.outputs.sender import Sender
    from trailwarden.contract.settings import Settings

LAKE_SESSION = "trailwarden-sweep"
"""How CloudTrail names who writes into the lake in the account of the role."""


def senders(settings: Settings, mailbox: Callable[[str], Mailbox]) -> Sequence[Sender]:
    """Return a sender for each output of a deployment; raises UnknownOutputError.

    `mailbox` makes what knows when an address got mails. Those that need no topic come first: where
    SNS does not answer, only they tell anybody.
    """
    secrets = Secrets(lambda region: impatient("secretsmanager", region_name=region))
    arns = settings.output_arns
    ordered = sorted(arns, key=lambda name: channel(name) in (Channel.TOPIC, Channel.MAIL))
    return [_sender(name, arns[name], secrets, settings, mailbox) for name in ordered]


def _lake(settings: Settings) -> Any:
    """Return the client that writes into the lake, as the role of its source where there is one."""
    if settings.lake_role_arn:
        return client_as(settings.lake_role_arn, settings.lake_external_id, LAKE_SESSION, IMPATIENT)
    return impatient("s3")


def _sender(
    name: str,
    arn: str,
    secrets: Secrets,
    settings: Settings,
    mailbox: Callable[[str], Mailbox],
) -> Sender:
    match channel(name):
        case Channel.LAKE:
            place = Place(arn, settings.home_region, settings.account_id)
            return Lake(cache(partial(_lake, settings)), name, place)
        case Channel.MAIL:
            return Mails(sns_client(), mailbox(name), name, arn)
        case Channel.BUS:
            return Bus(impatient("events"), name, arn)
        case Channel.SECURITY_HUB:
            return SecurityHub(impatient("securityhub"), name, arn)
        case Channel.WEBHOOK:
            return Webhook(secrets, Http(), name, arn)
        case Channel.TOPIC:
            return Topic(sns_client(), name, arn)
