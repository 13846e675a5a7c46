"""The local Lambda service: what functions do, and what they do wrong."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from trailwarden.local import interpreter
from trailwarden.local.cloud import Cloud
from trailwarden.local.sandbox import Sandbox

HANDLERS = """
import json, os, sys, time

def answers(event, context):
    return {"said": event, "name": context.function_name}

def has_time(event, context):
    return context.get_remaining_time_in_millis()

def raises(event, context):
    raise ValueError("no such thing")

def exits(event, context):
    os._exit(3)

def hangs(event, context):
    time.sleep(60)

def sees(event, context):
    try:
        import pytest
    except ImportError:
        return os.environ["GREETING"]
"""


class Sandboxes:
    """Starts sandboxes of handlers that are written for the occasion."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._runtime = interpreter.lay_out(folder / "runtime")
        self._started: list[Sandbox] = []
        (folder / "task").mkdir()
        (folder / "task" / "handlers.py").write_text(HANDLERS)

    def of(self, handler: str, *, timeout: int = 30) -> Sandbox:
        settings = {
            "FunctionArn": "arn:aws:lambda:us-east-1:123456789012:function:tried",
            "FunctionName": "tried",
            "Handler": handler,
            "MemorySize": 128,
            "Runtime": "python",
            "Timeout": timeout,
            "Environment": {"Variables": {"GREETING": "hello"}},
        }
        sandbox = Sandbox(
            settings,
            cloud=Cloud("http://localhost"),
            task=self._folder / "task",
            runtime=self._runtime,
            log=self._folder / "log",
        )
        self._started.append(sandbox)
        return sandbox

    def close(self) -> None:
        for sandbox in self._started:
            sandbox.close()


@pytest.fixture
def sandboxes(tmp_path: Path) -> Iterator[Sandboxes]:
    made = Sandboxes(tmp_path)
    yield made
    made.close()


def error_of(sandbox: Sandbox) -> dict[str, Any]:
    answer = sandbox.invoke({})
    assert answer.error is not None
    return answer.error


def test_a_function_takes_one_event_after_the_other(sandboxes: Sandboxes) -> None:
    sandbox = sandboxes.of("handlers.answers")
    assert sandbox.invoke([1]).result == {"said": [1], "name": "tried"}
    assert sandbox.invoke([2]).result == {"said": [2], "name": "tried"}
    assert sandbox.is_alive


def test_a_function_knows_how_much_time_it_has(sandboxes: Sandboxes) -> None:
    left = sandboxes.of("handlers.has_time", timeout=30).invoke({}).result
    assert 20_000 < left <= 30_000


def test_a_function_sees_its_settings_and_no_development_tools(sandboxes: Sandboxes) -> None:
    assert sandboxes.of("handlers.sees").invoke({}).result == "hello"


def test_a_function_that_raises_takes_the_next_event(sandboxes: Sandboxes) -> None:
    sandbox = sandboxes.of("handlers.raises")
    assert error_of(sandbox)["errorType"] == "ValueError"
    assert error_of(sandbox)["errorMessage"] == "no such thing"
    assert sandbox.is_alive


def test_a_function_that_ends_is_an_error(sandboxes: Sandboxes) -> None:
    sandbox = sandboxes.of("handlers.exits")
    assert error_of(sandbox) == {"errorType": "Runtime.ExitError", "errorMessage": "exit status 3"}
    assert not sandbox.is_alive


def test_a_function_that_takes_too_long_is_ended(sandboxes: Sandboxes) -> None:
    sandbox = sandboxes.of("handlers.hangs", timeout=1)
    assert error_of(sandbox)["errorType"] == "Sandbox.Timedout"
    assert not sandbox.is_alive


def test_a_function_that_cannot_start_says_why(sandboxes: Sandboxes) -> None:
    sandbox = sandboxes.of("missing.handler")
    assert error_of(sandbox)["errorType"] == "Runtime.ImportModuleError"
    assert not sandbox.is_alive
