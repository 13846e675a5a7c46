"""The topic of an output by itself."""

from typing import Any, cast

import pytest
from botocore.exceptions import ClientError, ConnectTimeoutError

from tests.aws.world import CREATED, World, created, found
from trailwarden.aws.outputs.sender import Load
from trailwarden.aws.outputs.topic import Topic
from trailwarden.notify.account import NAMELESS


def refusal(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code}}, "PublishBatch")


@pytest.mark.parametrize(
    ("error", "asked"),
    [
        (ConnectTimeoutError(endpoint_url="https://sns"), 1),
        (refusal("AuthorizationError"), 1),
        (refusal("NotFound"), 1),
        (refusal("Throttling"), 1),
        (refusal("InvalidParameter"), 28),
    ],
)
def test_a_topic_that_takes_nothing_is_asked_once(
    world: World, error: Exception, asked: int
) -> None:
    """A message that is wrong says nothing of the next; any other failure would be theirs, too."""
    world.outbox().write([f for n in range(25) for f in found(CREATED, created(f"user-{n}"))])
    calls: list[int] = []

    class Sns:
        def publish_batch(self, **body: Any) -> dict[str, Any]:
            calls.append(len(body["PublishBatchRequestEntries"]))
            raise error

    topic = Topic(cast(Any, Sns()), "json", "arn:aws:sns:us-east-1:111122223333:json")
    told = topic.send(Load([*world.stored().values()], NAMELESS, {}, []))
    assert told.sent == []
    assert len({failed.alert_id for failed in told.failed}) == 25
    assert len(calls) == asked
