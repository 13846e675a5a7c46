"""Scans over HTTP, from an S3 API that is slow and refuses requests now and then."""

from collections.abc import Iterable, Iterator
from datetime import timedelta
from heapq import merge
from operator import itemgetter
from pathlib import Path
from time import perf_counter

import boto3
import pytest

from tests.aws.slow_server import SlowServer
from tests.aws.world import CREDENTIALS
from trailwarden.cli import main
from trailwarden.cloudtrail.values import Record
from trailwarden.scenario import attack, benign, files

BUCKET = "far-away"
LATENCY = 0.03


@pytest.fixture(scope="module")
def server() -> Iterator[SlowServer]:
    with pytest.MonkeyPatch.context() as patch, SlowServer(LATENCY).running() as server:
        for name, value in (CREDENTIALS | {"AWS_ENDPOINT_URL_S3": server.address}).items():
            patch.setenv(name, value)
        patch.delenv("AWS_PROFILE", raising=False)
        boto3.Session().client("s3").create_bucket(Bucket=BUCKET)
        yield server


def fill(folder: Path, prefix: str, records: Iterable[Record], number: int) -> None:
    """Put small files of a day into the bucket and into a folder."""
    s3 = boto3.Session().client("s3")
    for key, content in [*files.log_files(records, every=timedelta(seconds=45))][:number]:
        s3.put_object(Bucket=BUCKET, Key=f"{prefix}/{key}", Body=content)
        path = folder / key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def scanned(capsys: pytest.CaptureFixture[str], path: object, *more: str) -> tuple[int, str, str]:
    status = main(["scan", str(path), "--format", "jsonl", "--rule", "root.*", *more])
    captured = capsys.readouterr()
    return status, captured.out, captured.err


def test_a_slow_store_that_refuses_brings_the_same_findings(
    server: SlowServer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    fill(tmp_path, "few", attack.attack(), 60)
    expected = scanned(capsys, tmp_path)
    server.asked.clear()
    server.most_at_once, server.refuses_every = 0, 9
    found = scanned(capsys, f"s3://{BUCKET}/few/")
    server.refuses_every = 0
    assert expected[1]
    assert found[:2] == expected[:2]
    assert found[2] == expected[2]
    assert server.most_at_once >= 4
    assert max(server.asked.values()) > 1


@pytest.mark.exhaustive
def test_a_history_of_several_processes_brings_the_same_findings(
    server: SlowServer,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("trailwarden.history.manifest.LEAST", 10_000)
    fill(tmp_path, "years", attack.attack(), 60)
    expected = scanned(capsys, tmp_path)
    place = ("--folder", str(tmp_path / "history"))
    server.refuses_every = 9
    begun = main(
        ["history", "start", "--local", "--jobs", "2", "--yes", "--rule", "root.*", *place,
         f"s3://{BUCKET}/years/"]
    )  # fmt: skip
    server.refuses_every = 0
    capsys.readouterr()
    assert len(list((tmp_path / "history" / "receipts").iterdir())) > 1
    told = main(["history", "report", *place, "--format", "jsonl"])
    assert (begun, told) == (0, expected[0])
    assert capsys.readouterr().out == expected[1] != ""


@pytest.mark.exhaustive
def test_2000_small_files_come_many_at_once(
    server: SlowServer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    day = merge(benign.day(4000), attack.attack(), key=itemgetter("eventTime"))
    fill(tmp_path, "many", day, 2000)
    server.most_at_once = 0
    expected = scanned(capsys, tmp_path)
    before = perf_counter()
    found = scanned(capsys, f"s3://{BUCKET}/many/")
    seconds = perf_counter() - before
    assert found[:2] == expected[:2]
    assert "2,000 files" in found[2]
    assert server.most_at_once >= 8  # 16 and more where nothing else runs
    assert seconds < 2000 * LATENCY, "the latencies alone, one after the other, take longer"
