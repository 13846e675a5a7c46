"""How often ordinary days call AWS: most of a month's bill and of a function's time hangs on it."""

import io
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import redirect_stdout
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest

from tests.aws.world import BUCKET, PLENTY_OF_TIME, Clock, World, announced, batch
from trailwarden import catalog
from trailwarden.aws.batches import chunks
from trailwarden.cloudtrail.values import Record
from trailwarden.handlers import detect
from trailwarden.logfile import key as log_key
from trailwarden.scenario import benign, files

EVENTS = 33_333
"""Events of a day: a million in a month."""

SOME = timedelta(hours=1)
"""How much of each day is looked at in a quick run."""

AT_ONCE = 10
"""How many files are in a batch."""

FIRST_DAY, THIRD_DAY = 100, 60
"""The most calls for 1,000 events of whole days, the GETs of log files included."""

FIRST_HOUR, HOUR_OF_THIRD_DAY = 140, 120
"""The most for the first hour of a day, in which all that it shows is new to it."""


@pytest.fixture
def calls(world: World) -> Iterator[Counter[str]]:  # noqa: ARG001 - the session is that of the world
    """The calls of the handlers, by service and operation."""
    counts: Counter[str] = Counter()

    def count(model: Any, **_: Any) -> None:
        counts[f"{model.service_model.service_name}:{model.name}"] += 1

    events: Any = boto3.DEFAULT_SESSION.events  # type: ignore[union-attr]
    events.register("before-call", count)
    yield counts
    events.unregister("before-call", count)


def of_day(records: Sequence[Record], day: int) -> list[Record]:
    """Return the same harmless work on another day, under other ids."""
    return [
        {
            **one,
            "eventID": f"{day}{one['eventID'][1:]}",
            "eventTime": f"{_moment(one) + timedelta(days=day):%Y-%m-%dT%H:%M:%SZ}",
        }
        for one in records
    ]


def _moment(one: Record) -> datetime:
    return datetime.fromisoformat(one["eventTime"])


def deliver(world: World, clock: Clock, records: Sequence[Record]) -> None:
    """Deliver records as CloudTrail does, in batches, each when its last file is there."""
    found = dict(files.log_files(records))
    for some in chunks(sorted(found, key=_delivered), AT_ONCE):
        bodies = []
        for key in some:
            version = world.s3.put_object(Bucket=BUCKET, Key=key, Body=found[key])["VersionId"]
            bodies.append(announced(key, version_id=version))
        clock.moment = max(clock.moment, _delivered(some[-1])[0] + timedelta(minutes=1))
        with redirect_stdout(io.StringIO()):
            answer = detect.handler(batch(*bodies), PLENTY_OF_TIME)
        assert answer == {"batchItemFailures": []}


def _delivered(key: str) -> tuple[datetime, str]:
    parsed = log_key.parse(key)
    assert parsed
    return parsed.delivered.replace(tzinfo=UTC), key


def of_days(
    world: World, clock: Clock, calls: Counter[str], records: Sequence[Record]
) -> list[float]:
    """Return the calls for 1,000 events on each of three days."""
    found = []
    for day in range(3):
        calls.clear()
        deliver(world, clock, of_day(records, day))
        found.append(1_000 * calls.total() / len(records))
    return found


def test_the_first_hour_of_a_day_takes_few_calls(
    world: World, assembled: Callable[..., None], clock: Clock, calls: Counter[str]
) -> None:
    pack = catalog.load()
    assembled(*pack.rules, environment=pack.environment)
    every = list(benign.day(EVENTS))
    end = _moment(every[0]) + SOME
    first, _, third = of_days(world, clock, calls, [e for e in every if _moment(e) < end])
    assert first <= FIRST_HOUR, calls
    assert third <= HOUR_OF_THIRD_DAY, calls


@pytest.mark.exhaustive
def test_whole_days_take_few_calls(
    world: World, assembled: Callable[..., None], clock: Clock, calls: Counter[str]
) -> None:
    pack = catalog.load()
    assembled(*pack.rules, environment=pack.environment)
    first, _, third = of_days(world, clock, calls, list(benign.day(EVENTS)))
    assert first <= FIRST_DAY, calls
    assert third <= THIRD_DAY, calls
