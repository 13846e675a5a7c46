"""An alert that has grown is told as soon as it gets worse, or when it is no longer expected."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

from tests.aws.world import CREATED, Clock, World, created, found
from trailwarden.aws.alert_item import MOST_SAMPLES
from trailwarden.detection.finding import Finding
from trailwarden.detection.severity import Severity

MANY = MOST_SAMPLES + 5


def times(count: int, *, start: int = 0) -> list[Finding]:
    return found(CREATED, *(created(minute=n / 10) for n in range(start, start + count)))


def changed(findings: list[Finding], **fields: object) -> Iterator[Finding]:
    """Yield findings whose observations have other values."""
    for finding in findings:
        [seen] = finding.observations
        yield replace(finding, observations=(seen._replace(**fields),))  # type: ignore[arg-type]


def test_an_act_that_is_not_expected_is_told_after_many_that_are(world: World) -> None:
    """A key may be anybody's, though its user works by hand where that is expected."""
    outbox = world.outbox()
    expected, by_key = times(MANY), times(1, start=MANY)
    for some in (expected[:-1], expected[-1:]):
        outbox.write(changed(some, hunting=True))
    assert world.sweep().sent == 0
    outbox.write(by_key)
    [stored] = outbox.pending()
    assert stored.is_due


def test_many_low_matches_keep_back_no_severe_one(world: World, clock: Clock) -> None:
    """It is told at once, though the alert waited for long."""
    world.outbox().write(changed(times(MANY), severity=Severity.LOW))
    clock.advance(hours=1)
    world.outbox().write(times(1, start=MANY))
    [stored] = world.outbox().pending()
    assert stored.pending_since
    assert clock.now() - stored.pending_since < timedelta(minutes=1)
