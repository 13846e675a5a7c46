"""Plays what stands between the functions: queues and streams that deliver again and again.

The handlers are the real ones. A crash is what a machine that is switched off looks like: nothing
of the invocation goes on, what AWS had done stays done, and the trigger delivers once more.
"""

import random
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import boto3
from botocore.awsrequest import AWSResponse, HTTPHeaders
from botocore.exceptions import ClientError

from tests.aws.world import PLENTY_OF_TIME, Clock, World, batch, reborn
from trailwarden.handlers import detect, dispatch, sweep

MAX_RECEIVES = 5
SWEEPS_OF_AN_HOUR = 12
MOST_ROUNDS = 40
"""An endless loop has more."""

NEVER = (0, "")


class Crash(BaseException):
    """The machine is gone. No `except Exception` sees it."""


class Faults:
    """Counts the calls of the handlers' clients, and lets some of them go wrong."""

    def __init__(self) -> None:
        self.at: set[tuple[int, str]] = set()
        """Before or after which call the machine goes away."""
        self.refuses: Callable[[str, str], str] = lambda _service, _operation: ""
        """Gives the error code with which AWS refuses a call; nothing for none."""
        self.message = "no"
        """What AWS says of it."""
        self.calls: list[str] = []
        self.crashes = 0
        self._is_dead = False
        events: Any = boto3.DEFAULT_SESSION.events  # type: ignore[union-attr]
        events.register("before-call", self._before)
        events.register("after-call", self._after)

    def stop(self) -> None:
        events: Any = boto3.DEFAULT_SESSION.events  # type: ignore[union-attr]
        events.unregister("before-call", self._before)
        events.unregister("after-call", self._after)

    def revive(self) -> None:
        """Start another machine."""
        self._is_dead = False
        reborn()

    def end(self) -> None:
        """Let the machine go away by itself, as at the end of an invocation's time."""
        self.crashes += 1
        self._is_dead = True
        raise Crash

    def _before(self, model: Any, **_: Any) -> tuple[Any, dict[str, Any]] | None:
        self._raise_if_dead()
        service = str(model.service_model.service_name)
        self.calls.append(f"{service}:{model.name}")
        self._crash("before")
        if code := self.refuses(service, model.name):
            refusal = {"Error": {"Code": code, "Message": self.message}, "ResponseMetadata": {}}
            return AWSResponse("", 400, HTTPHeaders(), b""), refusal
        return None

    def _after(self, **_: Any) -> None:
        self._raise_if_dead()
        self._crash("after")

    def _crash(self, when: str) -> None:
        if (len(self.calls), when) in self.at:
            self.end()

    def _raise_if_dead(self) -> None:
        if self._is_dead:  # what still runs while the exception passes does not happen
            raise Crash


@dataclass
class Pipeline:
    """Delivers until all is done."""

    world: World
    clock: Clock
    faults: Faults
    queue: list[tuple[str, int]] = field(default_factory=list)
    """The messages, and how often each was received."""
    dead_letters: list[str] = field(default_factory=list)
    unsent: list[dict[str, Any]] = field(default_factory=list)
    """The stream's changes that were given up; the sweep has to find their alerts."""
    swept: int = 0

    def run(self, messages: Iterable[str], *, batch_size: int = 10) -> None:
        """Deliver `messages`, and whatever they bring about, until nothing is left to do."""
        self.queue += [(message, 0) for message in messages]
        for _ in range(MOST_ROUNDS):
            if not self.queue:
                break
            some, self.queue = self.queue[:batch_size], self.queue[batch_size:]
            self.detect(some)
            self.dispatch()
        assert not self.queue
        self.sweep()

    def detect(self, some: Sequence[tuple[str, int]]) -> None:
        """Have a batch of messages evaluated; those that fail go back to the queue."""
        try:
            answer = detect.handler(batch(*(body for body, _ in some)), PLENTY_OF_TIME)
            failed = {failure["itemIdentifier"] for failure in answer["batchItemFailures"]}
        except detect.EveryMessageFailedError:
            failed = {str(place) for place in range(len(some))}
        except (Crash, ClientError):
            failed = {str(place) for place in range(len(some))}
            self.faults.revive()
        for place, (body, receives) in enumerate(some):
            if str(place) not in failed:
                continue
            if receives + 1 < MAX_RECEIVES:
                self.queue.append((body, receives + 1))
            else:
                self.dead_letters.append(body)

    def dispatch(self) -> None:
        """Have the changes of the table dispatched, which brings about others, until none are."""
        for _ in range(MOST_ROUNDS):
            changes = self.world.changes()
            if not changes:
                return
            for start in range(0, len(changes), 10):
                self._dispatch(changes[start : start + 10])
        raise AssertionError("the dispatcher wakes itself for ever")

    def _dispatch(self, changes: list[dict[str, Any]]) -> None:
        for _ in range(MAX_RECEIVES):
            try:
                assert dispatch.handler({"Records": changes}, None) == {"batchItemFailures": []}
            except (Crash, ClientError):
                self.faults.revive()
                self.clock.advance(seconds=1)
            else:
                return
        self.unsent += changes

    def sweep(self) -> None:
        """Let the sweeper run until nothing is pending: every five minutes, and later each hour."""
        for turn in range(MOST_ROUNDS):
            if not any("pending_shard" in item for item in self.world.alerts().values()):
                return
            self.clock.advance(minutes=5 if turn < SWEEPS_OF_AN_HOUR else 60)
            self.swept += 1
            try:
                sweep.handler({"time": "2025-06-02T13:07:00Z"}, None)
            except (Crash, ClientError):
                self.faults.revive()
            self.dispatch()
        raise AssertionError("something stays pending for ever")

    def mails(self) -> Counter[str]:
        """Take the mails; return in how many of them each alert is."""
        texts = [mail.text for mail in self.world.sent()]
        ids = list(self.world.alerts())
        return Counter({id_: sum(id_ in text for text in texts) for id_ in ids})


def throttled(seed: int, share: float, *, services: Iterable[str]) -> Callable[[str, str], str]:
    """Return what refuses a share of the calls of some services, for good measure in bursts."""
    rng, chosen, burst = random.Random(seed), set(services), SimpleNamespace(left=0)

    def refuses(service: str, operation: str) -> str:
        if service not in chosen or operation == "ListSubscriptionsByTopic":
            return ""
        if not burst.left and rng.random() < share:
            burst.left = rng.randint(1, 3)
        if not burst.left:
            return ""
        burst.left -= 1
        throughput = "ProvisionedThroughputExceededException"
        return "Throttling" if service == "sns" else throughput

    return refuses
