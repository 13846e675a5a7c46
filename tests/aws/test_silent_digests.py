"""Digests that stay away are told once."""

from datetime import timedelta

import pytest

from tests.aws.audited import Delivery
from tests.aws.world import Clock, World
from tests.logfile.trail import ACCOUNT, HOUR, REGION, Trail
from trailwarden.aws import assembly
from trailwarden.aws.chains import SILENCE
from trailwarden.handlers import sweep

LOOKED_AFTER = {"time": "2025-06-02T13:02:00Z"}


@pytest.mark.fault("digests", "The digests of an account and Region stay away", "it is told once")
def test_an_account_and_region_that_fall_silent_are_told_once(
    delivery: Delivery, world: World, clock: Clock
) -> None:
    first, second = Trail().hours(1, files=0), Trail(region="us-east-1").hours(2, files=0)
    for trail in (first, second):
        delivery.put(trail)
        delivery.at(trail).announce(*trail.digests)
    clock.moment = first.start + SILENCE + timedelta(minutes=1)
    for _ in range(3):
        sweep.handler(LOOKED_AFTER, None)
        clock.advance(minutes=5)
    sent = [one.text for one in world.sent("operations") if "digest" in one.text]
    assert len(sent) == 1
    assert f"account {ACCOUNT} in {REGION} (trail main_trail, since 06-02 13:01)" in sent[0]
    assert "us-east-1" not in sent[0]


def test_what_goes_on_may_fall_silent_again(delivery: Delivery, clock: Clock) -> None:
    trail = Trail().hours(1, files=0)
    delivery.put(trail)
    delivery.at(trail).announce(trail.digests[0])
    clock.moment = trail.start + SILENCE + HOUR
    assembly.note_silent_digests()
    assert assembly.chains().silent() == []
    trail.hours(3, files=0)
    delivery.put(trail)
    delivery.at(trail).announce(*trail.digests)
    clock.moment = trail.start + SILENCE + HOUR
    [silent] = assembly.chains().silent()
    assert silent.end == trail.start


def test_a_trail_without_digests_is_never_silent(delivery: Delivery, world: World) -> None:
    trail = Trail()
    trail.log_file()
    delivery.put(trail)
    delivery.at(trail, minutes=600).announce(*trail.log_files)
    sweep.handler(LOOKED_AFTER, None)
    sweep.handler({"time": "2025-06-02T13:22:00Z"}, None)
    assert [one.text for one in world.sent("operations") if "digest" in one.text] == []
