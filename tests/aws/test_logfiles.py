from collections.abc import Iterator
from typing import Any

import pytest
from moto.sts.models import sts_backends

from tests.aws.world import BUCKET, World
from trailwarden.aws import logfiles
from trailwarden.cli import main
from trailwarden.cloudtrail.samples import console_login, root
from trailwarden.scenario import files

PREFIX = "AWSLogs/111122223333/CloudTrail/us-east-1/2025/06/02/"
DIGEST = "AWSLogs/111122223333/CloudTrail-Digest/us-east-1/x.json.gz"


@pytest.fixture(autouse=True)
def _fresh(account: World) -> Iterator[None]:
    """Make the client in this account."""
    del account
    logfiles.client.cache_clear()
    yield
    logfiles.client.cache_clear()


@pytest.fixture
def stored(world: World) -> World:
    world.s3.put_object(Bucket=BUCKET, Key=f"{PREFIX}a.json.gz", Body=files.document([ROOT]))
    world.s3.put_object(Bucket=BUCKET, Key=DIGEST, Body=b"{}")
    world.s3.put_object(Bucket=BUCKET, Key=f"{PREFIX}folder/", Body=b"")
    return world


READER = "arn:aws:iam::444455556666:role/Trailwarden-LogReader"
ROOT = console_login(root())


@pytest.mark.usefixtures("stored")
def test_finds_log_files_without_digests_and_folders() -> None:
    [found] = logfiles.files(f"s3://{BUCKET}/AWSLogs")
    assert found.name == f"s3://{BUCKET}/{PREFIX}a.json.gz"
    with found.open() as file:
        content = file.read()
    assert content == files.document([ROOT])
    assert found.size == len(content)


@pytest.mark.usefixtures("stored")
def test_nothing_is_below_another_prefix() -> None:
    assert list(logfiles.files(f"s3://{BUCKET}/other/")) == []


def test_a_bucket_that_is_not_there_is_said_so() -> None:
    with pytest.raises(logfiles.S3Error, match="NoSuchBucket"):
        list(logfiles.files("s3://no-such-bucket-here"))


@pytest.mark.usefixtures("stored")
def test_an_object_that_vanished_is_said_so() -> None:
    gone = logfiles.S3File(BUCKET, "gone", 1)
    with pytest.raises(logfiles.S3Error, match="NoSuchKey"):
        gone.open()


def test_a_version_is_fetched(stored: World) -> None:
    key = f"{PREFIX}a.json.gz"
    first = stored.s3.get_object(Bucket=BUCKET, Key=key)["VersionId"]
    stored.s3.put_object(Bucket=BUCKET, Key=key, Body=b"other")
    with logfiles.fetch(stored.s3, BUCKET, key, first) as file:
        assert file.read() == files.document([ROOT])
    with logfiles.fetch(stored.s3, BUCKET, key) as file:
        assert file.read() == b"other"


def test_what_is_larger_than_memory_should_hold_is_fetched(
    stored: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logfiles, "IN_MEMORY", 10)
    with logfiles.fetch(stored.s3, BUCKET, f"{PREFIX}a.json.gz") as file:
        assert file.read() == files.document([ROOT])


@pytest.mark.usefixtures("stored")
def test_a_bucket_is_scanned(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["scan", f"s3://{BUCKET}/AWSLogs/", "--jobs", "1"]) == 0
    captured = capsys.readouterr()
    assert "Root user signed in to the console" in captured.out
    assert "1 files, 1 events, 1 alerts, 0 failures" in captured.err


def test_a_bucket_that_cannot_be_read_is_status_3(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["scan", "s3://no-such-bucket-here/x"]) == 3
    assert "NoSuchBucket" in capsys.readouterr().err


def test_reads_as_a_role_of_the_buckets_account(world: World) -> None:
    reader = logfiles.client_as(READER, "Trailwarden")
    reader.create_bucket(Bucket="theirs")
    reader.put_object(Bucket="theirs", Key="a", Body=b"content")
    owner = READER.split(":")[4]
    with logfiles.fetch(reader, "theirs", "a", owner=owner) as file:
        assert file.read() == b"content"
    assert "theirs" in {bucket["Name"] for bucket in reader.list_buckets()["Buckets"]}
    assert "theirs" not in {bucket["Name"] for bucket in world.s3.list_buckets()["Buckets"]}


@pytest.mark.usefixtures("world")
@pytest.mark.parametrize("external_id", ["Trailwarden", ""])
def test_a_role_is_told_the_external_id_that_it_asks_for(external_id: str) -> None:
    logfiles.client_as(READER, external_id).list_buckets()
    *_, assumed = _assumed_roles()
    assert assumed.role_arn == READER
    assert assumed.session_name == logfiles.SESSION_NAME
    assert (assumed.external_id or "") == external_id


def _assumed_roles() -> list[Any]:
    backends: Any = sts_backends[READER.split(":")[4]]
    return list(backends["aws"].assumed_roles)
