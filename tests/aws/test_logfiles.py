from typing import Any

import pytest
from moto.sts.models import sts_backends

from tests.aws.world import BUCKET, World
from trailwarden.aws import logfiles
from trailwarden.cloudtrail.samples import console_login, root
from trailwarden.scenario import files

PREFIX = "AWSLogs/111122223333/CloudTrail/us-east-1/2025/06/02/"


@pytest.fixture
def stored(world: World) -> World:
    world.s3.put_object(Bucket=BUCKET, Key=f"{PREFIX}a.json.gz", Body=files.document([ROOT]))
    return world


READER = "arn:aws:iam::444455556666:role/Trailwarden-LogReader"
ROOT = console_login(root())


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
