"""What an alert costs that has grown, and how large it becomes, whatever is in its events."""

from collections.abc import Callable
from typing import Any

import boto3
import pytest
from boto3.dynamodb.types import TypeSerializer

from tests.aws.world import (
    CREATED,
    PLENTY_OF_TIME,
    RULES,
    TABLE,
    World,
    batch,
    created,
    found,
    happened,
    reborn,
)
from tests.cost.meter import Meter, size
from trailwarden.aws.outbox import Outbox
from trailwarden.cloudtrail.samples import assumed_role, record
from trailwarden.cloudtrail.values import Record
from trailwarden.detection.finding import Finding
from trailwarden.handlers import detect, dispatch

SMALL, LARGE = 2, 1_500
"""Of how many matches an alert is when it has just begun, and when it has grown."""

MOST_BYTES = 100_000
RECORD = 256 * 1024
"""How long a record of CloudTrail may be."""


def times(count: int, *, start: int = 0) -> list[Finding]:
    """Return what is found in so many events of one actor: one alert."""
    events = (created(minute=n / 10, userAgent="x" * 600) for n in range(start, start + count))
    return found(CREATED, *events)


def told(outbox: Outbox, alert_id: str) -> None:
    stored = outbox.get(alert_id)
    assert stored
    assert outbox.lease(stored)
    outbox.mark_published(stored, ["json"], wait=True)
    outbox.mark_sent(stored)


def item_size(item: Any) -> int:
    return size({name: TypeSerializer().serialize(value) for name, value in item.items()})


def new_outbox(world: World) -> Outbox:
    """Return the outbox of an execution environment that knows nothing yet."""
    return Outbox(boto3.resource("dynamodb").Table(TABLE), RULES, world.seal)


def cost_of_a_further_match(world: World, known: int) -> tuple[float, float]:
    """Return the units that a match costs which a new environment adds: written, and read."""
    findings = times(known)
    world.outbox().write(findings)
    told(world.outbox(), findings[0].alert_id)
    with Meter(world.backend).running() as meter:
        new_outbox(world).write(times(1, start=known))
        counts = meter.taken()
    stored = world.outbox().get(findings[0].alert_id)
    assert stored
    assert stored.alert.count == known + 1
    return counts["writes"], counts["half reads"] / 2


def test_a_further_match_costs_no_more_when_the_alert_has_grown(world: World) -> None:
    """Not even in an environment that has to look at the alert first."""
    small, large = (cost_of_a_further_match(world, known) for known in (SMALL, LARGE))
    [item] = world.alerts().values()
    assert item_size(item) > 20_000
    assert large[0] == 1 < small[0]
    dollars = [0.625 * writes + 0.125 * reads for writes, reads in (small, large)]
    assert dollars[1] <= dollars[0]


def test_what_is_no_longer_counted_is_not_written(world: World) -> None:
    """A file of many matches of an alert that has more than people hear of."""
    new_outbox(world).write(times(2_000))
    new_outbox(world).write(times(600, start=2_000))
    before = world.table.scan()["Count"]
    with Meter(world.backend).running() as meter:
        new_outbox(world).write(times(2_000, start=3_000))
        assert meter.taken()["writes"] == 0
    assert world.table.scan()["Count"] == before


def longest(text: str, number: int) -> Record:
    """Return an event of one actor with texts as long as a record has room for."""
    each = f"{number}{text * (RECORD // len(text.encode()) // 24)}"
    same = text * (RECORD // len(text.encode()) // 24)
    fields = ("userAgent", "sourceIPAddress", "awsRegion", "errorCode", "errorMessage", "requestID")
    who: dict[str, Any] = assumed_role("r" * 64, "s" * 64) | {"userName": each, "accessKeyId": each}
    who["arn"] = f"{who['arn']}{same}"
    who["sessionContext"]["sessionIssuer"] |= {"userName": same, "arn": same}
    return record(
        "iam:CreateUser",
        who,
        minute=number / 10,
        **dict.fromkeys(fields, each),
        eventID=each,
        recipientAccountId=same,
        requestParameters={"userName": each, "path": each, "tags": [each] * 3},
    )


@pytest.mark.parametrize(
    "text",
    [
        "x",
        "\U0001f600",
        *(pytest.param(sign, marks=pytest.mark.exhaustive) for sign in ("\x00", "\u202e")),
    ],
    ids=ascii,
)
def test_texts_as_long_as_records_have_room_for_make_no_large_alert(
    world: World, assembled: Callable[..., None], text: str
) -> None:
    """Nor does news of it that differs each time, nor that it is told."""
    assembled(*RULES)
    events = [longest(text, number) for number in range(60)]
    for start, end in ((0, 24), (24, 48), *((n, n + 1) for n in range(48, 60))):
        reborn()
        bodies = [happened(one) for one in events[start:end]]
        detect.handler(batch(*bodies), PLENTY_OF_TIME)
        dispatch.handler({"Records": world.changes()}, None)
    sizes = [item_size(item) for item in world.alerts().values()]
    assert sizes
    assert max(sizes) < MOST_BYTES
    assert sum(stored.alert.count for stored in world.stored().values()) == 60
