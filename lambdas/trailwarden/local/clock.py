"""Plays EventBridge Scheduler: wakes a function, in turn or when it is asked to."""

import time
from datetime import UTC, datetime, timedelta
from typing import Any

from trailwarden.local.cloud import ACCOUNT, REGION
from trailwarden.local.function import Function
from trailwarden.local.sandbox import Answer

TICK_SECONDS = 0.2


class Clock:
    """Wakes a function every so often; only when asked to if `every` is None."""

    def __init__(
        self, schedule: dict[str, Any], function: Function, every: timedelta | None
    ) -> None:
        self._arn, self._function = schedule["Arn"], function
        self._seconds = every.total_seconds() if every else float("inf")
        self._next = time.monotonic() + self._seconds

    def step(self) -> None:
        """Wake the function when its time has come."""
        if time.monotonic() >= self._next:
            self._next += self._seconds
            self.wake()
        time.sleep(TICK_SECONDS)

    def wake(self, moment: datetime | None = None) -> Answer:
        """Wake the function now, and tell it that it is `moment`."""
        moment = moment or datetime.now(UTC)
        return self._function.invoke(
            {
                "version": "0",
                "detail-type": "Scheduled Event",
                "source": "aws.scheduler",
                "account": ACCOUNT,
                "region": REGION,
                "time": f"{moment:%Y-%m-%dT%H:%M:%SZ}",
                "resources": [self._arn],
                "detail": "{}",
            }
        )
