"""Stops a rule that does not come to an end with an event, so that it holds up no other.

A clock looks every few seconds at what the process is doing. So it costs nothing for an event. A
rule that twice is at the same look at an event is stopped there: it has failed on that event, as
others do.
"""

import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from trailwarden.cloudtrail.event import Event
from trailwarden.detection.rule import Rule, observations

SECONDS = 10.0
"""After how many seconds it looks again. A rule takes some millionths of one for an event."""

SECONDS_IN_STORIES = 2.0
"""The same where stories are told, on the machine of a person who waits."""

_LOOKS = {Rule.judge.__code__: "self", observations.__code__: "rule"}
"""Where a rule looks at an event, and the name that the rule has there."""


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


@contextmanager
def patience_with_stories() -> Iterator[None]:
    """Stop rules that take longer for one event of a story."""
    with patience(SECONDS_IN_STORIES):
        yield


class _Watch:
    """Remembers which rule was looking at which event."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._last: FrameType | None = None

    def __call__(self, _number: int, frame: FrameType | None) -> None:
        last, self._last = self._last, _look(frame)
        if self._last is None or self._last is not last:
            return
        rule: Rule = last.f_locals[_LOOKS[last.f_code]]
        event: Event = last.f_locals["event"]
        self._last = None
        what = f"it did not come to an end with event {event.event_id[:60]}"
        message = f"rule {rule.id}: {what} in {self._seconds:g} seconds, and is stopped there"
        sys.stderr.write(f"{ascii(message)[1:-1]}\n")
        raise RuleTimeout(f"{what}: mend the rule, or say mode=Mode.OFF in it")


def _look(frame: FrameType | None) -> FrameType | None:
    """Return the call in which a rule is looking at an event; nothing where none is.

    Who makes such a call deals with what the rule raises.
    """
    while frame and frame.f_code not in _LOOKS:
        frame = frame.f_back
    return frame
