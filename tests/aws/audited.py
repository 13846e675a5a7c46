"""Delivers the files of a made-up trail to the real detector, which audits its digests."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import boto3
import pytest

from tests.aws.test_trail_bucket import CloudTrail
from tests.aws.world import PLENTY_OF_TIME, Clock, World, announced, batch
from tests.logfile.trail import BUCKET, Trail
from trailwarden.aws import assembly
from trailwarden.aws.envelopes import LogObject
from trailwarden.aws.public_keys import PublicKeys
from trailwarden.handlers import detect

NOTHING_FAILED: dict[str, Any] = {"batchItemFailures": []}


class Delivery:
    """Delivers the files of a trail to the detector."""

    def __init__(self, world: World, clock: Clock) -> None:
        self._world, self._clock = world, clock
        self.left: list[tuple[LogObject, timedelta]] = []

    def put(self, trail: Trail, *keys: str) -> None:
        for key in keys or trail.objects:
            body, metadata = trail.objects[key]
            self._world.s3.put_object(Bucket=BUCKET, Key=key, Body=body, Metadata=metadata)

    def delete(self, key: str) -> None:
        self._world.s3.delete_object(Bucket=BUCKET, Key=key)

    def announce(self, *keys: str) -> None:
        """Let the detector hear of files, some minutes after their hour."""
        self.hand(*(announced(key) for key in keys))

    def hand(self, *bodies: str) -> None:
        messages = batch(*bodies)
        for message in messages["Records"]:
            message["eventSourceARN"] = "arn:aws:sqs:us-east-1:123456789012:logs"
        assert detect.handler(messages, PLENTY_OF_TIME) == NOTHING_FAILED

    def at(self, trail: Trail, *, minutes: int = 10) -> "Delivery":
        """Let it be some minutes after the last hour of a trail."""
        self._clock.moment = trail.start + timedelta(minutes=minutes)
        return self

    def again(self) -> list[str]:
        """Let the detector have what was left for later; return the files that were queued."""
        left, self.left = self.left, []
        from trailwarden.aws.envelopes import rest_of  # noqa: PLC0415 - it is the message itself

        self.hand(*(rest_of(item) for item, _ in left))
        return [item.key for item, _ in left if "CloudTrail-Digest" not in item.key]

    def told(self) -> dict[str, list[str]]:
        """Return what alerts say, by rule; each in the words of its detail."""
        found: dict[str, list[str]] = {}
        for stored in self._world.stored().values():
            found.setdefault(stored.alert.rule.id, []).extend(stored.alert.details)
        return found

    def troubles(self) -> list[str]:
        return [one.kind for one in assembly.troubles().waiting()]


@pytest.fixture
def keys() -> CloudTrail:
    return CloudTrail(0)


@pytest.fixture
def delivery(
    world: World,
    clock: Clock,
    assembled: Callable[..., None],
    keys: CloudTrail,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Delivery]:
    assembled()
    told: Any = keys
    known = PublicKeys(lambda _: told)
    monkeypatch.setattr(assembly, "public_keys", lambda: known)
    made = Delivery(world, clock)
    monkeypatch.setattr(
        "trailwarden.aws.work_queue.WorkQueue.leave",
        lambda _, item, delay: made.left.append((item, delay)),
    )
    boto3.client("sqs").create_queue(QueueName="logs")
    yield made
    objects: Any = world.session.resource("s3").Bucket(BUCKET).object_versions
    objects.filter(Prefix="AWSLogs/").delete()
