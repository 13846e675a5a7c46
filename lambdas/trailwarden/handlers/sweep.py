"""Every five minutes: send what stayed pending, as a digest, and look after the pipeline."""

from typing import Any

from trailwarden.aws import assembly

FIRST_MINUTES = "05"
"""The trail is looked at once an hour, in the run of its first minutes."""


def handler(event: dict[str, Any], _context: Any) -> dict[str, int]:
    """Tell of what is pending, and return how many alerts that were."""
    try:
        return {"sent": _sweep()}
    finally:  # whatever keeps the mails back must not keep this from being told
        if str(event.get("time", ""))[14:16] < FIRST_MINUTES:
            _look_after()


def _sweep() -> int:
    swept = assembly.dispatcher().sweep()
    metrics = assembly.metrics()
    metrics.add_metric(name="OldestPendingSeconds", unit="Seconds", value=swept.oldest_seconds)
    metrics.add_metric(name="AlertsSent", unit="Count", value=swept.sent)
    metrics.flush_metrics()
    return swept.sent


def _look_after() -> None:
    if problems := assembly.watch().problems():
        assembly.watch().tell(problems)
