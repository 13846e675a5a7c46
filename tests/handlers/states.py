"""Walks a state machine as Step Functions does: the kinds of states that ours has, and no more.

A task that fails is tried again as its `Retry` says, without the waiting. Items of a map run in a
shuffled order, one after the other.
"""

import json
import random
import re
from collections.abc import Callable, Mapping
from typing import Any

FORMAT = re.compile(r"States\.Format\('([^']*)', (\$[.\w]*)\)")
INVOKE, GET = "states:::lambda:invoke", "states:::s3:getObject"


class TaskFailedError(Exception):
    """A task failed as often as its `Retry` allows."""


class StateMachine:
    """A state machine, the function that its tasks invoke, and the bucket that its maps read."""

    def __init__(
        self,
        definition: Mapping[str, Any],
        invoke: Callable[[Any], Any],
        read: Callable[[str, str], bytes],
    ) -> None:
        self._definition, self._invoke, self._read = definition, invoke, read
        self.entered: list[str] = []
        """The states that were entered, in their order."""

    def run(self, given: Any) -> Any:
        return self._walk(self._definition, given)

    def _walk(self, machine: Mapping[str, Any], value: Any) -> Any:
        name = machine["StartAt"]
        while name:
            self.entered.append(name)
            state = machine["States"][name]
            if state["Type"] == "Choice":
                name = self._choice(state, value)
                continue
            value = {"Task": self._task, "Map": self._map}[state["Type"]](state, value)
            assert state.get("End") or state["Next"]
            name = state.get("Next", "")
        return value

    def _choice(self, state: Mapping[str, Any], value: Any) -> str:
        for choice in state["Choices"]:
            if at(choice["Variable"], value, {}) is choice["BooleanEquals"]:
                return str(choice["Next"])
        return str(state["Default"])

    def _task(self, state: Mapping[str, Any], value: Any) -> Any:
        assert state["Resource"].endswith(INVOKE)
        asked = filled(state["Parameters"], value, {})
        tried: dict[int, int] = {}
        while True:
            try:
                answer = {"Payload": json.loads(json.dumps(self._invoke(asked["Payload"])))}
                break
            except Exception as error:
                number, retry = retrier(state["Retry"], type(error).__name__)
                tried[number] = tried.get(number, 0) + 1
                if tried[number] > retry["MaxAttempts"]:
                    raise TaskFailedError(f"{type(error).__name__}: {error}") from error
        result = (
            filled(state["ResultSelector"], answer, {}) if "ResultSelector" in state else answer
        )
        return at(state.get("OutputPath", "$"), placed(state, value, result), {})

    def _map(self, state: Mapping[str, Any], value: Any) -> Any:
        if reader := state.get("ItemReader"):
            assert reader["Resource"].endswith(GET)
            assert reader["ReaderConfig"] == {"InputType": "JSON"}
            assert state["ItemProcessor"]["ProcessorConfig"]["Mode"] == "DISTRIBUTED"
            place = filled(reader["Parameters"], value, {})
            items = json.loads(self._read(place["Bucket"], place["Key"]))
        else:
            items = at(state["ItemsPath"], value, {})
        if path := state.get("MaxConcurrencyPath"):
            assert at(path, value, {}) > 0
        random.Random(1).shuffle(items)
        for item in items:
            given = filled(state["ItemSelector"], value, {"Map": {"Item": {"Value": item}}})
            self._walk(state["ItemProcessor"], given)
        return placed(state, value, None)


def retrier(retries: list[dict[str, Any]], error: str) -> tuple[int, dict[str, Any]]:
    """Return the first entry of `Retry` that knows an error, with its number."""
    known = ((n, r) for n, r in enumerate(retries) if {error, "States.ALL"} & {*r["ErrorEquals"]})
    return next(known, (-1, {"MaxAttempts": 0}))


def placed(state: Mapping[str, Any], value: Any, result: Any) -> Any:
    """Return what a state gives on: `ResultPath` says where its result goes."""
    path = state.get("ResultPath", "$")
    if path is None:
        return value
    return result if path == "$" else {**value, path.removeprefix("$."): result}


def filled(form: Any, value: Any, context: Any) -> Any:
    """Return a payload template with its paths filled in."""
    if not isinstance(form, dict):
        return form
    return {
        key.removesuffix(".$"): at(each, value, context)
        if key.endswith(".$")
        else filled(each, value, context)
        for key, each in form.items()
    }


def at(path: str, value: Any, context: Any) -> Any:
    """Return what is at a path of the input, or of the context where it begins with `$$`."""
    if match := FORMAT.fullmatch(path):
        return match[1].format(at(match[2], value, context))
    assert path.startswith("$"), path
    found = context if path.startswith("$$") else value
    for name in path.lstrip("$").split(".")[1:]:
        found = found[name]
    return found
