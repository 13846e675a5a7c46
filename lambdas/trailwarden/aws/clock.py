"""The one clock. No other module asks what time it is."""

import time
from datetime import UTC, datetime, timedelta

KEPT = timedelta(days=90)
"""How long alerts stay; CloudTrail may deliver an event 30 days late, and queues keep it 14."""


def now() -> datetime:
    """Return what time it is."""
    return datetime.now(UTC)


def pause(seconds: float) -> None:
    """Wait."""
    time.sleep(seconds)


def expiry(lifetime: timedelta) -> int:
    """Return when an item written now expires, as DynamoDB's TTL has it."""
    return int((now() + lifetime).timestamp())
