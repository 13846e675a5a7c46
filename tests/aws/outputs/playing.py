"""Has alerts told over chosen outputs, by the real handlers, and AWS answered as documented."""

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import boto3
from botocore.awsrequest import AWSResponse, HTTPHeaders

from tests.aws.world import PLENTY_OF_TIME, Clock, World, batch, happened, reborn
from trailwarden.cloudtrail.values import Record
from trailwarden.handlers import detect, dispatch, sweep

Answer = Callable[[dict[str, Any]], dict[str, Any]]
"""Answers the body of a request; raises AssertionError for one that AWS would not take."""


@contextmanager
def answering(operation: str, answer: Answer) -> Iterator[None]:
    """Have calls of an operation answered instead of sent: what AWS gets is what is seen."""

    def called(model: Any, params: dict[str, Any], **_: Any) -> Any:
        if str(model.name) != operation:
            return None
        parsed = answer(json.loads(params["body"]))
        return AWSResponse("", 200, HTTPHeaders(), b""), {**parsed, "ResponseMetadata": {}}

    events: Any = boto3.DEFAULT_SESSION.events  # type: ignore[union-attr]
    events.register("before-call", called)
    reborn()
    try:
        yield
    finally:
        events.unregister("before-call", called)
        reborn()


def detected(*records: Record) -> None:
    """Have records evaluated."""
    told = detect.handler(batch(*map(happened, records)), PLENTY_OF_TIME)
    assert told == {"batchItemFailures": []}


def dispatched(world: World) -> None:
    """Have the changes of the table dispatched until there are none."""
    for _ in range(10):
        if not (changes := world.changes()):
            return
        dispatch.handler({"Records": changes}, None)
    raise AssertionError("the dispatcher wakes itself for ever")


def swept(world: World, clock: Clock, minutes: float = 5) -> None:
    """Have the sweep send what stayed behind."""
    clock.advance(minutes=minutes)
    sweep.handler({"time": "2025-06-02T13:07:00Z"}, None)
    dispatched(world)


def pending(world: World) -> Sequence[str]:
    """Return the titles of alerts that somebody has yet to hear of."""
    return [s.alert.title for s in world.stored().values() if s.pending_since]
