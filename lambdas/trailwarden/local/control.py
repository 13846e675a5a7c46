"""Starts a station in the background, asks it how it is, and ends it."""

import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

from trailwarden.local import processes
from trailwarden.local.cloud import without_aws
from trailwarden.local.problem import LocalError
from trailwarden.local.state import State, mails_in

START_SECONDS = 60
UP_SECONDS = 300
DOWN_SECONDS = 60


def up(folder: Path) -> State:
    """Have the app deployed and running in `folder`, again if it was. Raises LocalError."""
    if state := State.running(folder):
        os.kill(state.pid, signal.SIGHUP)
        return _deployed(folder, after=state.deployments)
    folder.mkdir(parents=True, exist_ok=True)
    log = folder / "station.log"
    for path in (folder / "state.json", mails_in(folder), log):
        path.unlink(missing_ok=True)
    command = [sys.executable, "-m", "trailwarden.local.station", str(folder)]
    process = processes.start(command, log=log, environ=without_aws(dict(os.environ)))
    _wait(
        lambda: process.poll() is not None or State.last(folder) is not None,
        START_SECONDS,
        f"it does not start: look into {log}",
    )
    if not State.last(folder):
        raise LocalError(f"it does not start:\n{processes.last_lines(log)}")
    return _deployed(folder, after=0)


def down(folder: Path) -> bool:
    """End what runs in `folder`; say whether something did. Raises LocalError."""
    state = State.running(folder)
    if not state:
        return False
    os.kill(state.pid, signal.SIGTERM)
    _wait(lambda: not State.running(folder), DOWN_SECONDS, f"process {state.pid} does not end")
    (folder / "state.json").unlink(missing_ok=True)
    return True


def _deployed(folder: Path, *, after: int) -> State:
    """Wait for one more deployment than `after`, and return how it went."""

    def is_done() -> bool:
        state = State.last(folder)
        is_told = state is not None and state.deployments > after
        return is_told or not State.running(folder)

    _wait(is_done, UP_SECONDS, f"nothing is deployed after {UP_SECONDS} s: look into {folder}")
    state = State.last(folder)
    if not state or state.deployments == after:
        raise LocalError(f"it ended:\n{processes.last_lines(folder / 'station.log')}")
    if state.problem:
        raise LocalError(state.problem)
    return state


def _wait(holds: Callable[[], bool], seconds: float, problem: str) -> None:
    until = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > until:
            raise LocalError(problem)
        time.sleep(0.2)
