"""Digests in the pipeline: forged ones and broken chains are told."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.aws.audited import Delivery
from tests.aws.pipeline import Faults
from tests.aws.test_trail_bucket import CloudTrail
from tests.aws.world import World, reborn
from tests.logfile.trail import HOUR, Trail, fingerprint
from trailwarden.aws import assembly
from trailwarden.aws.public_keys import PublicKeys
from trailwarden.catalog.pipeline import DIGEST_BROKEN, TAMPERED
from trailwarden.detection.severity import Severity


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


@pytest.mark.fault(
    "digests",
    "A digest is forged, unsigned, moved or unreadable when it arrives",
    "it is an alert",
)
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


@pytest.mark.fault("digests", "A digest has the key of another Region", "it is an alert")
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


@pytest.mark.fault(
    "digests",
    "A digest comes later, with the missed files",
    "the missed files are evaluated",
)
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


def test_severities_are_those_of_the_act(delivery: Delivery, world: World) -> None:
    trail = Trail().hours(1).restart().hours(1)
    delivery.put(trail)
    delivery.at(trail).announce(*trail.log_files)
    delivery.delete(trail.log_files[0])
    delivery.announce(trail.digests[0])
    delivery.announce(trail.digests[1])
    found = {one.alert.rule.id: one.alert.severity for one in world.stored().values()}
    assert found == {TAMPERED.id: Severity.CRITICAL, DIGEST_BROKEN.id: Severity.HIGH}
