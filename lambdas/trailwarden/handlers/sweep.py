"""Every five minutes: send what stayed pending, as a digest, and look after the pipeline."""

from datetime import date
from typing import Any

from trailwarden.aws import assembly
from trailwarden.contract.metrics import CANARY_EVERY, Metric

CANARY_MINUTES = int(CANARY_EVERY.total_seconds()) // 60
EVERY = 5
"""After how many minutes the handler is called again."""

MAIL_HOUR = "06"
"""The hour, in UTC, in which people get the mail that all works."""

FIRST_MINUTES = "05"
"""Trail and subscriptions are looked at once an hour, in the run of its first minutes."""


def handler(event: dict[str, Any], _context: Any) -> dict[str, int]:
    """Tell of pending alerts, and return their number."""
    time = str(event.get("time", ""))
    try:
        assembly.tell_troubles()
    finally:  # whatever keeps one back must not keep the others from being told
        try:
            sent = _sweep()
        finally:
            try:
                _sing(time)
            finally:
                if time[14:16] < FIRST_MINUTES:
                    _look_after()
    assembly.count({Metric.SWEEPS: 1})
    return {"sent": sent}


def _sing(time: str) -> None:
    """Send a canary in every third run, and the mail that all works once a day or a week."""
    settings = assembly.settings()
    minute = time[14:16]
    if settings.canary_role_arn and minute.isdigit() and int(minute) % CANARY_MINUTES < EVERY:
        assembly.canary().send()
    if settings.canary_mail and time[11:13] == MAIL_HOUR:
        is_monday = bool(time) and date.fromisoformat(time[:10]).weekday() == 0
        if settings.canary_mail == "daily" or is_monday:
            assembly.tell_that_it_works()


def _sweep() -> int:
    """Tell people, and count that, before machines: a sweep that is cut off has said so much."""
    dispatcher = assembly.dispatcher()
    assembly.seal().renew()
    waiting = dispatcher.waiting()
    oldest = int(dispatcher.age_of_oldest(waiting).total_seconds())
    assembly.count({Metric.OLDEST_PENDING_SECONDS: oldest})
    told = dispatcher.send_digest(waiting)
    assembly.count_told(told)
    dispatcher.look_again()
    assembly.count_told(dispatcher.serve_machines(waiting, told))
    assembly.note_lapses()
    return told.sent


def _look_after() -> None:
    assembly.count_silence()
    assembly.note_silent_digests()
    for problems in (assembly.watch().problems, assembly.account_names().refresh):
        if found := list(problems()):
            assembly.watch().tell(found)
