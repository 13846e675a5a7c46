"""Plays what runs functions in AWS: for everything deployed, until it is stopped."""

import time
import traceback
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from threading import Event, Thread
from typing import Protocol

from trailwarden.local import interpreter
from trailwarden.local.clock import Clock
from trailwarden.local.cloud import Cloud
from trailwarden.local.function import Function
from trailwarden.local.queue_poller import QueuePoller
from trailwarden.local.sandbox import Answer
from trailwarden.local.stream_poller import StreamPoller

STOP_SECONDS = 20


class Poller(Protocol):
    """Something to be done again and again."""

    def step(self) -> None:
        """Do what there is to do; wait a little if that is nothing."""


class Runtime:
    """The functions of a local AWS and what wakes them."""

    def __init__(self, cloud: Cloud, folder: Path, *, every: timedelta | None) -> None:
        self._cloud, self._folder, self._every = cloud, folder, every
        self.functions: Mapping[str, Function] = {}
        self._clocks: list[Clock] = []
        self._threads: list[Thread] = []
        self._stop = Event()

    def start(self) -> None:
        """Begin with the functions that are deployed now."""
        runtime = interpreter.lay_out(self._folder / "runtime")
        client = self._cloud.client("lambda")
        self.functions = {
            found["FunctionArn"]: Function(
                self._cloud, found["FunctionName"], folder=self._folder, runtime=runtime
            )
            for found in client.list_functions()["Functions"]
        }
        self._clocks = self._make_clocks()
        self._stop = Event()
        pollers = [*self._make_pollers(), *self._clocks]
        self._threads = [Thread(target=self._run, args=(one,), daemon=True) for one in pollers]
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Let running work finish if it does soon, and end."""
        self._stop.set()
        until = time.monotonic() + STOP_SECONDS
        for thread in self._threads:
            thread.join(max(0, until - time.monotonic()))
        for function in self.functions.values():
            function.close()
        for thread in self._threads:
            thread.join(1)

    def sweep(self, moment: datetime | None = None) -> list[Answer]:
        """Wake now what a schedule wakes, as if it were `moment`."""
        return [clock.wake(moment) for clock in self._clocks]

    @property
    def errors(self) -> dict[str, int]:
        """How often functions failed, by their names."""
        return {one.name: one.errors for one in self.functions.values() if one.errors}

    def _make_pollers(self) -> list[Poller]:
        return [
            (QueuePoller if ":sqs:" in mapping["EventSourceArn"] else StreamPoller)(
                self._cloud, mapping, self.functions[mapping["FunctionArn"]]
            )
            for mapping in self._cloud.client("lambda").list_event_source_mappings()[
                "EventSourceMappings"
            ]
        ]

    def _make_clocks(self) -> list[Clock]:
        scheduler = self._cloud.client("scheduler")
        schedules = [
            scheduler.get_schedule(Name=found["Name"])
            for found in scheduler.list_schedules()["Schedules"]
        ]
        return [
            Clock(schedule, self.functions[schedule["Target"]["Arn"]], self._every)
            for schedule in schedules
        ]

    def _run(self, poller: Poller) -> None:
        log = self._folder / "runtime.log"
        while not self._stop.is_set():
            try:
                poller.step()
            except Exception:  # noqa: BLE001 - a poller of Lambda's does not die of anything either
                with log.open("a") as file:
                    traceback.print_exc(file=file)
                self._stop.wait(1)
