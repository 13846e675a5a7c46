"""Reads the secret of a webhook, and refuses an address that is none of the service's.

A secret is the text itself, or a JSON object with the text under a name.
"""

import json
import re
from collections.abc import Sequence
from typing import NamedTuple, Protocol
from urllib.parse import urlsplit

from trailwarden.detection.alert import Alert
from trailwarden.notify.account import AccountNames
from trailwarden.notify.output import Output

HTTPS_PORT = 443
_ADDRESS = re.compile(r"https://[!-~]{1,2000}")
"""Visible ASCII alone: what else an address holds is read differently by different programs."""


class SecretError(ValueError):
    """A secret is not what its output needs; the message holds nothing of it."""


class Post(NamedTuple):
    """A request to a webhook."""

    url: str
    body: str

    def __repr__(self) -> str:
        """Show nothing: the address may be the secret."""
        return "Post(...)"


class Hook(Output, Protocol):
    """What a module has that is an output over a webhook."""

    def post(self, secret: str, message: str) -> Post:
        """Return the request that brings a message; raises SecretError."""


class Summarizing(Hook, Protocol):
    """A hook whose messages people read, so that it has one for many alerts."""

    def summarize(self, alerts: Sequence[Alert], names: AccountNames) -> str:
        """Return one message about many alerts."""


def value(secret: str, name: str) -> str:
    """Return the text of a secret; of a JSON object that which is under `name`."""
    text = secret.strip()
    if not text.startswith("{"):
        return text
    try:
        found = json.loads(text).get(name)
    except ValueError:
        raise SecretError("the secret begins as JSON, and is none") from None
    if not isinstance(found, str):
        raise SecretError(f"the secret has no text under {name}")
    return found.strip()


def address(text: str, hosts: Sequence[str]) -> str:
    """Return an address of HTTPS at one of the hosts; one with a dot first stands for all below it.

    Raises SecretError for any other.
    """
    if not _ADDRESS.fullmatch(text) or "\\" in text:
        raise SecretError("the address is none of HTTPS")
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        raise SecretError("the address cannot be read") from None
    host = (parts.hostname or "").lower()
    known = any(host == one or (one.startswith(".") and host.endswith(one)) for one in hosts)
    if not known or "@" in parts.netloc or port not in (None, HTTPS_PORT):
        raise SecretError("the address is of another host than the service's")
    return text
