import csv
import json
from collections.abc import Sequence
from io import StringIO
from pathlib import Path
from typing import Any

import pytest

from trailwarden.cli import main
from trailwarden.cloudtrail.event import Event
from trailwarden.cloudtrail.samples import iam_user, record, refused, request
from trailwarden.cloudtrail.values import Record
from trailwarden.environment import Environment
from trailwarden.scan.summary import MOST, OTHERS, Summary

ANA, BO = iam_user("ana"), iam_user("bo")
RECORDS = [
    request("iam:CreateUser", ANA, userName="x", fields={"eventTime": "2025-06-02T12:00:00Z"}),
    request("iam:CreateUser", ANA, userName="y", fields={"eventTime": "2025-06-02T10:00:00Z"}),
    refused("s3:ListAllMyBuckets", ANA, fields={"eventTime": "2025-06-02T11:00:00Z"}),
    request("ec2:DescribeInstances", BO, fields={"sourceIPAddress": "203.0.113.9"}),
]


def logs(folder: Path, records: Sequence[Record] = RECORDS) -> Path:
    file = folder / "logs" / "a.json"
    file.parent.mkdir(exist_ok=True)
    file.write_text(json.dumps({"Records": list(records)}))
    return file.parent


def told(capsys: pytest.CaptureFixture[str], *words: object) -> tuple[int, str, str]:
    status = main(["scan", "--summary", *map(str, words)])
    return status, *capsys.readouterr()


def documents(capsys: pytest.CaptureFixture[str], *words: object) -> list[dict[str, Any]]:
    return [json.loads(line) for line in told(capsys, "--format", "jsonl", *words)[1].splitlines()]


def test_it_tells_what_each_actor_did(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ana, bo = documents(capsys, logs(tmp_path))
    assert ana["actor"].endswith(":user/ana")
    assert (ana["events"], ana["refused"]) == (3, 1)
    assert (ana["first"], ana["last"]) == ("2025-06-02T10:00:00Z", "2025-06-02T12:00:00Z")
    assert ana["actions"] == {"iam:CreateUser": 2, "s3:ListAllMyBuckets": 1}
    assert ana["refused_actions"] == {"s3:ListAllMyBuckets": 1}
    assert bo["addresses"] == {"203.0.113.9": 1}


def test_text_begins_with_all_actors(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, out, err = told(capsys, logs(tmp_path))
    assert status == 0
    assert out.startswith("all 2 actors\n  4 events, 1 refused, 2025-06-02 10:00:00 to ")
    assert err.endswith("1 file, 4 events, 4 of them counted, 2 actors, 0 failures\n")


def test_it_counts_in_the_time_that_is_asked_for(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    [ana] = documents(
        capsys, "--until", "2025-06-02T11:30Z", "--since", "2025-06-02", logs(tmp_path)
    )
    assert ana["events"] == 2


def test_a_spreadsheet_takes_no_cell_for_a_formula(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    evil = request("iam:CreateUser", ANA, fields={"userAgent": "=1+1", "sourceIPAddress": "@x"})
    file = tmp_path / "summary.csv"
    assert told(capsys, "--format", f"csv={file}", logs(tmp_path, [evil]))[0] == 0
    [row] = csv.DictReader(StringIO(file.read_text()))
    assert not any(text.startswith(("=", "@")) for text in row.values())


@pytest.mark.parametrize(
    "words", [["--incidents"], ["--rule", "iam.*"], ["--hunt"], ["--format", "ocsf"]]
)
def test_what_asks_rules_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], words: list[str]
) -> None:
    status, _, err = told(capsys, *words, logs(tmp_path))
    assert status == 2
    assert "--summary" in err


def test_what_cannot_be_read_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (logs(tmp_path) / "b.json").write_text("{")
    assert told(capsys, tmp_path / "logs")[0] == 3
    assert told(capsys, tmp_path / "nowhere")[0] == 3


def test_names_without_end_take_no_room_without_end() -> None:
    summary = Summary()
    for number in range(MOST + 50):
        summary.take(
            Event(record("iam:ListUsers", ANA, userAgent=f"agent {number}"), Environment())
        )
    [(_, did)] = summary.actors
    assert (len(did.user_agents), did.user_agents[OTHERS]) == (MOST + 1, 50)


def test_an_event_without_a_time_is_counted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    [ana] = documents(
        capsys, logs(tmp_path, [request("iam:CreateUser", ANA, fields={"eventTime": 7})])
    )
    assert (ana["events"], ana["first"], ana["last"]) == (1, None, None)
