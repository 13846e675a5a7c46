import json
from pathlib import Path

import pytest

from tests.cli.test_scan import run
from trailwarden.cloudtrail.samples import console_login, root

SOUND = console_login(root())
ODD: dict[str, tuple[dict[str, object], str]] = {
    "time": ({"eventTime": "soon"}, "tells no time"),
    "name": ({"eventName": 5}, "has 5 as its eventName"),
    "source": ({"eventSource": None}, "has no eventSource"),
    "identity": ({"userIdentity": "root"}, 'has "root" as its userIdentity'),
}
COMMANDS = {
    "scan": ("scan",),
    "scan, from then on": ("scan", "--since", "2025-06-01"),
    "summary": ("scan", "--summary"),
    "trace": ("trace", "--actor", "arn:aws:iam::111122223333:root"),
    "explain": ("rules", "explain", "root.console_login"),
}


@pytest.mark.parametrize("kind", ODD)
@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_says_what_a_record_does_not_tell(
    tmp_path: Path, command: str, kind: str, capsys: pytest.CaptureFixture[str]
) -> None:
    fields, message = ODD[kind]
    file, odd = tmp_path / "odd.json", {**SOUND, "eventID": "odd", **fields}
    file.write_text(json.dumps({"Records": [SOUND, odd]}))
    status, _, err = run(capsys, *COMMANDS[command], file)
    assert status == 3
    assert [line for line in err if f"{file}: event odd {message}" in line]


def test_the_tuning_says_what_a_record_does_not_tell(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file, tuning = tmp_path / "odd.json", tmp_path / "t.toml"
    file.write_text(json.dumps({**SOUND, "eventTime": "soon"}))
    tuning.write_text("")
    status, _, err = run(capsys, "rules", "tuning", "--tuning", tuning, "--check", file)
    assert status == 3
    assert [line for line in err if "tells no time" in line]


def test_a_form_that_lacks_fields_says_so_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "rows.csv"
    rows = ["eventName,eventSource,eventTime"]
    rows += 9 * ["StopLogging,cloudtrail.amazonaws.com,2025-06-02T12:00:00Z"]
    file.write_text("\n".join(rows))
    status, _, err = run(capsys, "scan", file)
    assert status == 0
    assert [line for line in err if "userIdentity" in line] == [err[0]]
