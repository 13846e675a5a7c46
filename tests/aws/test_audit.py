"""Digests in the pipeline: what was tampered with is told, and what was missed is queued again."""

import json
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import timedelta
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from tests.aws.pipeline import Crash, Faults
from tests.aws.test_trail_bucket import CloudTrail
from tests.aws.world import PLENTY_OF_TIME, Clock, World, announced, batch, reborn
from tests.logfile.trail import ACCOUNT, BUCKET, HOUR, REGION, START, Trail, fingerprint
from trailwarden.aws import assembly
from trailwarden.aws.audit import LATER, MOST_TOLD, PATIENCE
from trailwarden.aws.chains import SILENCE
from trailwarden.aws.envelopes import LogObject, opened
from trailwarden.aws.evaluated import Evaluated, name_of
from trailwarden.aws.public_keys import PublicKeys
from trailwarden.catalog.pipeline import DIGEST_BROKEN, TAMPERED
from trailwarden.detection.severity import Severity
from trailwarden.handlers import detect, sweep

NOTHING_FAILED: dict[str, Any] = {"batchItemFailures": []}
LOOKED_AFTER = {"time": "2025-06-02T13:02:00Z"}


class Delivery:
    """Delivers the files of a trail to the detector."""

    def __init__(self, world: World, clock: Clock) -> None:
        self._world, self._clock = world, clock
        self.left: list[tuple[LogObject, timedelta]] = []

    def put(self, trail: Trail, *keys: str) -> None:
        for key in keys or trail.objects:
            body, metadata = trail.objects[key]
            self._world.s3.put_object(Bucket=BUCKET, Key=key, Body=body, Metadata=metadata)

    def delete(self, key: str) -> None:
        self._world.s3.delete_object(Bucket=BUCKET, Key=key)

    def announce(self, *keys: str) -> None:
        """Let the detector hear of files, some minutes after their hour."""
        self.hand(*(announced(key) for key in keys))

    def hand(self, *bodies: str) -> None:
        messages = batch(*bodies)
        for message in messages["Records"]:
            message["eventSourceARN"] = "arn:aws:sqs:us-east-1:123456789012:logs"
        assert detect.handler(messages, PLENTY_OF_TIME) == NOTHING_FAILED

    def at(self, trail: Trail, *, minutes: int = 10) -> "Delivery":
        """Let it be some minutes after the last hour of a trail."""
        self._clock.moment = trail.start + timedelta(minutes=minutes)
        return self

    def again(self) -> list[str]:
        """Let the detector have what was left for later; return the files that were queued."""
        left, self.left = self.left, []
        from trailwarden.aws.envelopes import rest_of  # noqa: PLC0415 - it is the message itself

        self.hand(*(rest_of(item) for item, _ in left))
        return [item.key for item, _ in left if "CloudTrail-Digest" not in item.key]

    def told(self) -> dict[str, list[str]]:
        """Return what alerts say, by rule; each in the words of its detail."""
        found: dict[str, list[str]] = {}
        for stored in self._world.stored().values():
            found.setdefault(stored.alert.rule.id, []).extend(stored.alert.details)
        return found

    def troubles(self) -> list[str]:
        return [one.kind for one in assembly.troubles().waiting()]


@pytest.fixture
def keys() -> CloudTrail:
    return CloudTrail(0)


@pytest.fixture
def delivery(
    world: World,
    clock: Clock,
    assembled: Callable[..., None],
    keys: CloudTrail,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Delivery]:
    assembled()
    told: Any = keys
    known = PublicKeys(lambda _: told)
    monkeypatch.setattr(assembly, "public_keys", lambda: known)
    made = Delivery(world, clock)
    monkeypatch.setattr(
        "trailwarden.aws.work_queue.WorkQueue.leave",
        lambda _, item, delay: made.left.append((item, delay)),
    )
    boto3.client("sqs").create_queue(QueueName="logs")
    yield made
    objects: Any = world.session.resource("s3").Bucket(BUCKET).object_versions
    objects.filter(Prefix="AWSLogs/").delete()


def test_a_trail_as_cloudtrail_wrote_it_tells_nothing(delivery: Delivery) -> None:
    trail = Trail().hours(3)
    delivery.put(trail)
    delivery.at(trail).announce(*trail.log_files)
    for digest in trail.digests:
        delivery.announce(digest)
    assert (delivery.told(), delivery.troubles(), delivery.left) == ({}, [], [])


def test_no_log_file_is_read_for_a_digest(delivery: Delivery, world: World) -> None:
    trail = Trail().hours(1)
    delivery.put(trail)
    delivery.at(trail).announce(*trail.log_files)
    asked: list[str] = []
    events: Any = boto3.DEFAULT_SESSION.events  # type: ignore[union-attr]
    reborn()
    events.register("before-call.s3.GetObject", lambda **told: asked.append(told["params"]["url"]))
    delivery.announce(trail.digests[0])
    assert len(asked) == 1
    del world


def test_a_deleted_log_file_is_an_alert(delivery: Delivery) -> None:
    trail = Trail().hours(1)
    delivery.put(trail)
    delivery.at(trail).announce(*trail.log_files)
    delivery.delete(trail.log_files[0])
    for _ in range(2):
        delivery.announce(trail.digests[0])
    assert delivery.told() == {TAMPERED.id: ["deleted"]}


def test_a_log_file_that_was_deleted_before_anybody_read_it_is_an_alert(
    delivery: Delivery,
) -> None:
    trail = Trail().hours(1)
    delivery.put(trail)
    delivery.delete(trail.log_files[0])
    delivery.at(trail).announce(trail.log_files[1], trail.digests[0])
    assert delivery.told() == {TAMPERED.id: ["deleted before it was evaluated"]}
    assert delivery.left == []


@pytest.mark.parametrize("is_first_read", [True, False])
def test_a_changed_log_file_is_an_alert(delivery: Delivery, *, is_first_read: bool) -> None:
    trail = Trail().hours(1)
    delivery.put(trail)
    delivery.at(trail)
    if is_first_read:
        delivery.announce(*trail.log_files)
    changed, other = Trail(), trail.log_files[1]
    changed.objects[trail.log_files[0]] = trail.objects[other]
    delivery.put(changed)
    delivery.announce(trail.log_files[0], other)
    delivery.announce(trail.digests[0])
    assert delivery.told() == {TAMPERED.id: ["changed"]}


def test_a_file_that_was_missed_is_evaluated_and_held_to_its_digest(delivery: Delivery) -> None:
    trail = Trail().hours(1)
    delivery.put(trail)
    delivery.at(trail).announce(trail.log_files[0])
    delivery.announce(trail.digests[0])
    [(digest, delay)] = delivery.left
    assert (digest.key, delay) == (trail.digests[0], LATER)  # it may be on its way
    assert delivery.again() == []
    assert [item.key for item, _ in delivery.left] == [trail.log_files[1]]
    assert delivery.again() == [trail.log_files[1]]
    assert (delivery.told(), delivery.troubles()) == ({}, ["missed"])
    delivery.announce(trail.digests[0])
    assert delivery.left == []


def test_a_missed_file_that_was_changed_is_an_alert(delivery: Delivery) -> None:
    trail = Trail().hours(1, files=1)
    delivery.put(trail)
    changed = Trail()
    changed.objects[trail.log_files[0]] = Trail().hours(1).objects[trail.log_files[0]]
    changed.rewrite(trail.log_files[0], trail.objects[trail.digests[0]].body)
    delivery.put(changed)
    delivery.at(trail, minutes=int(PATIENCE.total_seconds()) // 60 + 1)
    delivery.announce(trail.digests[0])
    assert delivery.again() == [trail.log_files[0]]
    assert delivery.told()[TAMPERED.id] == ["changed"]


def test_after_half_an_hour_nothing_waits(delivery: Delivery) -> None:
    trail = Trail().hours(1)
    delivery.put(trail)
    delivery.at(trail, minutes=31).announce(trail.digests[0])
    assert [item.key for item, _ in delivery.left] == trail.log_files
    assert all(list(opened(json.dumps({"restOfLogFile": item._asdict()}))) == [item]
               for item, _ in delivery.left)  # fmt: skip


def test_an_added_log_file_is_an_alert_that_names_its_minute(delivery: Delivery) -> None:
    trail = Trail().hours(1)
    added = trail.log_file(minute=30)
    trail.hours(1)
    delivery.put(trail)
    delivery.at(trail).announce(*trail.log_files)
    for digest in trail.digests:
        delivery.announce(digest)
    [detail] = delivery.told()[TAMPERED.id]
    assert detail == "added: 1 files that no digest lists, delivered at 13:31"
    assert added


def test_a_file_in_the_digest_of_the_hour_before_or_after_is_not_added(delivery: Delivery) -> None:
    trail = Trail()
    early = trail.log_file(minute=58)
    trail.digest([trail.log_file(minute=5)])
    late = trail.log_file(minute=-4)
    trail.digest([early, late, trail.log_file(minute=5)])
    trail.hours(1)
    delivery.put(trail)
    delivery.at(trail).announce(*trail.log_files)
    for digest in trail.digests:
        delivery.announce(digest)
    assert delivery.told() == {}


def test_a_file_of_insights_is_not_added(delivery: Delivery) -> None:
    trail = Trail().hours(1)
    key = trail.log_files[0].replace("CloudTrail", "CloudTrail-Insight")
    trail.objects[key] = trail.objects[trail.log_files[0]]
    trail.hours(1)
    delivery.put(trail)
    delivery.at(trail).announce(*trail.log_files, key)
    for digest in trail.digests:
        delivery.announce(digest)
    assert delivery.told() == {}


def test_a_listed_file_of_insights_is_one_that_was_evaluated(delivery: Delivery) -> None:
    trail = Trail()
    plain = trail.log_file()
    key = plain.replace("CloudTrail", "CloudTrail-Insight")
    trail.objects[key] = trail.objects.pop(plain)
    digest = trail.digest([key])
    delivery.put(trail)
    delivery.at(trail).announce(key)
    delivery.announce(digest)
    assert (delivery.told(), delivery.left) == ({}, [])


def test_files_of_a_bucket_that_is_not_ours_are_not_judged(delivery: Delivery) -> None:
    trail = Trail()
    elsewhere = {"s3Bucket": "elsewhere"}
    digest = trail.digest(
        [trail.log_file()], change=lambda fields: fields["logFiles"][0].update(elsewhere)
    )
    delivery.put(trail, digest)
    delivery.at(trail).announce(digest)
    assert (delivery.told(), delivery.left) == ({}, [])


def test_many_tampered_files_are_few_alerts(delivery: Delivery) -> None:
    trail = Trail()
    files = [trail.log_file(minute=5 + n % 50, text=f'{{"Records":[], "n": {n}}}')
             for n in range(MOST_TOLD + 5)]  # fmt: skip
    trail.digest(files)
    delivery.put(trail, trail.digests[0])
    delivery.at(trail).announce(trail.digests[0])
    told = delivery.told()[TAMPERED.id]
    assert len(told) == MOST_TOLD + 1
    assert "5 more log files" in told


# Digests


def forged(trail: Trail) -> None:
    trail.put(trail.digests[1], trail.fields(trail.digests[1]))
    other = Trail(key=1)
    other.put(trail.digests[1], trail.fields(trail.digests[1]))
    trail.objects[trail.digests[1]] = other.objects[trail.digests[1]]


def unsigned(trail: Trail) -> None:
    key = trail.digests[1]
    trail.objects[key] = trail.objects[key]._replace(metadata={})


def moved(trail: Trail) -> None:
    trail.objects[trail.digests[1]] = trail.objects[trail.digests[0]]


def unreadable(trail: Trail) -> None:
    trail.rewrite(trail.digests[1], b"{}")


@pytest.mark.parametrize(
    ("tamper", "says"),
    [
        (forged, "CloudTrail did not sign it as it is"),
        pytest.param(unsigned, "it has no signature", marks=pytest.mark.exhaustive),
        pytest.param(moved, "it was moved from s3://", marks=pytest.mark.exhaustive),
        pytest.param(unreadable, "it is no digest: is not gzip", marks=pytest.mark.exhaustive),
    ],
)
def test_a_digest_that_was_tampered_with_is_an_alert(
    delivery: Delivery, tamper: Callable[[Trail], None], says: str
) -> None:
    trail = Trail().hours(2)
    tamper(trail)
    delivery.put(trail)
    delivery.at(trail).announce(*trail.log_files)
    for digest in trail.digests:
        delivery.announce(digest)
    [detail] = delivery.told()[DIGEST_BROKEN.id]
    assert says in detail


def test_a_digest_of_another_key_is_an_alert(delivery: Delivery) -> None:
    trail = Trail(key=1).hours(1, files=0)
    delivery.put(trail)
    delivery.at(trail).announce(trail.digests[0])
    [detail] = delivery.told()[DIGEST_BROKEN.id]
    assert detail.endswith(fingerprint(1))


def test_a_digest_that_nobody_announced_is_audited_all_the_same(delivery: Delivery) -> None:
    trail = Trail().hours(4)
    delivery.put(trail)
    delivery.at(trail).announce(*trail.log_files, trail.digests[0])
    delivery.delete(trail.log_files[2])
    delivery.announce(trail.digests[3])
    assert delivery.told() == {TAMPERED.id: ["deleted"]}
    assert assembly.chains().last(next(iter(chains_of(trail)))).end == trail.start  # type: ignore[union-attr]


def chains_of(trail: Trail) -> Iterator[Any]:
    from trailwarden.logfile.digest import chain_of  # noqa: PLC0415 - used here alone

    yield from (chain_of(key) for key in trail.digests)


def test_a_deleted_digest_is_an_alert(delivery: Delivery) -> None:
    trail = Trail().hours(3)
    delivery.put(trail)
    delivery.at(trail).announce(*trail.log_files, trail.digests[0])
    delivery.delete(trail.digests[1])
    delivery.announce(trail.digests[2])
    told = delivery.told()
    assert told[DIGEST_BROKEN.id] == ["it is missing, and the digest after it names it"]


def test_digests_in_any_order_are_one_chain(delivery: Delivery) -> None:
    trail = Trail().hours(4)
    delivery.put(trail)
    delivery.at(trail).announce(*trail.log_files)
    for place in (0, 3, 1, 2, 3):
        delivery.announce(trail.digests[place])
    assert delivery.told() == {}


def test_a_chain_that_begins_anew_is_an_alert(delivery: Delivery) -> None:
    trail = Trail().hours(1).restart(hours=2).hours(1)
    delivery.put(trail)
    delivery.at(trail).announce(*trail.log_files)
    for digest in trail.digests:
        delivery.announce(digest)
    [detail] = delivery.told()[DIGEST_BROKEN.id]
    assert detail.startswith("a new chain begins; the last ended at 2025-06-02 13:01:31")


def test_a_chain_that_skips_a_digest_is_an_alert(delivery: Delivery) -> None:
    """No digest of CloudTrail's does so: its key would have to be lost."""
    trail = Trail().hours(2, files=0)
    before = trail._previous
    trail.hours(1, files=0)
    delivery.put(trail)
    delivery.at(trail)
    for digest in trail.digests:
        delivery.announce(digest)
    trail._previous = before
    trail.hours(1, files=0)
    delivery.put(trail, trail.digests[3])
    delivery.at(trail).announce(trail.digests[3])
    [detail] = delivery.told()[DIGEST_BROKEN.id]
    assert detail == "it does not follow the digest before it"


def test_a_backfill_digest_brings_what_was_missed(delivery: Delivery, keys: CloudTrail) -> None:
    trail = Trail().hours(1)
    trail.start -= HOUR
    late = trail.log_file(minute=7)
    backfill = trail.digest([late], backfill=True)
    trail.start += HOUR
    delivery.put(trail)
    delivery.at(trail, minutes=40).announce(*trail.log_files[:2], trail.digests[0], backfill)
    assert delivery.again() == [late]
    assert delivery.told() == {}
    assert keys.asked


def test_a_region_without_keys_is_a_trouble_and_the_list_is_compared(
    delivery: Delivery, monkeypatch: pytest.MonkeyPatch
) -> None:
    error = ClientError({"Error": {"Code": "UnrecognizedClientException"}}, "ListPublicKeys")
    silent: Any = CloudTrail(fails=error)
    known = PublicKeys(lambda _: silent)
    monkeypatch.setattr(assembly, "public_keys", lambda: known)
    reborn()
    trail = Trail().hours(1)
    delivery.put(trail)
    delivery.at(trail).announce(*trail.log_files)
    delivery.delete(trail.log_files[0])
    delivery.announce(trail.digests[0])
    assert delivery.told() == {TAMPERED.id: ["deleted"]}
    assert delivery.troubles() == ["keys"]


def test_what_s3_refuses_to_name_is_gone(delivery: Delivery) -> None:
    """Who may not list a bucket gets 403 for what is not there."""
    trail = Trail().hours(1)
    delivery.put(trail)
    delivery.at(trail).announce(*trail.log_files)
    faults = Faults()
    faults.refuses = lambda _, name: "AccessDenied" if name == "HeadObject" else ""
    reborn()
    delivery.announce(trail.digests[0])
    faults.stop()
    assert delivery.told()[TAMPERED.id] == ["deleted, or kept from the detector"] * 2


CALLS = 12
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


def test_severities_are_those_of_the_act(delivery: Delivery, world: World) -> None:
    trail = Trail().hours(1).restart().hours(1)
    delivery.put(trail)
    delivery.at(trail).announce(*trail.log_files)
    delivery.delete(trail.log_files[0])
    delivery.announce(trail.digests[0])
    delivery.announce(trail.digests[1])
    found = {one.alert.rule.id: one.alert.severity for one in world.stored().values()}
    assert found == {TAMPERED.id: Severity.CRITICAL, DIGEST_BROKEN.id: Severity.HIGH}


# The heartbeat


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


# What was evaluated


def test_a_file_is_one_entry_however_often_it_is_evaluated(world: World, clock: Clock) -> None:
    del clock
    trail = Trail().hours(1)
    evaluated = Evaluated(world.table)
    for _ in range(3):
        for key in trail.log_files:
            evaluated.note(BUCKET, key, "ab" * 32)
    seen = evaluated.of(ACCOUNT, REGION, [START])
    assert {one.name for one in seen} == {name_of(BUCKET, key) for key in trail.log_files}
    assert {one.delivered.minute for one in seen} == {6, 26}
    assert [item["pk"] for item in world.table.scan()["Items"]] == [f"EVALUATED#{ACCOUNT}#{REGION}"]


def test_a_key_that_is_none_is_not_remembered(world: World, clock: Clock) -> None:
    del clock
    Evaluated(world.table).note(BUCKET, "x", "")
    assert world.table.scan()["Items"] == []
