import json
from pathlib import Path

import pytest

from tests.report.test_page import EVIL, Reader
from trailwarden.cli import main
from trailwarden.cloudtrail.samples import iam_user, request
from trailwarden.cloudtrail.values import Record

ANA = iam_user("ana")
STOPPED = request("cloudtrail:StopLogging", ANA, name="main", fields={"userAgent": EVIL})
ORDINARY = request("s3:ListAllMyBuckets", ANA)


@pytest.fixture
def logs(tmp_path: Path) -> Path:
    records: list[Record] = [STOPPED, ORDINARY]
    file = tmp_path / "logs" / "a.json"
    file.parent.mkdir()
    file.write_text(json.dumps({"Records": records}))
    return file.parent


def test_json_lines_hold_the_records_of_their_events_alone(
    logs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["scan", "--records", "--format", "jsonl", str(logs)]) == 0
    [alert] = map(json.loads, capsys.readouterr().out.splitlines())
    assert alert["records"] == [STOPPED]


def test_without_being_asked_no_record_is_shown(
    logs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["scan", "--format", "jsonl", str(logs)]) == 0
    [alert] = map(json.loads, capsys.readouterr().out.splitlines())
    assert "records" not in alert


def test_the_page_shows_records_and_none_of_them_does_harm(logs: Path, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    assert (
        main(["scan", "-q", "--records", "--html", str(page), "--output", "/dev/null", str(logs)])
        == 0
    )
    reader = Reader(page.read_text(encoding="utf-8"))
    assert reader.open == []
    assert "script" not in {tag for tag, _ in reader.elements}
    [shown] = [text for text in reader.text if '"eventName": "StopLogging"' in text]
    assert json.loads(shown) == STOPPED
    assert "Records of 1 event" in reader.text
    assert f"{STOPPED['eventTime']} StopLogging " in reader.text


def test_forms_without_room_for_records_are_refused(
    logs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["scan", "--records", str(logs)]) == 2
    assert "--records: it goes with --format jsonl or html" in capsys.readouterr().err
