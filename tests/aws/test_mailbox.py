"""Nobody keeps mails back by writing of them into the table."""

from datetime import timedelta
from typing import Any

import pytest

from tests.aws.world import Clock, World
from trailwarden.aws.mailbox import Mailbox
from trailwarden.detection.severity import Severity

FAR = "9999-01-01T00:00:00+00:00"
ODD: list[dict[str, Any]] = [
    {"mails": [f"{FAR} 5 a", f"{FAR} 5 b"] * 3, "digest": FAR},
    {"mails": ["no mail", "x y z", "2025-06-02T12:59:59 5 a", f"{FAR} 99 a"], "digest": "never"},
    {"mails": [None, 5, {}], "digest": [], "version": "many"},
    {"mails": "2025", "digest": "2025-06-02T12:59:59", "version": None},
]


@pytest.mark.parametrize("item", ODD)
def test_what_somebody_else_wrote_of_mails_keeps_none_back(
    world: World, item: dict[str, Any]
) -> None:
    world.table.put_item(Item={"pk": "MAIL#people", "sk": "M", "version": 0, **item})
    mailbox = Mailbox(world.table)
    assert mailbox.take(Severity.HIGH, "a")
    assert mailbox.take_digest()


def test_what_was_mended_counts_from_then_on(world: World, clock: Clock) -> None:
    world.table.put_item(Item={"pk": "MAIL#people", "sk": "M", **ODD[2]})
    mailbox = Mailbox(world.table)
    assert mailbox.take(Severity.HIGH, "a")
    assert not mailbox.take(Severity.HIGH, "a")
    assert mailbox.take_digest()
    assert not mailbox.take_digest()
    clock.advance(minutes=5)
    assert mailbox.take(Severity.HIGH, "a")
    assert mailbox.take_digest()


def test_clocks_of_functions_may_differ_a_little(world: World, clock: Clock) -> None:
    ahead = (clock.now() + timedelta(seconds=5)).isoformat()
    item: dict[str, Any] = {"mails": [f"{ahead} 5 a"], "digest": ahead, "version": 3}
    world.table.put_item(Item={"pk": "MAIL#people", "sk": "M", **item})
    mailbox = Mailbox(world.table)
    assert not mailbox.take(Severity.HIGH, "a")
    assert not mailbox.take_digest()
