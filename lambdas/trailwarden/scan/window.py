"""The time that is asked for, to compare with times as CloudTrail writes them."""

from datetime import UTC, datetime, timedelta
from typing import Any

from trailwarden.cloudtrail.event import is_usual_time


class Window:
    """Tells of most events by the text of their time alone whether they lie outside."""

    def __init__(self, since: datetime | None, until: datetime | None) -> None:
        self.is_open = since is None and until is None
        self._since, self._until = _written(since), _written(until) or "~"

    def excludes(self, time: Any) -> bool:
        """Say whether a time is outside for certain: one of another form has to be read first."""
        if not is_usual_time(time):
            return False
        return not self._since <= time < self._until


def _written(time: datetime | None) -> str:
    """Return the first whole second from `time` on as CloudTrail writes it; nothing for none."""
    if time is None:
        return ""
    whole = (time + timedelta(microseconds=999_999)).astimezone(UTC)
    return f"{whole:%Y-%m-%dT%H:%M:%SZ}"
