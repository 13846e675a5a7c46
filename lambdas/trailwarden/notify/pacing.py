"""Decides how often people hear of one incident.

The first mail goes out at once. So does one that says that it got worse. Other news waits for ten
minutes after the last mail, and from the twelfth mail of a day on for an hour.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

DAY = timedelta(days=1)
APART = timedelta(minutes=10)
"""How far apart the mails of an incident are."""

MOST_A_DAY = 12
APART_AFTER_MANY = timedelta(hours=1)
"""How far apart they are beyond that."""

MOST_REMEMBERED = 30
"""How many times of mails are remembered."""


def next_mail(mails: Sequence[datetime], moment: datetime) -> datetime:
    """Return from when on people may hear of an incident again, after the mails at these times."""
    today = [at for at in mails if moment - DAY < at <= moment]
    if not today:
        return moment
    return max(today) + (APART if len(today) < MOST_A_DAY else APART_AFTER_MANY)


def remembered(mails: Sequence[datetime], moment: datetime) -> Sequence[datetime]:
    """Return the times of mails that count, with one that goes out now."""
    return sorted({at for at in mails if moment - DAY < at < moment} | {moment})[-MOST_REMEMBERED:]
