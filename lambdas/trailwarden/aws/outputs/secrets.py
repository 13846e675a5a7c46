"""Reads the secrets of outputs, and remembers each for some minutes."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from trailwarden.aws.clock import now
from trailwarden.notify.webhook import SecretError

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

REMEMBERED = timedelta(minutes=5)
"""How long a secret that was changed is still used."""


class Secrets:
    """Secrets Manager, asked in the Region of each secret."""

    def __init__(self, client: Callable[[str], Any]) -> None:
        """Take what makes a client for a Region."""
        self._client = client
        self._known: dict[str, tuple[str, datetime]] = {}

    def read(self, arn: str) -> str:
        """Return a secret; raises SecretError, and the errors of AWS."""
        text, until = self._known.get(arn, ("", now()))
        if now() < until:
            return text
        answer = self._client(arn.split(":")[3]).get_secret_value(SecretId=arn)
        found = answer.get("SecretString")
        if not isinstance(found, str) or not found:
            raise SecretError("the secret is no text")
        self._known[arn] = (found, now() + REMEMBERED)
        return found

    def forget(self, arn: str) -> None:
        """Read a secret again next time: it opened nothing."""
        self._known.pop(arn, None)
