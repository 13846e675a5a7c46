import json
from dataclasses import replace
from datetime import timedelta

import pytest

from tests.aws.telling import ROOT, ids, users, written
from tests.aws.world import CREATED, DELETED_TWO, SIGNED_IN, Clock, World, created, found
from trailwarden.aws.dispatcher import Told
from trailwarden.aws.mailbox import Mailbox
from trailwarden.detection.match import Match
from trailwarden.detection.severity import Severity
from trailwarden.notify.schedule import (
    DIGESTS_APART,
    MAILS,
    PACE,
    PATIENCE,
    PATIENCE_OF_LOW,
    PERIOD,
    QUIET,
)


def streamed(world: World) -> int:
    """Dispatch the table's changes, in batches of ten, until there are none."""
    rounds = 0
    while changes := world.changes():
        rounds += 1
        assert rounds < 10, "the dispatcher wakes itself for ever"
        for start in range(0, len(changes), 10):
            images = [change["dynamodb"].get("NewImage", {}) for change in changes[start:][:10]]
            waiting = [i["pk"]["S"].removeprefix("ALERT#") for i in images if "pending_shard" in i]
            world.dispatcher().dispatch(waiting)
    return rounds


def test_an_alert_is_a_mail_and_a_message(world: World) -> None:
    [alert_id] = written(world, ROOT)
    assert world.dispatcher().dispatch([alert_id]).sent == 1
    [sent] = world.sent()
    [message] = world.sent("machines")
    assert sent.subject == "[CRITICAL] Signed_In happened in 111122223333"
    assert alert_id in sent.text
    assert json.loads(message.text)["alert_id"] == alert_id
    assert {name: said["Value"] for name, said in message.attributes.items()} == {
        "severity": "critical",
        "rule_id": SIGNED_IN.id,
        "account_id": "111122223333",
    }


def test_nobody_is_told_twice(world: World) -> None:
    [alert_id] = written(world, ROOT)
    for _ in range(3):
        world.dispatcher().dispatch([alert_id, alert_id])
    assert len(world.sent()) == len(world.sent("machines")) == 1


def test_an_alert_that_is_not_there_is_nothing(world: World) -> None:
    assert world.dispatcher().dispatch(["0" * 32]).sent == 0


def test_what_is_at_hand_goes_out_in_one_mail_the_worst_first(world: World) -> None:
    world.dispatcher().dispatch(written(world, [*users(5), *ROOT]))
    [sent] = world.sent()
    assert sent.subject == "[CRITICAL] Signed_In happened, and 5 more in 111122223333"
    assert all(alert_id in sent.text for alert_id in ids([*users(5), *ROOT]))


def test_what_is_worse_goes_out_at_once(world: World, clock: Clock) -> None:
    world.dispatcher().dispatch(written(world, users(1)))
    clock.advance(seconds=5)
    world.dispatcher().dispatch(written(world, ROOT))
    assert [sent.subject[:10] for sent in world.sent()] == ["[HIGH] Cre", "[CRITICAL]"]


def test_mails_are_a_second_apart(world: World, clock: Clock) -> None:
    world.dispatcher().dispatch(written(world, users(1)))
    world.dispatcher().dispatch(written(world, ROOT))
    assert clock.paused == PACE.total_seconds()


def test_what_is_no_worse_waits_for_the_sweep(world: World, clock: Clock) -> None:
    for n in range(5):
        world.dispatcher().dispatch(written(world, users(1, start=n)))
        clock.advance(seconds=2)
    assert len(world.sent()) == 1
    assert len(world.sent("machines")) == 5
    assert world.sweep().sent == 0  # it is not quiet yet
    clock.advance(seconds=QUIET.total_seconds())
    swept = world.sweep()
    [sent] = world.sent()
    assert swept.sent == 4
    assert sent.subject == "[HIGH] Created happened, and 3 more in 111122223333"
    assert world.sweep() == Told()


def test_after_two_minutes_mails_go_out_again(world: World, clock: Clock) -> None:
    world.dispatcher().dispatch(written(world, users(2)))
    clock.advance(seconds=PERIOD.total_seconds())
    world.dispatcher().dispatch(written(world, users(1, start=9)))
    assert len(world.sent()) == 2


def test_what_somebody_else_is_sending_takes_no_mail(world: World) -> None:
    mailbox = Mailbox(world.table)
    outbox = world.outbox()
    [alert_id] = written(world, ROOT)
    stored = outbox.get(alert_id)
    assert stored
    assert outbox.lease(stored)
    assert world.dispatcher().dispatch([alert_id]).sent == 0
    critical = Severity.CRITICAL
    assert [mailbox.take(critical, "a.rule") for _ in range(MAILS + 1)] == [True] * MAILS + [False]


def test_a_second_sweep_beside_the_first_sends_nothing(world: World, clock: Clock) -> None:
    mailbox = Mailbox(world.table)
    assert mailbox.take_digest()
    clock.advance(seconds=DIGESTS_APART.total_seconds() - 1)
    assert not mailbox.take_digest()
    clock.advance(minutes=1)
    assert mailbox.take_digest()


@pytest.mark.parametrize("actors", [40, pytest.param(200, marks=pytest.mark.exhaustive)])
def test_a_storm_is_three_mails_and_every_alert_is_in_the_table(
    world: World, clock: Clock, actors: int
) -> None:
    """Up to 10,000 matches within a minute, of 200 actors; it takes long to work them off."""
    storm = users(actors, each=50)
    start = clock.now()
    for n in range(0, len(storm), 200):
        world.outbox().write(storm[n : n + 200])
        streamed_slowly(world, clock)
    assert clock.now() - start < timedelta(minutes=1)
    clock.advance(minutes=2)
    streamed_slowly(world, clock)
    while any(True for _ in world.outbox().pending()):
        clock.advance(minutes=5)
        world.sweep()
        streamed_slowly(world, clock)
    mails = world.sent()
    assert len(mails) <= 3
    assert all(len(sent.text.encode()) < 256 * 1024 for sent in mails)
    told = world.told()
    assert told.keys() == set(ids(storm))
    assert {count for count, _ in told.values()} == {50}
    assert all(
        stored.told == 10 and not stored.is_due_to("json") for stored in world.stored().values()
    )


def streamed_slowly(world: World, clock: Clock) -> None:
    streamed(world)
    clock.advance(seconds=0.5)


def test_the_backlog_of_a_storm_does_not_come_in_twos(world: World, clock: Clock) -> None:
    """Mails may go out again before the stream is worked off: the rest is still the sweep's."""
    storm = written(world, users(60))
    for start in range(0, 60, 10):
        world.dispatcher().dispatch(storm[start : start + 10])
        clock.advance(minutes=2)
    assert len(world.sent()) == 1
    assert world.sweep().sent == 50
    assert len(world.sent()) == 1


def test_a_storm_of_one_alert_is_three_mails(world: World, clock: Clock) -> None:
    for n in range(0, 2000, 40):
        world.outbox().write(found(CREATED, *(created(minute=m / 60) for m in range(n, n + 40))))
        streamed(world)
        clock.advance(seconds=1)
    clock.advance(minutes=5)
    world.sweep()
    mails = world.sent()
    assert len(mails) <= 3
    assert "times now" in mails[-1].subject
    [(count, _)] = world.told().values()
    assert count >= 1000


@pytest.mark.parametrize("count", [10, 100, 1000])
def test_people_hear_again_at_ten_times_as_many(world: World, clock: Clock, count: int) -> None:
    [alert_id] = written(world, users(1, each=count - 1))
    world.dispatcher().dispatch([alert_id])
    clock.advance(hours=1)
    written(world, users(1, each=count))
    world.dispatcher().dispatch([alert_id])
    subjects = [sent.subject for sent in world.sent()]
    assert subjects == [
        "[HIGH] Created happened in 111122223333",
        f"[HIGH] Created happened ({count} times now) in 111122223333",
    ]
    assert [json.loads(sent.text)["count"] for sent in world.sent("machines")] == [count - 1, count]


def test_ten_acts_are_no_news_to_who_was_told_of_eight(world: World, clock: Clock) -> None:
    for count in (8, 10, 99, 100):
        acts = [replace(finding, rule=DELETED_TWO) for finding in users(1, each=count)]
        world.dispatcher().dispatch(written(world, acts))
        clock.advance(hours=1)
        world.sweep()
    assert [sent.subject for sent in world.sent()] == [
        "[HIGH] Deleted_Two happened in 111122223333",
        "[HIGH] Deleted_Two happened (100 times now) in 111122223333",
    ]


def test_a_storm_that_does_not_end_is_told_of_after_ten_minutes(world: World, clock: Clock) -> None:
    waiting = 0
    for n in range(40):
        written(world, users(1, start=n))
        clock.advance(seconds=20)
        waiting = max(waiting, world.sweep().oldest_seconds)
    assert len(world.sent()) >= 1
    assert waiting <= PATIENCE.total_seconds() + 60


def test_the_sweep_leaves_alone_what_the_dispatcher_may_be_sending(
    world: World, clock: Clock
) -> None:
    written(world, users(1))
    clock.advance(seconds=PATIENCE.total_seconds() + 1)
    [young] = written(world, users(1, start=5))
    world.sweep()
    [sent] = world.sent()
    assert young not in sent.text
    world.dispatcher().dispatch([young])
    [sent] = world.sent()
    assert young in sent.text


@pytest.mark.fault(
    "own events",
    "The dispatcher changes items, whose stream wakes it",
    "it comes to rest",
)
def test_the_dispatcher_does_not_wake_itself_for_ever(world: World) -> None:
    written(world, [*users(30), *ROOT])
    assert streamed(world) < 5
    assert world.changes() == []


def test_a_low_alert_waits_for_the_digest_and_is_not_late(world: World, clock: Clock) -> None:
    [mild] = found(MILD, created())
    world.outbox([MILD]).write([mild])
    world.dispatcher([MILD]).dispatch([mild.alert_id])
    assert world.sent() == []
    assert len(world.sent("machines")) == 1
    clock.advance(hours=1)
    assert world.sweep([MILD]).oldest_seconds == 0
    assert world.sent() == []
    clock.advance(seconds=(PATIENCE_OF_LOW - timedelta(hours=1)).total_seconds())
    assert world.sweep([MILD]).oldest_seconds == PATIENCE_OF_LOW.total_seconds()
    assert len(world.sent()) == 1


def test_a_low_alert_goes_with_the_digest_of_others(world: World, clock: Clock) -> None:
    rules, some = (MILD, CREATED), [*found(MILD, created()), *users(2)]
    for finding in some:
        world.outbox(rules).write([finding])
        world.dispatcher(rules).dispatch([finding.alert_id])
    clock.advance(minutes=1)
    world.sweep(rules)
    assert [some[0].alert_id in sent.text for sent in world.sent()] == [False, True]


def test_a_low_alert_that_gets_worse_while_it_waits_is_told_at_once(
    world: World, clock: Clock
) -> None:
    [mild], [worse] = found(WORSENING, created()), found(WORSENING, created(minute=30))
    assert mild.alert_id == worse.alert_id
    for finding, mails in ((mild, 0), (worse, 1)):
        world.outbox([WORSENING]).write([finding])
        world.dispatcher([WORSENING]).dispatch([finding.alert_id])
        assert len(world.sent()) == mails
        clock.advance(minutes=30)


MILD = replace(CREATED, module="trailwarden.rules.test.mild", severity=Severity.LOW)
WORSENING = replace(
    MILD, detect=lambda event: Match(severity=Severity.HIGH if event.event_time.minute else None)
)
