"""An audit that crashes or is slowed down is done again, with the same alerts."""

from contextlib import suppress

import pytest

from tests.aws.audited import Delivery
from tests.aws.pipeline import Crash, Faults
from tests.aws.world import PLENTY_OF_TIME, announced, batch, reborn
from tests.logfile.trail import Trail
from trailwarden.catalog.pipeline import TAMPERED
from trailwarden.handlers import detect

CALLS = 11
"""How many calls an audit makes that finds a digest unannounced, and a log file deleted."""

CRASHES = [
    pytest.param(call, when, marks=[pytest.mark.exhaustive] if call % 8 else [])
    for call in range(1, CALLS + 1)
    for when in ("before", "after")
]


def deleted_after_an_unannounced_digest(delivery: Delivery) -> str:
    """Have a log file deleted, and its digest unannounced; return the digest after it."""
    trail = Trail().hours(3, files=1)
    delivery.put(trail)
    delivery.at(trail).announce(*trail.log_files, trail.digests[0])
    delivery.delete(trail.log_files[1])
    return trail.digests[2]


@pytest.mark.fault(
    "crash",
    "A function ends before or after any call of an audit of digests",
    "each finding is told once",
)
@pytest.mark.parametrize(("call", "when"), CRASHES)
def test_a_crash_at_any_call_changes_nothing(delivery: Delivery, call: int, when: str) -> None:
    digest = deleted_after_an_unannounced_digest(delivery)
    faults = Faults()
    faults.at = {(call, when)}
    reborn()
    with suppress(Crash):
        delivery.announce(digest)
    faults.revive()
    delivery.announce(digest)
    faults.stop()
    assert faults.crashes == 1
    assert delivery.told() == {TAMPERED.id: ["deleted"]}
    assert delivery.left == []


def test_all_calls_of_an_audit_are_tried(delivery: Delivery) -> None:
    digest = deleted_after_an_unannounced_digest(delivery)
    faults = Faults()
    reborn()
    delivery.announce(digest)
    faults.stop()
    assert len(faults.calls) == CALLS, faults.calls


def test_when_s3_is_slow_a_digest_comes_again(delivery: Delivery) -> None:
    trail = Trail().hours(1)
    delivery.put(trail)
    delivery.at(trail).announce(*trail.log_files)
    faults = Faults()
    faults.refuses = lambda _, name: "SlowDown" if name == "HeadObject" else ""
    reborn()
    with pytest.raises(detect.EveryMessageFailedError):
        detect.handler(batch(announced(trail.digests[0])), PLENTY_OF_TIME)
    faults.stop()
    assert delivery.told() == {}
