"""A history takes its log files from an S3 Inventory: the same ones, and never from a changed one.

The account in memory makes no inventories: these are written as the documentation has them.
"""

import csv
import gzip
import hashlib
import io
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote_plus

import pytest

from tests.aws.test_bucket import LOG, key
from tests.aws.world import Clock, World
from trailwarden.aws.bucket import Access
from trailwarden.aws.inventory import Inventory
from trailwarden.aws.listing import Window
from trailwarden.aws.logfiles import S3Error
from trailwarden.cli import main
from trailwarden.logfile import parquet

pyarrow: Any = parquet.library()
LOGS, LISTS = "logs-of-a-fleet", "lists-of-buckets"
PLACE = "lists/logs-of-a-fleet/daily"
MANIFEST = f"s3://{LISTS}/{PLACE}/2025-06-02T01-00Z/manifest.json"
NAMES = ("Bucket", "Key", "IsLatest", "IsDeleteMarker", "Size", "StorageClass")
PARQUET = (
    "message s3.inventory {  required binary bucket (UTF8);  required binary key (UTF8);  "
    "optional boolean is_latest;  optional boolean is_delete_marker;  optional int64 size;  "
    "optional binary storage_class (UTF8);}"
)
MIDNIGHT = datetime(2025, 6, 2, tzinfo=UTC)

Row = dict[str, Any]
Write = Callable[[Sequence[Row]], bytes]


@pytest.fixture(autouse=True)
def _buckets(account: World) -> Iterator[None]:
    for bucket in (LOGS, LISTS):
        account.s3.create_bucket(Bucket=bucket)
    yield
    for bucket in (LOGS, LISTS):
        for found in account.s3.list_objects_v2(Bucket=bucket).get("Contents", ()):
            account.s3.delete_object(Bucket=bucket, Key=found["Key"])


def row(name: str, size: int = len(LOG), **more: Any) -> Row:
    told = {"is_latest": True, "is_delete_marker": False, "storage_class": "STANDARD"}
    return {"bucket": LOGS, "key": name, "size": size} | told | more


def of_csv(rows: Sequence[Row]) -> bytes:
    """Return objects as S3 writes them into CSV: all is quoted, and keys are encoded."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, quoting=csv.QUOTE_ALL)
    for one in rows:
        latest, removed = (str(one[n]).lower() for n in ("is_latest", "is_delete_marker"))
        size = "" if one["is_delete_marker"] else one["size"]
        name = quote_plus(one["key"], safe="/")
        writer.writerow([LOGS, name, latest, removed, size, one["storage_class"]])
    return gzip.compress(text.getvalue().encode())


def of_parquet(rows: Sequence[Row]) -> bytes:
    target = io.BytesIO()
    pyarrow.parquet.write_table(pyarrow.Table.from_pylist([*rows]), target)
    return target.getvalue()


FORMATS: Mapping[str, tuple[str, Write]] = {
    "CSV": (", ".join(NAMES), of_csv),
    "Parquet": (PARQUET, of_parquet),
}


def publish(world: World, *files: Sequence[Row], kind: str = "CSV", **more: Any) -> None:
    """Put an inventory into its bucket, with so many files."""
    schema, write = FORMATS.get(kind, FORMATS["CSV"])
    named = []
    for number, rows in enumerate(files):
        content, name = write(rows), f"{PLACE}/data/{number}"
        world.s3.put_object(Bucket=LISTS, Key=name, Body=content)
        checksum = hashlib.md5(content, usedforsecurity=False).hexdigest()
        named.append({"key": name, "size": len(content), "MD5checksum": checksum})
    manifest = {
        "sourceBucket": LOGS,
        "destinationBucket": f"arn:aws:s3:::{LISTS}",
        "version": "2016-11-30",
        "creationTimestamp": str(int(MIDNIGHT.timestamp()) * 1000),
        "fileFormat": kind,
        "fileSchema": schema,
        "files": named,
    }
    body = json.dumps(manifest | more).encode()
    _, _, name = MANIFEST.removeprefix("s3://").partition("/")
    world.s3.put_object(Bucket=LISTS, Key=name, Body=body)


def inventory() -> Inventory:
    return Inventory.at(Access(region="us-east-1"), MANIFEST)


@pytest.mark.parametrize("kind", FORMATS)
def test_an_inventory_has_what_a_listing_has(account: World, kind: str) -> None:
    config = "AWSLogs/111122223333/Config/us-east-1/2025/6/2/ConfigHistory/x.json.gz"
    older = key(moment=datetime(2024, 1, 1, tzinfo=UTC))
    some = [key(), key(region="eu-west-1"), key(account="222233334444"), "copies/a b+c.json"]
    others = [
        row(key(folder="CloudTrail-Digest")),
        row(config),
        row(older),
        row(key(region="us-west-2"), is_latest=False),
        row(key(region="us-west-1"), is_delete_marker=True),
        row(key(region="eu-north-1"), size=0),
        row(key(region="eu-south-1"), storage_class="GLACIER"),
    ]
    publish(account, [row(name) for name in some[2:]], [*map(row, some[:2]), *others], kind=kind)
    found = inventory().listed([""], Window(since=datetime(2025, 1, 1, tzinfo=UTC)))
    assert [file.name for file in found.files] == sorted(f"s3://{LOGS}/{n}" for n in some)
    assert {file.size for file in found.files} == {len(LOG)}
    assert found.left_out == {"CloudTrail-Digest": 1, "Config": 1}
    assert (found.outside, found.archived) == (1, {"GLACIER": 1})
    below = inventory().listed(["AWSLogs/222233334444/"], Window())
    assert [file.key for file in below.files] == [some[2]]


def test_a_file_that_is_not_what_the_manifest_says_is_refused(account: World) -> None:
    publish(account, [row(key())], [row(key(region="eu-west-1"))])
    changed = of_csv([row(key(region="eu-west-2"))])
    account.s3.put_object(Bucket=LISTS, Key=f"{PLACE}/data/1", Body=changed)
    with pytest.raises(S3Error, match=f"s3://{LISTS}/{PLACE}/data/1 is not what its manifest"):
        inventory().listed([""], Window())


def test_no_inventory_is_taken_in_part(account: World) -> None:
    publish(account, [row(key())], [row(key(region="eu-west-1"))])
    account.s3.delete_object(Bucket=LISTS, Key=f"{PLACE}/data/0")
    with pytest.raises(S3Error, match="the object is gone"):
        inventory().listed([""], Window())


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"fileFormat": "ORC"}, "it is ORC: have it made as CSV or Parquet"),
        ({"fileSchema": "Bucket, Key"}, "it does not have Size: add it"),
        ({"files": "none"}, "it is no manifest.json of S3 Inventory"),
    ],
)
def test_what_is_no_usable_inventory_says_why(
    account: World, more: dict[str, str], why: str
) -> None:
    publish(account, [row(key())], **more)
    with pytest.raises(S3Error, match=why):
        inventory()


def test_parquet_needs_what_reads_it(account: World, monkeypatch: pytest.MonkeyPatch) -> None:
    publish(account, [row(key())], kind="Parquet")
    monkeypatch.setattr(parquet, "library", lambda: None)
    with pytest.raises(S3Error, match="install what reads it"):
        inventory().listed([""], Window())


def start(
    capsys: pytest.CaptureFixture[str], folder: Path, *arguments: object
) -> tuple[int, list[str]]:
    words = ("history", "start", "--local", "--jobs", 1, "--yes", "--folder", folder, *arguments)
    status = main([str(word) for word in words])
    return status, capsys.readouterr().err.splitlines()


def test_a_history_of_an_inventory_says_its_age_and_reads_the_same_files(
    account: World, clock: Clock, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    names = [key(), key(region="eu-west-1"), key(account="222233334444")]
    for name in names:
        account.s3.put_object(Bucket=LOGS, Key=name, Body=LOG)
    publish(account, [row(name) for name in names])
    clock.advance(hours=2)
    status, said = start(capsys, tmp_path / "history", "--inventory", MANIFEST)
    assert status == 0
    assert (
        f"{MANIFEST}: the inventory of s3://{LOGS} is 15 hours old and has no file that came since"
    ) in said
    _, expected = start(capsys, tmp_path / "listed", f"s3://{LOGS}")
    [last] = [line for line in said if " events, " in line]
    assert last in expected
    assert last.startswith("3 files, ")
    for name in ("run.json", "files.jsonl"):
        mine, theirs = ((tmp_path / folder / name).read_text() for folder in ("history", "listed"))
        assert (mine == theirs) is (name == "files.jsonl")
    again, said = start(capsys, tmp_path / "history", f"s3://{LOGS}")
    assert again == 2
    assert said[-1].endswith("it holds another history; name another folder for this one")


def test_other_buckets_and_no_inventory_are_refused(
    account: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    publish(account, [row(key())])
    status, said = start(capsys, tmp_path / "a", "--inventory", MANIFEST, "s3://another")
    assert (status, said[-1]) == (
        2,
        f"trailwarden history: s3://another: the inventory is of s3://{LOGS}",
    )
    status, said = start(capsys, tmp_path / "a", "--inventory", f"s3://{LISTS}/none.json")
    assert status == 2
    assert f"--inventory s3://{LISTS}/none.json: " in said[-1]
