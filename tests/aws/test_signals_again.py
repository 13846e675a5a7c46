"""A weak signal adds up with others also where its actor gave the same one earlier on that day."""

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from tests.aws.test_same_answer import assert_same, scanned
from tests.aws.world import PLENTY_OF_TIME, Clock, World, batch, happened
from trailwarden import catalog
from trailwarden.cloudtrail.samples import request
from trailwarden.cloudtrail.values import Record
from trailwarden.handlers import detect
from trailwarden.rules.actor.several_weak_signals import RULE, theft

EARLIER = request("sts:GetSessionToken", minute=-200)


@pytest.mark.parametrize(
    "pieces",
    [[[one] for one in (EARLIER, *theft())], [[EARLIER], theft()], [[EARLIER, *theft()]]],
    ids=["one by one", "in two files", "together"],
)
def test_a_signal_of_the_morning_counts_in_the_afternoon_again(
    world: World,
    assembled: Callable[..., None],
    clock: Clock,
    tmp_path: Path,
    pieces: Sequence[Sequence[Record]],
) -> None:
    clock.advance(days=1)  # what is observed has happened
    rules = catalog.load().rules
    expected = scanned(tmp_path, [one for piece in pieces for one in piece])
    assert RULE.id in {alert.rule.id for alert in expected.values()}
    assembled(*rules)
    for piece in pieces:
        answer = detect.handler(batch(*map(happened, piece)), PLENTY_OF_TIME)
        assert answer == {"batchItemFailures": []}
    assert_same(world, rules, expected)
