"""Every five minutes: send what stayed pending, as a digest, and look after the pipeline."""

from typing import Any

from trailwarden.aws import assembly
from trailwarden.contract.metrics import Metric

FIRST_MINUTES = "05"
"""Trail and subscriptions are looked at once an hour, in the run of its first minutes."""


def handler(event: dict[str, Any], _context: Any) -> dict[str, int]:
    """Tell of pending alerts, and return their number."""
    try:
        assembly.tell_troubles()
    finally:  # whatever keeps one back must not keep the others from being told
        try:
            sent = _sweep()
        finally:
            if str(event.get("time", ""))[14:16] < FIRST_MINUTES:
                _look_after()
    assembly.count({Metric.SWEEPS: 1})
    return {"sent": sent}


def _sweep() -> int:
    """Tell people, and count that, before machines: a sweep that is cut off has said so much."""
    dispatcher = assembly.dispatcher()
    waiting = dispatcher.waiting()
    oldest = int(dispatcher.age_of_oldest(waiting).total_seconds())
    assembly.count({Metric.OLDEST_PENDING_SECONDS: oldest})
    told = dispatcher.send_digest(waiting)
    assembly.count_told(told)
    assembly.count_told(dispatcher.serve_machines(waiting, told))
    return told.sent


def _look_after() -> None:
    assembly.count_silence()
    assembly.note_silent_digests()
    for problems in (assembly.watch().problems, assembly.account_names().refresh):
        if found := list(problems()):
            assembly.watch().tell(found)
