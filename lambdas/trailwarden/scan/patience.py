"""Stops a rule that does not come to an end with an event, so that it holds up no other.

A clock looks every few seconds at what the process is doing. So it costs nothing for an event. A
rule that twice is at the same event is stopped there: it has failed on that event, as others do.
"""

import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from trailwarden.cloudtrail.event import Event
from trailwarden.detection.engine import Engine
from trailwarden.detection.rule import Rule, observations

SECONDS = 10.0
"""After how many seconds it looks again. A rule takes some millionths of one for an event."""

_SIGHT = Engine.sight.__code__
_OF_RULES = frozenset({Rule.judge.__code__, observations.__code__})


class RuleTimeout(Exception):  # noqa: N818 - this is what the alert and the command call it
    """A rule did not come to an end with an event, and was stopped."""


@contextmanager
def patience(seconds: float = SECONDS) -> Iterator[None]:
    """Stop rules that take longer for one event, where the system can tell the time to a process.

    A signal does it, which only the main thread hears.
    """
    clock = getattr(signal, "SIGALRM", None)
    is_main = threading.current_thread() is threading.main_thread()
    if clock is None or not is_main or signal.getsignal(clock) is not signal.SIG_DFL:
        yield
        return
    signal.signal(clock, _Watch(seconds))
    signal.setitimer(signal.ITIMER_REAL, seconds, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(clock, signal.SIG_DFL)


class _Watch:
    """Remembers which rule was at which event."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._last: tuple[Rule, Event] | None = None

    def __call__(self, _number: int, frame: FrameType | None) -> None:
        last, self._last = self._last, _judging(frame)
        if last is None or self._last is None:
            return
        rule, event = self._last
        if rule is not last[0] or event is not last[1]:
            return
        self._last = None
        what = f"it did not come to an end with event {event.event_id[:60]}"
        message = f"rule {rule.id}: {what} in {self._seconds:g} seconds, and is stopped there"
        sys.stderr.write(f"{ascii(message)[1:-1]}\n")
        raise RuleTimeout(f"{what}: mend the rule, or say mode=Mode.OFF in it")


def _judging(frame: FrameType | None) -> tuple[Rule, Event] | None:
    """Return the rule that is looking at an event, where it may be stopped; else nothing."""
    inner = None
    while frame and frame.f_code is not _SIGHT:
        frame, inner = frame.f_back, frame
    if not frame or not inner or inner.f_code not in _OF_RULES:
        return None
    return frame.f_locals["rule"], frame.f_locals["event"]
