"""Shows times to people. Nobody is told the time of an event that tells none."""

from datetime import datetime

from trailwarden.cloudtrail.event import UNKNOWN_TIME

UNKNOWN = "unknown time"
MINUTES, SECONDS, CLOCK = "%Y-%m-%d %H:%M", "%Y-%m-%d %H:%M:%S", "%H:%M:%S"


def shown(time: datetime, form: str = MINUTES) -> str:
    """Return a time in UTC, or that it is unknown.

    >>> shown(datetime(2025, 6, 2, 12, 30)), shown(UNKNOWN_TIME, CLOCK)
    ('2025-06-02 12:30', 'unknown time')
    """
    return UNKNOWN if time == UNKNOWN_TIME else time.strftime(form)


def span(first: datetime, last: datetime) -> str:
    """Return the time from the first event to the last, in UTC; a date or a time is said once.

    >>> span(datetime(2025, 6, 2, 12, 30), datetime(2025, 6, 2, 13))
    '2025-06-02 12:30 to 13:00 UTC'
    """
    begin, end = shown(first), shown(last)
    if UNKNOWN in (begin, end):
        return UNKNOWN
    if begin == end:
        return f"{begin} UTC"
    is_short = first.date() == last.date()
    return f"{begin} to {last.strftime('%H:%M') if is_short else end} UTC"
