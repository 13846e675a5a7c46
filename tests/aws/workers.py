"""Functions at the same time over one table: AWS refuses their calls, and they die at any."""

import random
from collections.abc import Callable, Sequence
from threading import local
from typing import Any

import boto3
import pytest
from botocore.awsrequest import AWSResponse, HTTPHeaders
from botocore.exceptions import ClientError

from tests.aws.pipeline import Crash
from tests.aws.turns import Turns
from tests.aws.world import MADE, PLENTY_OF_TIME, World, batch
from trailwarden.aws import assembly
from trailwarden.handlers import detect, dispatch

MOST_ROUNDS = 200
AT_ONCE = 100
"""How many changes the dispatcher gets at once."""

DISPATCHED = 0.2
"""How often it runs beside detectors."""

TWICE = 0.1
"""How often a message comes again without need."""

THROTTLED = "ProvisionedThroughputExceededException"


class Workers:
    """Execution environments of the detector, each with a memory of its own."""

    def __init__(self, patch: pytest.MonkeyPatch, seed: int, number: int) -> None:
        """Make so many, whose calls come in an order that a seed says."""
        self._random = random.Random(seed)
        self._turns = Turns(seed)
        self._memories: list[dict[Any, Any]] = [{} for _ in range(number)]
        self._of_dispatch: dict[Any, Any] = {}
        self._mine = local()
        self.refused = self.died = 0.0
        """Which share of the calls of DynamoDB is refused, and at which a function dies."""
        self.faults = 0
        for name, made in MADE.items():
            patch.setattr(assembly, name, self._own(name, made.__wrapped__))
        events: Any = boto3.DEFAULT_SESSION.events  # type: ignore[union-attr]
        events.register("before-call.dynamodb", self._before)
        events.register("after-call.dynamodb", self._after)

    def stop(self) -> None:
        events: Any = boto3.DEFAULT_SESSION.events  # type: ignore[union-attr]
        events.unregister("before-call.dynamodb", self._before)
        events.unregister("after-call.dynamodb", self._after)

    def run(self, world: World, messages: Sequence[str]) -> None:
        """Deliver all messages about in their order until each is done, and the table's stream."""
        waiting, changes = [*messages], list[dict[str, Any]]()
        for _ in range(MOST_ROUNDS):
            changes += world.changes()
            if not waiting and not changes:
                return
            works = [self._detecting(n, self._some(waiting)) for n in range(len(self._memories))]
            most = AT_ONCE if not waiting or self._random.random() < DISPATCHED else 0
            told, changes = changes[:most], changes[most:]
            left, *again = self._turns.run([self._dispatching(told), *works])
            changes = [*left, *changes]
            waiting = [*(body for some in again for body in some), *waiting]
            if waiting and self._random.random() < TWICE:
                waiting.append(self._random.choice(messages))
        raise AssertionError("messages come for ever")

    def _some(self, waiting: list[str]) -> Sequence[str]:
        count = self._random.choice((1, 2, 4, 8))
        some, waiting[:] = waiting[:count], waiting[count:]
        return some

    def _dispatching(self, changes: Sequence[dict[str, Any]]) -> Callable[[], Sequence[Any]]:
        """Return what tells of changes, and returns those that have to come again."""

        def work() -> Sequence[Any]:
            done = self._survived(len(self._memories), lambda: _dispatched(changes))
            return changes if done is None else []

        return work

    def _detecting(self, number: int, bodies: Sequence[str]) -> Callable[[], Sequence[Any]]:
        """Return what evaluates a batch, and returns the messages that have to come again."""
        given = batch(*bodies)
        for message in given["Records"] if self._random.random() < TWICE else ():
            message["attributes"] = {"ApproximateReceiveCount": "2"}

        def work() -> Sequence[Any]:
            failed = self._survived(number, lambda: detect.handler(given, PLENTY_OF_TIME))
            if failed is None:
                return bodies
            return [bodies[int(one["itemIdentifier"])] for one in failed["batchItemFailures"]]

        return work

    def _survived(self, number: int, handle: Callable[[], Any]) -> Any:
        """Return the answer of a handler; None where it fails, or its environment dies."""
        self._mine.number, self._mine.is_dead = number, False
        try:
            return handle()
        except (detect.EveryMessageFailedError, ClientError):
            return None
        except Crash:
            self._memory(number).clear()
            return None
        finally:
            del self._mine.number

    def _memory(self, number: int) -> dict[Any, Any]:
        return [*self._memories, self._of_dispatch][number]

    def _own(self, name: str, make: Callable[..., Any]) -> Callable[..., Any]:
        """Return what makes a part once for each execution environment."""

        def own(*given: Any) -> Any:
            memory = self._memory(getattr(self._mine, "number", len(self._memories)))
            if (name, *given) not in memory:
                memory[name, *given] = make(*given)
            return memory[name, *given]

        return own

    def _before(self, **_: Any) -> tuple[Any, dict[str, Any]] | None:
        if not hasattr(self._mine, "number"):
            return None
        self._die()
        if self._random.random() >= self.refused:
            return None
        self.faults += 1
        refusal = {"Error": {"Code": THROTTLED, "Message": "no"}, "ResponseMetadata": {}}
        return AWSResponse("", 400, HTTPHeaders(), b""), refusal

    def _after(self, **_: Any) -> None:
        if hasattr(self._mine, "number"):
            self._die()

    def _die(self) -> None:
        if not self._mine.is_dead and self._random.random() < self.died:
            self.faults += 1
            self._mine.is_dead = True
        if self._mine.is_dead:
            raise Crash


def _dispatched(changes: Sequence[dict[str, Any]]) -> Any:
    return dispatch.handler({"Records": [*changes]}, None)
