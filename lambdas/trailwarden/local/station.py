"""A local account that stays: `python -m trailwarden.local.station FOLDER`, until it is ended.

It deploys again on SIGHUP, ends on SIGTERM, and says in `state.json` how it is.
"""

import os
import signal
import sys
import threading
from datetime import timedelta
from pathlib import Path

from trailwarden.local.account import LocalAccount
from trailwarden.local.problem import LocalError
from trailwarden.local.state import State, birth, mails_in

SWEEP_EVERY = timedelta(seconds=20)
"""Deployed, the sweeper wakes every five minutes; nobody wants to wait that long here."""


class Station:
    """Keeps an account running, and writes down its mails."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._ended, self._changed = threading.Event(), threading.Event()
        self._state = State(pid=os.getpid(), born=birth(os.getpid()))

    def run(self) -> None:
        """Deploy, then read mails until it is ended."""
        signal.signal(signal.SIGTERM, lambda *_: self._ended.set())
        signal.signal(signal.SIGHUP, lambda *_: self._changed.set())
        self._state.write(self._folder)
        try:
            with LocalAccount(self._folder, sweep_every=SWEEP_EVERY) as account:
                self._tell(account)
                while not self._ended.is_set():
                    self._work(account)
        except LocalError as error:
            self._tell(None, problem=str(error))
            sys.exit(1)

    def _work(self, account: LocalAccount) -> None:
        if self._changed.is_set():
            self._changed.clear()
            self._deploy(account)
        with mails_in(self._folder).open("a", encoding="utf-8") as file:
            for mailbox in (account.people, account.operations):
                file.writelines(f"{mail}\n\n{'=' * 79}\n" for mail in mailbox.read())
        account.machines.read()
        self._ended.wait(1)

    def _deploy(self, account: LocalAccount) -> None:
        try:
            account.deploy()
        except LocalError as error:
            self._tell(account, problem=str(error))
        else:
            self._tell(account)

    def _tell(self, account: LocalAccount | None, *, problem: str = "") -> None:
        self._state = State(
            pid=self._state.pid,
            born=self._state.born,
            deployments=self._state.deployments + 1,
            problem=problem,
            endpoint=account.cloud.endpoint if account else "",
            outputs=account.outputs if account else {},
        )
        self._state.write(self._folder)


if __name__ == "__main__":
    Station(Path(sys.argv[1])).run()
