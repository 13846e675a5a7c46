"""Marks what the functions write into the table, so that they know what somebody else wrote.

KMS makes the key of an HMAC of its own key, which only the functions' roles may use. So an
administrator of the table can neither forge an alert nor say that people know of it.
"""

from __future__ import annotations

import hmac
from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from trailwarden.aws.clock import now

if TYPE_CHECKING:
    from collections.abc import Callable, Container
    from datetime import datetime

LENGTH = 32
"""How many characters a seal has."""

ASK_AGAIN = timedelta(minutes=1)
"""How often KMS is asked again for a key that it refused."""

_PROOF = 16
"""How many characters of a seal prove one of many values."""

_MESSAGE = b"The seal of Trailwarden's state table, first edition"
_GONE = ("AccessDenied", "Disabled", "KMSInvalidState", "NotFound")
"""How the codes begin with which KMS refuses a key that will not come back by itself."""


class Seal:
    """Makes seals with one key, and knows them again."""

    def __init__(
        self, key: bytes, problem: str = "", again: Callable[[], tuple[bytes, str]] | None = None
    ) -> None:
        """Take a key, or why KMS refused it, and what asks once more."""
        self._key, self._again = key, again
        self._asked: datetime | None = None
        self.problem = problem
        """Why the key is not KMS's; empty when it is."""

    def renew(self) -> None:
        """Ask KMS again for a key that it refused, once a minute: others may have it.

        Who has no key reads no alert of theirs, and they read none of its own.
        """
        is_late = self._asked is None or now() - self._asked >= ASK_AGAIN
        if self.problem and self._again and is_late:
            self._asked = now()
            with suppress(ClientError):
                self._key, self.problem = self._again()

    def of(self, *parts: object) -> str:
        """Return the seal of some values."""
        text = "\x1f".join(map(str, parts)).encode("utf-8", "surrogatepass")
        return hmac.digest(self._key, text, "sha256").hex()[:LENGTH]

    def holds(self, seal: object, *parts: object) -> bool:
        """Say whether `seal` is the one of these values."""
        told = str(seal).encode("utf-8", "replace")
        return hmac.compare_digest(told, self.of(*parts).encode())

    def holds_start(self, start: str, length: int, *parts: object) -> bool:
        """Say whether `start` is how the seal of these values begins, to so many characters."""
        return hmac.compare_digest(start.encode(), self.of(*parts)[:length].encode())

    def proof(self, *parts: object) -> str:
        """Return the proof of some values: a shorter seal, which lies among others."""
        return self.of(*parts)[:_PROOF]

    def proves(self, proofs: Container[str], *parts: object) -> bool:
        """Say whether the proof of these values is among some."""
        return self.proof(*parts) in proofs


class Unchecked(Seal):
    """Takes every seal: for those who only read, and have no key."""

    def holds(self, seal: object, *parts: object) -> bool:  # noqa: ARG002 - as the other has it
        """Say yes."""
        return True

    def holds_start(self, start: str, length: int, *parts: object) -> bool:  # noqa: ARG002
        """Say yes."""
        return True

    def proves(self, proofs: Container[str], *parts: object) -> bool:  # noqa: ARG002
        """Say yes."""
        return True


UNKEYED = Seal(b"")
"""For where there is no key: it finds mistakes, and no forgery."""

UNCHECKED = Unchecked(b"")


def seal_of(kms: Any, key_arn: str) -> Seal:
    """Return the seal of a KMS key, by a client of KMS.

    Where the key is gone or refused, alerts go on without it, and it is told: a disabled key
    must not blind the pipeline. Any other error is raised.
    """
    return Seal(*_asked(kms, key_arn), again=lambda: _asked(kms, key_arn))


def _asked(kms: Any, key_arn: str) -> tuple[bytes, str]:
    """Return the key, or none and why KMS refuses it."""
    try:
        answer = kms.generate_mac(KeyId=key_arn, MacAlgorithm="HMAC_SHA_256", Message=_MESSAGE)
    except ClientError as error:
        code = str(error.response.get("Error", {}).get("Code", ""))
        if not code.startswith(_GONE):
            raise
        return b"", code
    return answer["Mac"], ""
