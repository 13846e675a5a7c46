"""Log files that digests list: tampered ones are told, and missed ones are queued again."""

import json
from typing import Any

import boto3
import pytest

from tests.aws.audited import Delivery
from tests.aws.world import World, reborn
from tests.logfile.trail import Trail
from trailwarden.aws.audit import LATER, MOST_TOLD, PATIENCE
from trailwarden.aws.envelopes import opened
from trailwarden.catalog.pipeline import TAMPERED


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
