"""Names the people whom routes send alerts to: functions need no address to send a mail."""

import hashlib
import re

_NAME = re.compile(r"mail[0-9a-f]{8}", re.ASCII)


def addressee(email: str) -> str:
    """Return the name of the output that mails to an address; the same for any case.

    >>> addressee("Ann@example.com")
    'mail71d4f55f'
    """
    return f"mail{hashlib.sha256(email.lower().encode()).hexdigest()[:8]}"


def is_addressee(name: str) -> bool:
    """Say whether an output mails to an address of routes."""
    return _NAME.fullmatch(name) is not None
