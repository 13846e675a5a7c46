"""Alerts to tell people of, written and dispatched."""

from collections.abc import Sequence

from tests.aws.world import CREATED, SIGNED_IN, World, created, found
from trailwarden.cloudtrail.samples import console_login, root
from trailwarden.detection.finding import Finding

ROOT = found(SIGNED_IN, console_login(root()))


def users(count: int, *, start: int = 0, each: int = 1) -> list[Finding]:
    """Return findings of so many actors: an alert for each."""
    names = range(start, start + count)
    return found(CREATED, *(created(f"user-{n}", minute=m / 4) for n in names for m in range(each)))


def ids(findings: Sequence[Finding]) -> list[str]:
    return list(dict.fromkeys(finding.alert_id for finding in findings))


def written(world: World, findings: Sequence[Finding]) -> list[str]:
    world.outbox().write(findings)
    return ids(findings)
