from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from tests.aws.world import World
from tests.cli.test_scan import run
from tests.logfile.trail import BUCKET, REGION, Trail, der, fingerprint
from trailwarden.aws.bucket import Access
from trailwarden.aws.public_keys import PublicKeys
from trailwarden.logfile.digest import Digest, parse

REPLICA = "a-replica"


class CloudTrail:
    """CloudTrail of one Region, as far as it tells public keys; moto's does not."""

    def __init__(self, *numbers: int, fails: Exception | None = None) -> None:
        self._numbers, self._fails = numbers, fails
        self.asked: list[tuple[datetime, datetime]] = []

    def list_public_keys(self, **span: datetime) -> dict[str, Any]:
        self.asked.append((span["StartTime"], span["EndTime"]))
        if self._fails:
            raise self._fails
        return self.answer

    @property
    def answer(self) -> dict[str, Any]:
        keys = [{"Value": der(number), "Fingerprint": fingerprint(number)}
                for number in self._numbers]  # fmt: skip
        return {"PublicKeyList": [*keys, {"Value": b"?", "Fingerprint": "odd"}]}


@contextmanager
def answering() -> Iterator[None]:
    """Answer in CloudTrail's place to clients of the default session."""
    events: Any = boto3.DEFAULT_SESSION.events  # type: ignore[union-attr]
    name, keys = "before-call.cloudtrail.ListPublicKeys", CloudTrail(0).answer

    def answer(**_: object) -> tuple[SimpleNamespace, dict[str, Any]]:
        return SimpleNamespace(status_code=200), keys

    events.register(name, answer)
    yield
    events.unregister(name, answer)


def keys_of(**regions: CloudTrail) -> PublicKeys:
    clients: dict[str, Any] = {name.replace("_", "-"): told for name, told in regions.items()}
    return PublicKeys(lambda region: clients[region])


@pytest.fixture
def bucket(world: World, monkeypatch: pytest.MonkeyPatch) -> World:
    monkeypatch.setattr(Access, "cloudtrail", lambda _self, _region: CloudTrail(0))
    return world


def fill(world: World, trail: Trail, name: str = BUCKET) -> None:
    if name != BUCKET:
        world.s3.create_bucket(Bucket=name)
    for key, stored in trail.objects.items():
        world.s3.put_object(Bucket=name, Key=key, Body=stored.body, Metadata=stored.metadata)


def test_a_bucket_is_proved_with_the_keys_of_cloudtrail(
    bucket: World, capsys: pytest.CaptureFixture[str]
) -> None:
    trail = Trail().hours(3)
    gone = trail.log_files.pop()
    fill(bucket, trail)
    status, out, _ = run(capsys, "verify", f"s3://{BUCKET}/AWSLogs/")
    assert (status, "VALID" in out) == (0, True)
    bucket.s3.delete_object(Bucket=BUCKET, Key=gone)
    status, out, _ = run(capsys, "verify", f"s3://{BUCKET}/AWSLogs/")
    assert status == 1
    assert f"s3://{BUCKET}/{gone} is missing" in out


def test_a_replica_is_proved_where_its_original_is_named(
    bucket: World, capsys: pytest.CaptureFixture[str]
) -> None:
    fill(bucket, Trail().hours(3), REPLICA)
    assert run(capsys, "verify", f"s3://{REPLICA}")[0] == 1
    assert run(capsys, "verify", f"s3://{REPLICA}", "--original-bucket", BUCKET)[0] == 0


def test_a_bucket_that_is_not_there_is_said_so(
    bucket: World, capsys: pytest.CaptureFixture[str]
) -> None:
    del bucket
    status, _, err = run(capsys, "verify", "s3://no-such-bucket-here")
    assert status == 3
    assert "there is no bucket no-such-bucket-here (default profile, " in err[0]
    assert not any("holds no digest" in line for line in err)


def test_a_bucket_is_read_with_the_profile_that_is_named(
    bucket: World, capsys: pytest.CaptureFixture[str]
) -> None:
    fill(bucket, Trail().hours(1))
    status, _, err = run(capsys, "verify", "--profile", "auditors", f"s3://{BUCKET}")
    assert status == 3
    assert "(auditors) could not be found: name one of `aws configure list-profiles`" in err[0]


# Public keys


def a_digest(*, backfill: bool = False) -> Digest:
    trail = Trail()
    return parse(trail.objects[trail.digest([], backfill=backfill)].body)


def test_a_regions_keys_are_asked_for_once() -> None:
    told, digest = CloudTrail(0, 1), a_digest()
    keys = keys_of(eu_west_1=told)
    assert [keys.of(digest, {}) for _ in range(3)] == [keys.of(digest, {})] * 3
    assert keys.of(digest, {}) is not None
    [(start, end)] = told.asked
    assert start < digest.start < digest.end < end


def test_a_key_of_another_region_is_unknown_and_asked_for_once_an_hour() -> None:
    told = CloudTrail(1)
    keys = keys_of(eu_west_1=told, us_east_1=CloudTrail(0))
    assert [keys.of(a_digest(), {}) for _ in range(3)] == [None] * 3
    assert len(told.asked) == 1


def test_the_key_of_a_backfill_digest_is_that_of_its_making() -> None:
    told = CloudTrail(0)
    metadata = {"backfill-generation-timestamp": "2025-06-09T10:20:30Z"}
    assert keys_of(eu_west_1=told).of(a_digest(backfill=True), metadata)
    assert told.asked[0][0] == datetime(2025, 6, 9, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    "error",
    [
        ClientError({"Error": {"Code": "UnrecognizedClientException"}}, "ListPublicKeys"),
        EndpointConnectionError(endpoint_url="https://cloudtrail.eu-west-1.amazonaws.com"),
    ],
)
def test_a_region_that_does_not_answer_is_a_problem_and_no_crash(error: Exception) -> None:
    keys = keys_of(eu_west_1=CloudTrail(fails=error))
    assert keys.of(a_digest(), {}) is None
    assert [*keys.problems] == [REGION]


def test_a_call_too_many_is_made_again() -> None:
    error = ClientError({"Error": {"Code": "ThrottlingException"}}, "ListPublicKeys")
    keys = keys_of(eu_west_1=CloudTrail(fails=error))
    for _ in range(2):
        with pytest.raises(ClientError):
            keys.of(a_digest(), {})


def test_a_key_that_is_none_is_a_problem() -> None:
    keys = keys_of(eu_west_1=CloudTrail(0))
    assert keys.of(a_digest(), {})
    assert keys.problems == {}
    assert keys.of(replace(a_digest(), fingerprint="odd"), {}) is None
    assert keys.problems[REGION].startswith("the key odd is not the DER")
