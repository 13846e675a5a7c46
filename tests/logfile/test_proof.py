from collections.abc import Mapping

import pytest

from tests.logfile.tampering import CASES, Case, made
from tests.logfile.trail import (
    ACCOUNT,
    HOUR,
    REGION,
    START,
    MemoryBucket,
    Trail,
    der,
    fingerprint,
)
from trailwarden.logfile.digest import Digest
from trailwarden.logfile.proof import LONGEST_GAP, Place, Proof, Span
from trailwarden.logfile.signature import PublicKey, public_key
from trailwarden.logfile.verdict import Kind, Problem, Report, Status, runs

KNOWN = {fingerprint(): public_key(der())}
OPEN = Span()


def known(digest: Digest, _: Mapping[str, str]) -> PublicKey | None:
    return KNOWN.get(digest.fingerprint)


def unknown(_: Digest, __: Mapping[str, str]) -> None:
    """Know no key."""


def prove(place: Place, span: Span = OPEN, *, with_keys: bool = True) -> Report:
    proof = Proof(place, known if with_keys else unknown, span)
    for kept in proof.find():
        proof.add(kept)
    for file in proof.judge():
        proof.note(file, proof.check(file))
    return proof.report


def kinds(report: Report) -> set[Kind]:
    return {problem.kind for problem in report.problems}


@pytest.mark.fault(
    "digests",
    "Files and digests are deleted, changed, moved, added, forged or restarted",
    "each is found and named",
)
@pytest.mark.parametrize("tampered", CASES, ids=lambda case: case.name)
def test_every_way_to_tamper_is_found(tampered: Case) -> None:
    report = prove(MemoryBucket(made(tampered)))
    assert kinds(report) == tampered.kinds
    assert report.log_files == tampered.valid_log_files
    assert report.status is max(
        (Problem(kind, "", "").status for kind in tampered.kinds), default=Status.VALID
    )


@pytest.mark.parametrize("tampered", CASES, ids=lambda case: case.name)
def test_a_copy_without_metadata_shows_the_same_but_for_the_last_digest(tampered: Case) -> None:
    report = prove(MemoryBucket(made(tampered), metadata=False))
    signatures = {Kind.DIGEST_UNSIGNED, Kind.SIGNATURE_UNKNOWN}
    if "backfill" in tampered.name or "odd signature" in tampered.name:
        return  # nothing but the metadata has the signature
    assert kinds(report) - signatures == tampered.kinds - signatures
    assert Kind.SIGNATURE_UNKNOWN in kinds(report)


@pytest.mark.parametrize("tampered", CASES, ids=lambda case: case.name)
def test_without_keys_nothing_is_valid(tampered: Case) -> None:
    report = prove(MemoryBucket(made(tampered)), with_keys=False)
    assert report.status is not Status.VALID
    assert not [hour for hour in report.hours if hour.digests and hour.status is Status.VALID]


def test_only_the_hour_that_was_tampered_with_is_invalid() -> None:
    trail = Trail().hours(6)
    del trail.objects[trail.log_files[4]]
    report = prove(MemoryBucket(trail))
    statuses = {hour.slot.hour.hour: hour.status for hour in report.hours}
    assert statuses == dict.fromkeys(range(12, 18), Status.VALID) | {14: Status.INVALID}
    assert [len(run.hours) for run in runs(report.hours)] == [2, 1, 3]


def test_idle_hours_are_valid() -> None:
    report = prove(MemoryBucket(Trail().hours(24, files=0)))
    assert (report.status, report.digests, report.log_files) == (Status.VALID, 24, 0)
    [run] = runs(report.hours)
    assert (run.first.slot.account_id, run.first.slot.region) == (ACCOUNT, REGION)


def test_an_empty_place_proves_nothing() -> None:
    assert prove(MemoryBucket(Trail())).status is Status.UNPROVED


def test_a_span_is_of_its_digests_alone() -> None:
    trail = Trail().hours(6)
    del trail.objects[trail.log_files[0]]
    span = Span(START + 2 * HOUR, START + 4 * HOUR)
    report = prove(MemoryBucket(trail), span)
    assert (report.status, report.digests) == (Status.VALID, 2)


def test_the_digest_before_is_missed_where_its_time_is_asked_about() -> None:
    trail = Trail().hours(6, files=0)
    for key in trail.digests[:3]:
        del trail.objects[key]
    assert prove(MemoryBucket(trail)).status is Status.VALID  # the copy may begin there
    report = prove(MemoryBucket(trail), Span(START, None))
    assert kinds(report) == {Kind.DIGEST_MISSING}


@pytest.mark.exhaustive
def test_a_gap_of_ages_is_told_of_its_first_years() -> None:
    trail = Trail().hours(1, files=0)
    trail.restart(hours=100 * 365 * 24).hours(1, files=0)
    report = prove(MemoryBucket(trail))
    assert {Kind.CHAIN_BROKEN, Kind.NOT_COVERED} == kinds(report)
    assert len(report.hours) == LONGEST_GAP // HOUR + 2


def test_log_files_after_the_last_digest_are_not_proved() -> None:
    trail = Trail().hours(6)
    for key in trail.digests[3:]:
        del trail.objects[key]
    report = prove(MemoryBucket(trail))
    assert kinds(report) == {Kind.NOT_COVERED}
    assert report.status is Status.UNPROVED


def test_accounts_and_regions_are_judged_apart() -> None:
    first, second = Trail().hours(2), Trail(account="444455556666", region="us-east-1").hours(2)
    del second.objects[second.log_files[0]]
    first.objects |= second.objects
    report = prove(MemoryBucket(first))
    found = {(hour.slot.account_id, hour.status) for hour in report.hours}
    assert found == {
        (ACCOUNT, Status.VALID),
        ("444455556666", Status.VALID),
        ("444455556666", Status.INVALID),
    }


def test_a_file_of_the_last_hour_may_be_in_the_next_digest() -> None:
    trail = Trail().hours(3)
    trail.log_file(minute=2)
    assert prove(MemoryBucket(trail)).status is Status.VALID
