"""Starts and stops moto's server on a free port of the loopback interface."""

import os
import socket
import sys
import time
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from subprocess import Popen
from typing import Self

from trailwarden.local import processes
from trailwarden.local.cloud import Cloud, without_aws
from trailwarden.local.problem import LocalError

START_SECONDS = 60
PUBLIC_KEYS = "public-keys.json"
"""The file with the keys that CloudTrail's digests are signed with; none by default."""


class Server:
    """moto's server in a process of its own. All that it knows is gone when it stops."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._log = folder, folder / "aws.log"
        self.port = _free_port()

    def __enter__(self) -> Self:
        self._process = self._start()
        try:
            self._wait()
        except BaseException:
            processes.stop(self._process)
            raise
        return self

    def __exit__(self, *_: object) -> None:
        processes.stop(self._process)

    @property
    def cloud(self) -> Cloud:
        """The AWS that it plays. moto takes the addresses of buckets apart only on `localhost`."""
        return Cloud(f"http://localhost:{self.port}")

    def _start(self) -> Popen[bytes]:
        module = "trailwarden.local.emulator"
        command = [sys.executable, "-m", module, str(self.port), str(self._folder)]
        return processes.start(command, log=self._log, environ=without_aws(dict(os.environ)))

    def _wait(self) -> None:
        """Wait until the server answers. Raises LocalError."""
        until = time.monotonic() + START_SECONDS
        while not _answers(self.port):
            if self._process.poll() is not None:
                raise LocalError(
                    f"moto's server does not start:\n{processes.last_lines(self._log)}"
                )
            if time.monotonic() > until:
                raise LocalError(f"moto's server does not answer: {self._log} may say why")
            time.sleep(0.1)


def _answers(port: int) -> bool:
    connection = HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("HEAD", "/moto-api/")
        connection.getresponse().read()
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()
    return True


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port
