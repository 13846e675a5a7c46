"""What tests of the mails of incidents share: rules, and what goes out at once or by the sweep."""

from collections.abc import Sequence
from dataclasses import replace

from tests.aws.world import CREATED, PLENTY_OF_TIME, Clock, Sent, World, a_rule, batch, happened
from trailwarden.cloudtrail.samples import iam_user, record
from trailwarden.cloudtrail.values import Record
from trailwarden.detection.attack import Tactic
from trailwarden.detection.severity import Severity
from trailwarden.handlers import detect, dispatch, sweep

STOPPED = replace(
    a_rule("stopped", "cloudtrail:StopLogging"), attack={Tactic.DEFENSE_EVASION: ["T1562.008"]}
)
DELETED = a_rule("deleted", "iam:DeleteUser")
WIPED = a_rule("wiped", "s3:DeleteBucket", severity=Severity.CRITICAL)
TAKEN = a_rule("taken", "rds:DeleteDBInstance", severity=Severity.CRITICAL)
LISTED = a_rule("listed", "iam:ListUsers", severity=Severity.LOW)
RULES = (CREATED, STOPPED, DELETED, WIPED, TAKEN, LISTED)
MALLORY = iam_user("mallory")


def by_mallory(action: str, minute: float) -> Record:
    return record(action, MALLORY, minute=minute)


def streamed(world: World) -> None:
    """Have the changes of the table dispatched until there are none."""
    for _ in range(10):
        if not (changes := world.changes()):
            return
        dispatch.handler({"Records": changes}, None)
    raise AssertionError("the dispatcher wakes itself for ever")


def told(world: World, *records: Record) -> Sequence[Sent]:
    """Return the mails that go out at once for these records."""
    answer = detect.handler(batch(*map(happened, records)), PLENTY_OF_TIME)
    assert answer == {"batchItemFailures": []}
    streamed(world)
    return world.sent()


def swept(world: World, clock: Clock, minutes: float = 5) -> Sequence[Sent]:
    clock.advance(minutes=minutes)
    sweep.handler({"time": "2025-06-02T13:07:00Z"}, None)
    streamed(world)
    return world.sent()


def subjects(mails: Sequence[Sent]) -> list[str]:
    return [mail.subject for mail in mails]


def ids_in(world: World, mails: Sequence[Sent]) -> set[str]:
    return {id_ for id_ in world.alerts() if any(id_ in mail.text for mail in mails)}


def assert_nothing_waits(world: World) -> None:
    assert not [i for i in world.alerts().values() if "pending_shard" in i]
