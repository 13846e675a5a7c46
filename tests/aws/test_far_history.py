"""A history of a bucket, on this machine: what it costs is said first."""

from pathlib import Path

import pytest

from tests.aws.world import World
from trailwarden.cli import main
from trailwarden.scenario import attack, files

BUCKET = "years-of-logs"


@pytest.fixture(scope="module", autouse=True)
def _full(account: World) -> None:
    account.s3.create_bucket(Bucket=BUCKET)
    for key, content in files.log_files(attack.attack()):
        account.s3.put_object(Bucket=BUCKET, Key=key, Body=content)


def told(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    status = main([str(argument) for argument in arguments])
    captured = capsys.readouterr()
    return status, captured.out, captured.err


def test_a_bucket_is_read_once_its_price_is_agreed_to(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = ("history", "start", "--local", "--jobs", 1, "--folder", tmp_path / "history")
    status, _, said = told(capsys, *asked, f"s3://{BUCKET}")
    assert status == 2
    assert "say --yes" in said
    assert not (tmp_path / "history" / "run.json").exists()
    status, _, said = told(capsys, *asked, "--yes", f"s3://{BUCKET}")
    number = len(list(files.log_files(attack.attack())))
    assert status == 0
    assert f"S3: GET requests {number:>40,}".split() == said.splitlines()[2].split()[:4]
    _, expected, _ = told(capsys, "scan", "--jobs", 1, "--format", "jsonl", f"s3://{BUCKET}")
    _, found, _ = told(
        capsys, "history", "report", "--folder", tmp_path / "history", "--format", "jsonl"
    )
    assert found == expected != ""
