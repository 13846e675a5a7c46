from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import boto3
import pytest
from boto3.dynamodb.types import TypeSerializer

from tests.aws.turns import Turns
from tests.aws.world import CREATED, RULES, SIGNED_IN, TABLE, Clock, World, created, found
from tests.cost.meter import Meter, size
from trailwarden.aws.alert_item import LEASE, MOST_MARKS, MOST_SAMPLES, Stored
from trailwarden.aws.marks import MOST_MATCHES
from trailwarden.aws.outbox import Outbox
from trailwarden.cloudtrail.samples import console_login, root
from trailwarden.detection.finding import Finding
from trailwarden.detection.observation import Observation
from trailwarden.detection.rule import Mode
from trailwarden.detection.severity import Severity


def times(count: int, *, start: int = 0) -> list[Finding]:
    """Return what is found in so many events of one actor: one alert."""
    return found(CREATED, *(created(minute=n / 10) for n in range(start, start + count)))


@pytest.fixture
def outbox(world: World) -> Outbox:
    return world.outbox()


def only(outbox: Outbox, finding: Finding | None = None) -> Stored:
    stored = outbox.get((finding or times(1)[0]).alert_id)
    assert stored
    return stored


def pending(outbox: Outbox) -> list[str]:
    return sorted(stored.alert.alert_id for stored in outbox.pending())


def told(outbox: Outbox, stored: Stored | None = None) -> None:
    """Send, as the dispatcher does."""
    stored = stored or only(outbox)
    assert outbox.lease(stored)
    outbox.mark_published(stored, ["json"], wait=True)
    outbox.mark_sent(stored)


def test_a_new_alert_is_pending(outbox: Outbox, clock: Clock) -> None:
    [finding] = times(1)
    before = clock.now()
    assert outbox.write([finding]) == 1
    stored = only(outbox)
    assert stored.alert.event_ids == [finding.observations[0].event_id]
    assert stored.pending_since
    assert before < stored.pending_since < clock.now()
    assert (stored.told, stored.state) == (0, "PENDING")
    assert stored.is_due
    assert not stored.is_update
    assert pending(outbox) == [finding.alert_id]


def test_writing_again_changes_nothing(outbox: Outbox, world: World, clock: Clock) -> None:
    outbox.write(times(3))
    before = world.alerts()
    clock.advance(minutes=1)
    for findings in (times(3), times(1), times(3)[::-1]):
        outbox.write(findings)
    assert world.alerts() == before


def test_a_sent_alert_is_not_pending_and_repetition_does_not_make_it_so(outbox: Outbox) -> None:
    outbox.write(times(3))
    told(outbox)
    outbox.write(times(3))
    outbox.write(times(9))
    stored = only(outbox)
    assert (stored.state, stored.told, stored.alert.count) == ("SENT", 1, 9)
    assert pending(outbox) == []


@pytest.mark.parametrize(("before", "after"), [(9, 10), (10, 100), (99, 100), (999, 1000)])
def test_people_hear_again_when_there_are_ten_times_as_many(
    outbox: Outbox, before: int, after: int
) -> None:
    outbox.write(times(before))
    told(outbox)
    outbox.write(times(after - 1))
    assert pending(outbox) == []
    outbox.write(times(after))
    stored = only(outbox)
    assert stored.is_update
    assert stored.pending_since is not None
    told(outbox)
    assert only(outbox).told == after


def test_beyond_the_last_time_nobody_hears_and_little_is_written(
    outbox: Outbox, world: World
) -> None:
    outbox.write(times(1500))
    told(outbox)
    assert only(outbox).told == 1000
    outbox.write(times(2000))
    before = world.alerts()
    outbox.write(times(500, start=2000))
    outbox.write(times(500, start=2000))
    assert pending(outbox) == []
    assert world.alerts() == before
    [item] = world.alerts().values()
    assert len(item["matches"]) <= MOST_MARKS + MOST_SAMPLES
    assert len(item["samples"]) <= 2 * MOST_SAMPLES


@pytest.mark.parametrize("before", [0, 1, 40])
def test_many_alerts_are_made_together_and_those_that_are_there_are_added_to(
    outbox: Outbox, world: World, before: int
) -> None:
    def of(count: int, minute: float) -> list[Finding]:
        return found(CREATED, *(created(f"user{n}", minute=minute) for n in range(count)))

    outbox.write(of(before, 0))
    assert outbox.write(of(60, 1)) == 60
    assert outbox.write(of(60, 1)) == 60
    counts = [count for count, _ in world.told().values()]
    assert sorted(counts) == [1] * (60 - before) + [2] * before


def test_an_alert_with_more_matches_than_are_counted_leaves_the_index(outbox: Outbox) -> None:
    outbox.write(times(1999))
    outbox.write(times(2000, start=1999))
    assert only(outbox).alert.count > MOST_MATCHES
    told(outbox)
    assert pending(outbox) == []


def test_growth_is_told_of_even_if_who_counted_it_crashed(outbox: Outbox, world: World) -> None:
    outbox.write(times(1))
    told(outbox)
    outbox.write(times(3000))
    key = {"pk": f"ALERT#{times(1)[0].alert_id}", "sk": "A"}  # and before it was marked, a crash
    world.table.update_item(Key=key, UpdateExpression="REMOVE pending_shard, pending_since")
    assert pending(outbox) == []
    world.outbox().write(times(3000))
    assert pending(outbox) == [times(1)[0].alert_id]


def test_what_grows_while_it_is_sent_stays_pending(outbox: Outbox) -> None:
    outbox.write(times(1))
    stored = only(outbox)
    assert outbox.lease(stored)
    outbox.write(times(10))
    outbox.mark_sent(stored)
    stored = only(outbox)
    assert (stored.told, stored.is_due, stored.leased_until) == (1, True, "")
    assert stored.pending_since is not None


@pytest.mark.fault("lease", "A sender goes on after the end of its lease", "it takes nothing back")
def test_a_sender_that_comes_too_late_takes_nothing_back(outbox: Outbox, clock: Clock) -> None:
    outbox.write(times(1))
    slow = only(outbox)
    assert outbox.lease(slow)
    clock.advance(seconds=LEASE.total_seconds() + 1)
    outbox.write(times(10))
    told(outbox)
    outbox.mark_sent(slow)
    stored = only(outbox)
    assert (stored.told, stored.pending_since, stored.state) == (10, None, "SENT")


@pytest.mark.fault("lease", "Two senders take an alert", "one sends")
def test_one_sender_at_a_time(outbox: Outbox, clock: Clock) -> None:
    outbox.write(times(1))
    stored = only(outbox)
    assert outbox.lease(stored)
    assert not outbox.lease(stored)
    assert pending(outbox) == []
    clock.advance(seconds=LEASE.total_seconds() + 1)
    assert pending(outbox) == [stored.alert.alert_id]
    assert outbox.lease(stored)


def test_what_was_sent_cannot_be_leased_by_who_read_it_before(outbox: Outbox, clock: Clock) -> None:
    outbox.write(times(1))
    stored = only(outbox)
    told(outbox)
    clock.advance(hours=1)
    assert not outbox.lease(stored)


def test_hunts_are_kept_and_nobody_is_told(outbox: Outbox) -> None:
    hunt = replace(CREATED, mode=Mode.HUNT)
    for count in (1, 10, 100):
        outbox.write([replace(finding, rule=hunt) for finding in times(count)])
    stored = only(outbox)
    assert (stored.state, stored.alert.count, stored.pending_since) == ("KEPT", 100, None)
    assert pending(outbox) == []


def test_a_hunt_that_becomes_an_alert_is_told_of_with_its_next_match(outbox: Outbox) -> None:
    outbox.write([replace(finding, rule=replace(CREATED, mode=Mode.HUNT)) for finding in times(2)])
    outbox.write(times(3))
    assert pending(outbox) == [times(1)[0].alert_id]


def test_the_worst_that_was_seen_stays(outbox: Outbox) -> None:
    [finding] = times(1)
    worse = [o._replace(severity=int(Severity.CRITICAL), origin="x") for o in finding.observations]
    outbox.write([Finding(CREATED, worse)])
    outbox.write(times(5))
    assert only(outbox).alert.severity is Severity.CRITICAL


def test_a_rule_that_is_gone_still_tells_its_title(world: World) -> None:
    world.outbox().write(times(1))
    stored = world.outbox(rules=[]).get(times(1)[0].alert_id)
    assert stored
    assert (stored.alert.rule.id, stored.alert.rule.title) == (CREATED.id, CREATED.title)


def hostile(text: str) -> list[Finding]:
    """Return findings whose every text is as long as any may be."""
    texts = dict.fromkeys(
        set(Observation._fields) - {"time", "severity", "origin", "hunting"}, text
    )
    seen = [times(60)[n].observations[0]._replace(**texts) for n in range(60)]  # type: ignore[arg-type]
    return [Finding(CREATED, (o,)) for o in seen]


@pytest.mark.fault("text", "A record holds very long text", "the alert is written")
@pytest.mark.parametrize("text", ["x" * 1000, "\U0001f600" * 1000, "\x00" * 1000, "\u202e" * 1000])
def test_an_attacker_cannot_make_an_item_too_large(outbox: Outbox, world: World, text: str) -> None:
    findings = hostile(text)
    for some in (findings[:24], findings[24:]):
        outbox.write(some)
    [item] = world.alerts().values()
    assert size({name: TypeSerializer().serialize(value) for name, value in item.items()}) < 100_000
    assert only(outbox, findings[0]).alert.count == 60


def test_a_further_match_of_a_grown_alert_costs_one_unit(outbox: Outbox, world: World) -> None:
    """However many matches it has, and wherever they were counted."""
    costs = []
    with Meter(world.backend).running() as meter:
        counted = Outbox(boto3.resource("dynamodb").Table(TABLE), RULES, world.seal)
        for known in (50, 500):
            outbox.write(times(known))
            told(outbox)
            counted.write(times(1, start=known))
            meter.taken()
            counted.write(times(1, start=known + 1))
            costs.append(meter.taken()["writes"])
            assert only(outbox).alert.count == known + 2
    assert costs == [1, 1]


@pytest.mark.parametrize("forged", [b"8 bytes!", b"as long as 1", "text"])
def test_marks_that_no_function_made_count_for_nothing(
    outbox: Outbox, world: World, forged: Any
) -> None:
    outbox.write(times(200))
    alert_id = times(1)[0].alert_id
    world.table.update_item(
        Key={"pk": f"MARKS#{alert_id}", "sk": "77"},
        UpdateExpression="ADD marks :f",
        ExpressionAttributeValues={":f": {forged}},
    )
    assert only(outbox).alert.count == 200
    assert not outbox.unreadable
    if isinstance(forged, bytes):
        world.table.update_item(
            Key={"pk": f"ALERT#{alert_id}", "sk": "A"},
            UpdateExpression="ADD matches :f SET grown = :g",
            ExpressionAttributeValues={":f": {forged}, ":g": 1000},
        )
        assert only(outbox).alert.count == 200
        assert "matches" in outbox.unreadable[f"ALERT#{alert_id}"]


def test_marks_that_somebody_deletes_leave_what_people_were_told_of(
    outbox: Outbox, world: World
) -> None:
    outbox.write(times(200))
    told(outbox)
    for item in world.table.scan()["Items"]:
        if str(item["pk"]).startswith("MARKS#"):
            world.table.delete_item(Key={name: item[name] for name in ("pk", "sk")})
    stored = only(outbox)
    assert stored.alert.count >= 100
    assert stored.told == 100
    outbox.write(times(200))
    assert only(outbox).alert.count >= 100


def test_more_alerts_than_a_page_are_pending(world: World, outbox: Outbox) -> None:
    rng = range(40)
    findings = [f for n in rng for f in found(CREATED, *(created(f"u{n}", minute=m / 10,
                userAgent="x" * 1000) for m in range(25)))]  # fmt: skip
    outbox.write(findings)
    assert len(pending(outbox)) == 40
    assert len(world.alerts()) == 40


def test_nothing_is_pending_in_an_empty_table(outbox: Outbox) -> None:
    assert pending(outbox) == []
    assert outbox.get("00000000000000000000000000000000") is None


@pytest.mark.parametrize("seed", range(15))
def test_matches_written_at_the_same_time_are_all_kept(world: World, seed: int) -> None:
    """Of those that make one alert none loses its samples."""
    parts: Sequence[list[Finding]] = [times(2), times(2, start=2), times(3, start=1)]
    table = boto3.resource("dynamodb").Table(world.table.name)
    Turns(seed).run([lambda p=part: Outbox(table, RULES, world.seal).write(p) for part in parts])  # type: ignore[misc]
    [(count, ids)] = world.told().values()
    assert count == len(ids) == 4


def test_quarantine_is_written_once(outbox: Outbox, world: World) -> None:
    for _ in range(2):
        outbox.quarantine("s3://b/k", "v1", ["is empty"])
    outbox.quarantine("s3://b/k", "v2", ["is empty"])
    assert world.table.scan()["Count"] == 2
    assert world.alerts() == {}


def test_alerts_of_different_rules_are_different(outbox: Outbox, world: World) -> None:
    outbox.write([*times(1), *found(SIGNED_IN, console_login(root()))])
    assert len(world.alerts()) == 2
