"""Names the units of time, and says how long a time is, in words."""

from datetime import timedelta

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)

_UNITS = (("day", 86_400), ("hour", 3_600), ("minute", 60), ("second", 1))


def duration(time: timedelta) -> str:
    """Return how long it is in the largest unit that fits: `90 minutes`, `1 day`."""
    seconds = int(time.total_seconds())
    unit, size = next(u for u in _UNITS if seconds % u[1] == 0)
    count = seconds // size
    return f"{count} {unit}" if count == 1 else f"{count:,} {unit}s"
