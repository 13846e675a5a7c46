"""Decides how often people hear of one incident.

The first mail goes out at once. So does one that says that it got worse. Other news waits for ten
minutes after the last mail. It waits longer after a few mails of a day, for people are at work.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

DAY = timedelta(days=1)
MOST_A_DAY = 12
"""After how many mails of a day they are an hour apart."""

_APART = {0: timedelta(minutes=10), 3: timedelta(minutes=15), MOST_A_DAY: timedelta(hours=1)}

MOST_REMEMBERED = 30
"""How many times of mails are remembered."""


def next_mail(mails: Sequence[datetime], moment: datetime) -> datetime:
    """Return from when on people may hear of an incident again, after the mails at these times."""
    today = [at for at in mails if moment - DAY < at <= moment]
    return max(today) + apart(len(today)) if today else moment


def apart(mails: int) -> timedelta:
    """Return how far the next mail is from the last, of so many of a day.

    >>> str(apart(1)), str(apart(5)), str(apart(12))
    ('0:10:00', '0:15:00', '1:00:00')
    """
    return max(wait for many, wait in _APART.items() if many <= mails)


def remembered(mails: Sequence[datetime], moment: datetime) -> Sequence[datetime]:
    """Return the times of mails that count, with one that goes out now."""
    return sorted({at for at in mails if moment - DAY < at < moment} | {moment})[-MOST_REMEMBERED:]
