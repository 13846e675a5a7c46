"""One execution environment: AWS's runtime client in a process, served over Lambda's Runtime API.

https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
"""

import json
import time
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Any, NamedTuple

from trailwarden.local import interpreter, processes
from trailwarden.local.cloud import Cloud

TICK_SECONDS = 0.1


class Answer(NamedTuple):
    """What came of an invocation."""

    result: Any = None
    error: dict[str, Any] | None = None
    """What went wrong, in Lambda's words; None if the function returned."""


class Sandbox:
    """A function's process. Takes one event at a time; after a crash it takes no more."""

    def __init__(
        self, settings: dict[str, Any], *, cloud: Cloud, task: Path, runtime: Path, log: Path
    ) -> None:
        self._seconds: int = settings["Timeout"]
        self._api = _RuntimeApi(settings["FunctionArn"], self._seconds)
        Thread(target=self._api.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        self._process = processes.start(
            interpreter.command("-m", "awslambdaric", settings["Handler"]),
            log=log,
            cwd=task,
            environ={
                **interpreter.environ(task, runtime),
                **_environ(settings),
                **cloud.environ(),
                "AWS_LAMBDA_RUNTIME_API": f"127.0.0.1:{self._api.server_port}",
                "LAMBDA_TASK_ROOT": str(task),
            },
        )

    def invoke(self, event: Any) -> Answer:
        """Have the function take an event, and return its answer."""
        self._api.events.put(json.dumps(event).encode())
        until = time.monotonic() + self._seconds
        while True:
            alive = self._process.poll() is None
            try:
                return self._api.answers.get(timeout=TICK_SECONDS)
            except Empty:
                if not alive:
                    return _failed("Runtime.ExitError", f"exit status {self._process.returncode}")
            if time.monotonic() > until:
                self.close()
                return _failed("Sandbox.Timedout", f"Task timed out after {self._seconds} seconds")

    @property
    def is_alive(self) -> bool:
        """Whether it can take another event."""
        return self._process.poll() is None and not self._api.has_failed_to_start

    def close(self) -> None:
        """End the process and the API."""
        processes.stop(self._process)
        self._api.events.put(None)
        self._api.shutdown()
        self._api.server_close()


def _failed(kind: str, message: str) -> Answer:
    return Answer(error={"errorType": kind, "errorMessage": message})


def _environ(settings: dict[str, Any]) -> dict[str, str]:
    """Return the variables that a function has in Lambda."""
    name = settings["FunctionName"]
    return {
        **settings.get("Environment", {}).get("Variables", {}),
        "TZ": ":UTC",
        "_HANDLER": settings["Handler"],
        "AWS_EXECUTION_ENV": f"AWS_Lambda_{settings['Runtime']}",
        "AWS_LAMBDA_FUNCTION_NAME": name,
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(settings["MemorySize"]),
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "AWS_LAMBDA_LOG_FORMAT": "JSON",
        "AWS_LAMBDA_LOG_LEVEL": "INFO",
        "AWS_LAMBDA_LOG_GROUP_NAME": f"/aws/lambda/{name}",
        "AWS_LAMBDA_LOG_STREAM_NAME": "local",
    }


class _RuntimeApi(ThreadingHTTPServer):
    """Hands out events and takes answers."""

    daemon_threads = True

    def __init__(self, function_arn: str, seconds: int) -> None:
        super().__init__(("127.0.0.1", 0), _Endpoint)
        self.function_arn, self.seconds = function_arn, seconds
        self.events: SimpleQueue[bytes | None] = SimpleQueue()
        self.answers: SimpleQueue[Answer] = SimpleQueue()
        self.has_failed_to_start = False

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of a process that went away while it was waiting."""


class _Endpoint(BaseHTTPRequestHandler):
    """The four calls of the API."""

    protocol_version = "HTTP/1.1"
    server: _RuntimeApi

    def do_GET(self) -> None:
        """Answer `/invocation/next` with the next event, as soon as there is one."""
        event = self.server.events.get()
        if event is None:
            self.close_connection = True
            return
        headers = {
            "Content-Type": "application/json",
            "Lambda-Runtime-Aws-Request-Id": str(uuid.uuid4()),
            "Lambda-Runtime-Deadline-Ms": str(int((time.time() + self.server.seconds) * 1000)),
            "Lambda-Runtime-Invoked-Function-Arn": self.server.function_arn,
        }
        self._send(200, event, headers)

    def do_POST(self) -> None:
        """Take `/invocation/ID/response`, `/invocation/ID/error` or `/init/error`."""
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        told = json.loads(body or b"null")
        is_error = self.path.endswith("/error")
        self.server.has_failed_to_start |= self.path.endswith("/init/error")
        self.server.answers.put(Answer(error=told or {}) if is_error else Answer(told))
        self._send(202, b'{"status":"OK"}', {})

    def log_message(self, *_: Any) -> None:
        """Keep silent."""

    def _send(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
