"""Decides when people hear of alerts.

Amazon SNS suspends an e-mail subscription that gets more than ten messages a second, and people
stop reading long before. So all pending alerts go out in one mail. In the two minutes after it only
one more may follow, for worse or critical alerts. The others wait until it is quiet, and go out as
one digest.

A LOW alert calls nobody: it goes out with the next digest, or after some hours in one of its own.

An alert belongs to the dispatcher while it is young, and to the sweep from then on. So the two
never send the same alert. The rest of a storm does not come in twos while it is worked off.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import NamedTuple

from trailwarden.detection.severity import Severity

TELL_AGAIN_AT = (1, 10, 100, 1000)
"""At how many matches people hear of an alert."""

MOST_UPDATES = 5
"""How often people hear that an alert got worse or spread, besides those times."""

MAILS = 2
"""How many mails may go out within `PERIOD`, digests of the sweep aside ..."""

MAILS_OF_CRITICAL = 5
"""... and how many when each tells of a critical alert of another rule."""

PERIOD = timedelta(minutes=2)
PACE = timedelta(seconds=1)
"""How far apart mails are at the least."""

YOUNG = timedelta(seconds=45)
"""How long the dispatcher sends a mail of an alert. Less than `QUIET`, for clocks differ."""

QUIET = timedelta(minutes=1)
"""A digest waits until nothing new came for so long ..."""

PATIENCE = timedelta(minutes=10)
"""... but never longer than this."""

PATIENCE_OF_LOW = timedelta(hours=12)
"""How long LOW alerts wait for a digest to go with."""

DIGESTS_APART = timedelta(minutes=4)
"""How long a sweep may take: a second one that is started meanwhile sends no digest."""


class SentMail(NamedTuple):
    """A mail that went out, and the worst severity in it."""

    at: datetime
    worst: Severity
    rule_id: str = ""
    """The rule of the worst alert."""


def threshold(count: int) -> int:
    """Return the last number of matches, up to `count`, at which people are told."""
    return max((at for at in TELL_AGAIN_AT if at <= count), default=0)


def next_threshold(count: int) -> int:
    """Return the first number of matches above `count` at which people are told; 0 for none."""
    return min((at for at in TELL_AGAIN_AT if at > count), default=0)


def known_by(count: int) -> int:
    """Return the last number of matches that is no news to people who hear of `count`.

    A rule that counts is first told at some number. Who heard of eight acts is not called again for
    ten: news is twice as much.
    """
    return threshold(2 * count - 1)


def is_due(count: int, told: int) -> bool:
    """Say whether an alert of `count` matches is news to people who last heard at `told`."""
    return threshold(count) > told


def is_news(severity: Severity, told: int, *, others: bool, updates: int) -> bool:
    """Say whether people hear the news of an alert, who last heard at severity `told`.

    They always hear that it got worse. They hear of some of the `others`, such as another Region:
    with every step up to critical there are `MOST_UPDATES`.
    """
    steps_left = Severity.CRITICAL - max(told, severity)
    return severity > told or (others and updates + steps_left < MOST_UPDATES)


def is_young(age: timedelta) -> bool:
    """Say whether the dispatcher mails an alert that has been pending for `age`."""
    return age < YOUNG


def recent(mails: Iterable[SentMail], moment: datetime) -> list[SentMail]:
    """Return the mails that count against the next one."""
    return [mail for mail in mails if moment - mail.at < PERIOD]


def may_mail(mails: Iterable[SentMail], worst: Severity, rule_id: str, moment: datetime) -> bool:
    """Say whether a mail may go out at once, after `mails`.

    Its worst alert has the severity `worst` and is of the rule `rule_id`. A storm of one rule does
    not hold back a critical alert of another. LOW alerts wait for a digest.
    """
    if worst <= Severity.LOW:
        return False
    before = recent(mails, moment)
    if worst is Severity.CRITICAL:
        is_other = all(rule_id != mail.rule_id for mail in before)
        return len(before) < (MAILS_OF_CRITICAL if is_other else MAILS)
    return len(before) < MAILS and all(worst > mail.worst for mail in before)


def may_digest(last: datetime | None, moment: datetime) -> bool:
    """Say whether a digest may go out after the last one."""
    return last is None or moment - last >= DIGESTS_APART


def pause_before(sent: Iterable[datetime], moment: datetime) -> timedelta:
    """Return how long to wait before the next mail, after those at the times in `sent`."""
    return PACE if any(moment - at < PACE for at in sent) else timedelta()


def is_for_digest(age: timedelta) -> bool:
    """Say whether the sweep mails an alert that has been pending for `age`."""
    return age >= QUIET


def may_wait(age: timedelta, severity: Severity) -> bool:
    """Say whether an alert is LOW, and of an `age` at which it may wait for others."""
    return severity <= Severity.LOW and age < PATIENCE_OF_LOW


def is_digest_due(waiting: Iterable[tuple[timedelta, Severity]]) -> bool:
    """Say whether it is time for a digest, by the age and severity of each alert that is due.

    It is time when no alert came for a minute, and when the oldest waited for ten. It is time, too,
    when a critical one waits. LOW alerts that wait less long than theirs do not count.
    """
    told = [(age, s) for age, s in waiting if not may_wait(age, s)]
    ready = [(age, severity) for age, severity in told if is_for_digest(age)]
    if not ready:
        return False
    is_quiet = len(ready) == len(told)
    is_long = max(age for age, _ in told) >= PATIENCE
    return is_quiet or is_long or any(severity is Severity.CRITICAL for _, severity in ready)
