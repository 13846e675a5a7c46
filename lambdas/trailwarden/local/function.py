"""A Lambda function as deployed: its published asset, run in as many processes as are busy."""

import base64
import hashlib
import io
import json
import time
import zipfile
from pathlib import Path
from threading import Lock
from typing import Any

from trailwarden.local.cloud import ACCOUNT, REGION, Cloud
from trailwarden.local.problem import LocalError
from trailwarden.local.sandbox import Answer, Sandbox

ASSETS = f"cdk-hnb659fds-assets-{ACCOUNT}-{REGION}"
"""The bucket that `cdk bootstrap` makes for assets."""


class Function:
    """One function. What a deployment changes of it is seen at the next event."""

    def __init__(self, cloud: Cloud, name: str, *, folder: Path, runtime: Path) -> None:
        self.name = name
        self.errors = 0
        self.log = folder / f"{name}.log"
        self._cloud, self._folder, self._runtime = cloud, folder, runtime
        self._idle: list[Sandbox] = []
        self._busy: set[Sandbox] = set()
        self._deployed = ""
        self._lock = Lock()

    def invoke(self, event: Any) -> Answer:
        """Run the function once, in a process that is idle or a new one."""
        began = time.monotonic()
        settings = self._settings()
        sandbox, cold = self._take(settings)
        answer = sandbox.invoke(event)
        self._give_back(sandbox, settings)
        self._report(answer, cold=cold, seconds=time.monotonic() - began)
        return answer

    def close(self) -> None:
        """End all processes, and what they are doing."""
        self._retire()
        with self._lock:
            busy = list(self._busy)
        for sandbox in busy:
            sandbox.close()

    def _retire(self) -> None:
        """End idle processes, and busy ones when they have finished."""
        with self._lock:
            idle, self._idle, self._deployed = self._idle, [], ""
        for sandbox in idle:
            sandbox.close()

    def _settings(self) -> dict[str, Any]:
        found = self._cloud.client("lambda").get_function(FunctionName=self.name)
        settings: dict[str, Any] = found["Configuration"]
        settings["Key"] = found["Code"]["Location"].rpartition("/")[2]
        return settings

    def _take(self, settings: dict[str, Any]) -> tuple[Sandbox, bool]:
        if self._deployed != _version(settings):
            self._retire()
        with self._lock:
            self._deployed = _version(settings)
            cold = not self._idle
            sandbox = self._start(settings) if cold else self._idle.pop()
            self._busy.add(sandbox)
        return sandbox, cold

    def _start(self, settings: dict[str, Any]) -> Sandbox:
        task = self._task(settings)
        return Sandbox(settings, cloud=self._cloud, task=task, runtime=self._runtime, log=self.log)

    def _give_back(self, sandbox: Sandbox, settings: dict[str, Any]) -> None:
        with self._lock:
            self._busy.discard(sandbox)
            if sandbox.is_alive and self._deployed == _version(settings):
                self._idle.append(sandbox)
                return
        sandbox.close()

    def _task(self, settings: dict[str, Any]) -> Path:
        """Fetch the published asset, and return the folder it is unpacked in."""
        asset = self._cloud.client("s3").get_object(Bucket=ASSETS, Key=settings["Key"])
        content = asset["Body"].read()
        if base64.b64encode(hashlib.sha256(content).digest()).decode() != settings["CodeSha256"]:
            raise LocalError(f"the asset of {self.name} is not the one that was deployed")
        task = self._folder / self.name / Path(settings["Key"]).stem
        if not task.is_dir():
            zipfile.ZipFile(io.BytesIO(content)).extractall(task)
        return task

    def _report(self, answer: Answer, *, cold: bool, seconds: float) -> None:
        """Write down what Lambda's own log would say of the invocation."""
        self.errors += bool(answer.error)
        report = {"type": "platform.report", "cold": cold, "ms": round(seconds * 1000)}
        with self.log.open("a") as log:
            log.write(json.dumps(report | {"error": answer.error}) + "\n")


def _version(settings: dict[str, Any]) -> str:
    told = {name: settings[name] for name in ("CodeSha256", "LastModified", "Environment")}
    return json.dumps(told, default=str)
