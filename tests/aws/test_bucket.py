"""Scans of buckets, in the account in memory."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from functools import cache
from threading import Barrier
from typing import Any

import pytest
from botocore.exceptions import ClientError, HTTPClientError, NoCredentialsError, ProfileNotFound
from moto.sts.models import sts_backends

from tests.aws.world import World
from trailwarden.aws import bucket as bucket_module
from trailwarden.aws import listing
from trailwarden.aws.bucket import Access, S3File
from trailwarden.aws.listing import Listed, Listing, Window
from trailwarden.aws.logfiles import S3Error, fetch
from trailwarden.aws.s3_errors import sentence
from trailwarden.cli import main
from trailwarden.cloudtrail.samples import console_login, root
from trailwarden.scenario import files

BUCKET = "logs-to-scan"
ROOT = console_login(root())
LOG = files.document([ROOT])
NOON = datetime(2025, 6, 2, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _empty(account: World) -> None:
    """Begin with an empty bucket."""
    account.s3.create_bucket(Bucket=BUCKET)
    for found in account.s3.list_objects_v2(Bucket=BUCKET).get("Contents", ()):
        account.s3.delete_object(Bucket=BUCKET, Key=found["Key"])


def key(
    account: str = "111122223333",
    region: str = "us-east-1",
    moment: datetime = NOON,
    folder: str = "CloudTrail",
    above: str = "",
) -> str:
    place = f"{above}AWSLogs/{account}/{folder}/{region}/{moment:%Y/%m/%d}"
    return f"{place}/{account}_{folder}_{region}_{moment:%Y%m%dT%H%MZ}_0123456789abcdef.json.gz"


def put(world: World, *keys: str, bucket: str = BUCKET, **more: Any) -> None:
    for each in keys:
        world.s3.put_object(Bucket=bucket, Key=each, Body=LOG, **more)


def listed(
    path: str = "",
    since: datetime | None = None,
    until: datetime | None = None,
    bucket: str = BUCKET,
) -> Listed:
    return Listing(access(), f"s3://{bucket}/{path}", Window(since, until)).run()


@cache
def access() -> Access:
    """Make the client once: that takes longer than listing."""
    return Access()


def keys(found: Listed) -> list[str]:
    return [file.key for file in found.files]


MANY = [
    key(account, region, NOON + timedelta(days=day), above=above)
    for above in ("", "team/")
    for account in ("111122223333", "222233334444")
    for region in ("us-east-1", "eu-west-1")
    for day in (-400, -40, -1, 0, 1)
]
OTHERS = ["other/deep/in/folders/of/somebody.json", "at-the-top.json"]
FULL = "full-of-logs"


@pytest.fixture(scope="module")
def full(account: World) -> str:
    """A bucket with files of two trails, two accounts, two Regions and five days."""
    account.s3.create_bucket(Bucket=FULL)
    put(account, *MANY, *OTHERS, bucket=FULL)
    return FULL


@pytest.mark.parametrize(
    "path",
    ["", "AWSLogs/", "AWSLogs", "team/AWSLogs/111122223333/", "AWSLogs/111122223333/CloudTrail/",
     "AWSLogs/111122223333/Cloud", "AWSLogs/222233334444/CloudTrail/eu-west-1/2025/",
     "AWSLogs/222233334444/CloudTrail/eu-west-1/2025/06/0", "nothing/", "te"],
)  # fmt: skip
def test_lists_what_begins_with_the_address(full: str, path: str) -> None:
    there = [each for each in (*MANY, *OTHERS) if each.startswith(path)]
    assert keys(listed(path, bucket=full)) == sorted(there)


@pytest.mark.parametrize("path", ["", "team/", "AWSLogs/", "AWSLogs/111122223333/CloudTrail/"])
def test_lists_folders_of_the_accounts_that_are_asked_for(full: str, path: str) -> None:
    wanted = "222233334444"
    found = Listing(access(), f"s3://{full}/{path}", Window(), [wanted]).run()
    below = [each for each in MANY if each.startswith(path)]
    others = [each for each in OTHERS if each.startswith(path)]
    assert keys(found) == sorted([*(k for k in below if f"/{wanted}/" in k), *others])
    assert found.folders < listed(path, bucket=full).folders or wanted not in "".join(below)


@pytest.mark.parametrize(
    ("since", "until", "days"),
    [
        (NOON - timedelta(hours=1), None, (0, 1)),
        (NOON - timedelta(days=1), None, (-1, 0, 1)),
        (NOON - timedelta(days=1), NOON, (-1, 0)),
        (NOON - timedelta(days=90), NOON - timedelta(days=2), (-40,)),
        (NOON - timedelta(days=420), NOON - timedelta(days=2), (-400, -40)),
        (None, NOON - timedelta(days=30), (-400, -40)),
        (NOON + timedelta(days=3), NOON + timedelta(days=4), ()),
    ],
)
def test_lists_only_what_may_hold_events_of_the_time(
    full: str,
    monkeypatch: pytest.MonkeyPatch,
    since: datetime | None,
    until: datetime | None,
    days: Sequence[int],
) -> None:
    monkeypatch.setattr(listing, "now", lambda: NOON + timedelta(days=2))
    moments = {f"{NOON + timedelta(days=day):%Y%m%dT}" for day in days}
    for path in ("AWSLogs/111122223333/CloudTrail/us-east-1/", "AWSLogs/222233334444/"):
        expected = [k for k in MANY if k.startswith(path) and any(m in k for m in moments)]
        expected += [each for each in OTHERS if each.startswith(path)]
        assert keys(listed(path, since, until, full)) == sorted(expected)


def test_a_window_costs_no_request_for_other_years(
    world: World,
) -> None:
    old = [key(moment=datetime(2020, month, 1, tzinfo=UTC)) for month in range(1, 13)]
    put(world, *old, key())
    asked = list[str]()
    events, name = access().client.meta.events, "provide-client-params.s3.ListObjectsV2"
    events.register(name, lambda params, **_: asked.append(params["Prefix"]))
    window = Window(NOON - timedelta(hours=1), NOON + timedelta(hours=1))
    assert keys(Listing(access(), f"s3://{BUCKET}", window).run()) == [key()]
    assert not [prefix for prefix in asked if "2020" in prefix]
    assert len(asked) == 5


def test_a_file_that_comes_late_is_still_of_the_time(world: World) -> None:
    late, too_late = (
        key(moment=NOON + timedelta(minutes=110)),
        key(moment=NOON + timedelta(hours=3)),
    )
    put(world, late, too_late)
    found = listed("", NOON - timedelta(hours=1), NOON)
    assert keys(found) == [late]
    assert found.outside == 1


def test_folders_of_other_services_are_left_out_and_counted_unless_they_are_named(
    world: World,
) -> None:
    organization = "o-a1b2c3d4e5/"
    put(
        world,
        key(),
        key(folder="CloudTrail-Digest"),
        key(folder="CloudTrail-Insight"),
        key(folder="Config"),
        key(folder="vpcflowlogs"),
        key(folder="vpcflowlogs", account="222233334444"),
        key().replace("AWSLogs/", f"AWSLogs/{organization}"),
        key(folder="Config").replace("AWSLogs/", f"AWSLogs/{organization}"),
    )
    found = listed()
    assert len(found.files) == 3
    assert found.left_out == {"CloudTrail-Digest": 1, "Config": 2, "vpcflowlogs": 2}
    assert keys(listed("AWSLogs/111122223333/Config/")) == [key(folder="Config")]


def test_a_bucket_is_scanned_and_says_what_it_leaves_out(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    put(world, key(), key(folder="Config"))
    put(world, key(moment=NOON + timedelta(minutes=5)), StorageClass="GLACIER")
    put(world, key(moment=NOON + timedelta(minutes=9)), StorageClass="DEEP_ARCHIVE")
    put(world, key(moment=NOON + timedelta(minutes=1)), StorageClass="GLACIER_IR")
    first = f"s3://{BUCKET}/AWSLogs/"
    assert main(["scan", first, f"{first}111122223333/CloudTrail/us-east-1/2025/06/02/x"]) == 3
    captured = capsys.readouterr()
    assert "Root user signed in to the console" in captured.out
    assert "left out 1 folders of other services: Config (1)" in captured.err
    for kind in ("GLACIER", "DEEP_ARCHIVE"):
        assert f"1 objects (0.0 GB) lie in {kind} and are not read: restoring" in captured.err
    assert "2 files, 2 events, 1 alert, 2 failures" in captured.err


def test_what_cannot_be_reached_is_status_3_and_a_sentence(
    account: World, capsys: pytest.CaptureFixture[str]
) -> None:
    del account
    assert main(["scan", "s3://no-such-bucket-here/x", "--region", "eu-west-1"]) == 3
    err = capsys.readouterr().err
    assert "there is no bucket no-such-bucket-here (default profile, Region eu-west-1;" in err
    assert "NoSuchBucket" in err
    with pytest.raises(S3Error, match="name one of `aws configure list-profiles`"):
        Listing(Access(profile="nobody"), "s3://some-bucket", Window()).run()


def test_a_role_is_assumed_to_read(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    role = "arn:aws:iam::444455556666:role/Auditor"
    theirs = Access(role=role).client
    theirs.create_bucket(Bucket="theirs-alone")
    theirs.put_object(Bucket="theirs-alone", Key="a", Body=LOG)
    assert "theirs-alone" not in {b["Name"] for b in world.s3.list_buckets()["Buckets"]}
    assert main(["scan", "s3://theirs-alone", "--role", role]) == 0
    assert "1 file, 1 event, 1 alert" in capsys.readouterr().err
    backends: Any = sts_backends["444455556666"]
    assert {r.session_name for r in backends["aws"].assumed_roles} == {"trailwarden-scan"}


def test_an_object_that_vanished_is_said_so(world: World) -> None:
    del world
    gone = S3File(BUCKET, "gone", 1)
    with pytest.raises(S3Error, match="removed after it was listed"):
        gone.open()


def refusal(code: str, message: str = "", operation: str = "GetObject") -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": message}}, operation)


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (refusal("AccessDenied"), ("s3:GetObject", "allow it on b", "--role")),
        (refusal("AccessDenied", operation="ListObjectsV2"), ("s3:ListBucket",)),
        (refusal("AccessDenied", "not authorized to perform: kms:Decrypt"), ("kms:Decrypt",)),
        (refusal("AccessDenied", "no", "AssumeRole"), ("cannot be assumed", "trust policy")),
        (refusal("ExpiredToken"), ("sign in again",)),
        (refusal("PermanentRedirect"), ("--region",)),
        (refusal("SlowDown"), ("fewer requests",)),
        (refusal("InvalidObjectState"), ("restored",)),
        (refusal("Odd", "Something else"), ("Something else", "Odd")),
        (NoCredentialsError(), ("no credentials", "--profile")),
        (ProfileNotFound(profile="p"), ("list-profiles",)),
        (ValueError("odd"), ("odd", "WHO")),
    ],
)
def test_errors_are_sentences_that_say_what_to_do(error: Exception, words: Sequence[str]) -> None:
    said = sentence(error, "WHO", "b")
    assert all(word in said for word in words)


def test_one_problem_of_many_files_is_told_of_some_and_counted(
    world: World, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    put(world, *(key(moment=NOON + timedelta(minutes=n)) for n in range(30)))

    def refuse(*_: object, **__: object) -> None:
        raise refusal("AccessDenied")

    monkeypatch.setattr(bucket_module, "SMALL", 0)
    monkeypatch.setattr(bucket_module, "fetch", refuse)
    two = f"s3://{BUCKET}/AWSLogs/"
    assert main(["scan", f"s3://{BUCKET}", two]) == 3  # both addresses name the same files
    err = capsys.readouterr().err
    assert err.count("S3 refuses s3:GetObject") == 21
    assert "10 more files: cannot be read: S3 refuses" in err
    assert "30 failures" in err


def test_content_that_breaks_off_is_fetched_again(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(world, key())
    real, broken = fetch, [1, 1]

    def breaking(*given: Any, **named: Any) -> Any:
        if broken:
            broken.pop()
            raise HTTPClientError(error="cut")
        return real(*given, **named)

    monkeypatch.setattr(bucket_module, "SMALL", 0)
    monkeypatch.setattr(bucket_module, "fetch", breaking)
    monkeypatch.setattr(bucket_module, "pause", lambda _: None)
    with S3File(BUCKET, key(), 1).open() as file:
        assert file.read() == LOG
    broken.extend([1] * 9)
    with pytest.raises(S3Error, match="cut"):
        S3File(BUCKET, key(), 1).open()


def test_the_noise_of_a_bucket_is_told(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    put(world, key())
    assert main(["rules", "noise", f"s3://{BUCKET}", "--rule", "root.*"]) == 0
    assert "1 file, 1 event, 1 alert" in capsys.readouterr().err


def test_threads_that_begin_at_the_same_time_share_one_client() -> None:
    for _ in range(5):
        access, together = Access(region="us-east-1"), Barrier(8)

        def begin(_: int, access: Access = access, together: Barrier = together) -> tuple[int, int]:
            together.wait(timeout=30)
            return id(access.client), id(access.quick(BUCKET))

        with ThreadPoolExecutor(8) as pool:
            assert len(set(pool.map(begin, range(8)))) == 1
