"""An account with Trailwarden in it, on this machine: everything from the server to the mails."""

import time
from collections.abc import Callable
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from typing import Self

from trailwarden.local.deployment import Deployment
from trailwarden.local.mailbox import Mailbox
from trailwarden.local.pipeline import Pipeline
from trailwarden.local.runtime import Runtime
from trailwarden.local.server import Server
from trailwarden.local.stack import Stack
from trailwarden.local.supplement import supplement


class LocalAccount(Pipeline):
    """A running deployment. Used in a `with` statement it stops all that it started."""

    def __init__(
        self,
        folder: Path,
        *,
        sweep_every: timedelta | None = None,
        say: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._server = Server(folder)
        super().__init__(self._server.cloud, {})
        self._deployment = Deployment(self.cloud, folder)
        self.runtime = Runtime(self.cloud, folder, every=sweep_every)
        self._say = say
        self._running = ExitStack()

    def __enter__(self) -> Self:
        began = time.monotonic()
        with ExitStack() as running:
            running.enter_context(self._server)
            self._say(f"moto's server answers at {self.cloud.endpoint}")
            self._deployment.bootstrap()
            self._say(f"cdk bootstrap is done, after {time.monotonic() - began:.0f} s")
            running.callback(self.runtime.stop)
            self.deploy()
            self._say(f"cdk deploy is done and all runs, after {time.monotonic() - began:.0f} s")
            self._running = running.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._running.close()

    def deploy(self, **choices: str) -> None:
        """Deploy the app as it is now, with `choices` over those of cdk.json, and run it."""
        name, self.outputs = self._deployment.deploy(**choices)
        supplement(self.cloud, Stack(self.cloud, name, self._deployment.template(name)))
        self.runtime.stop()
        self.people = Mailbox(self.cloud, self.outputs["PeopleTopicArn"])
        self.machines = Mailbox(self.cloud, self.outputs["JsonTopicArn"])
        self.operations = Mailbox(self.cloud, self.outputs["OperationsTopicArn"])
        self.runtime.start()
