import json
from pathlib import Path

import pytest

from tests.cli.rules.team import run
from trailwarden.cli import main


def test_says_how_loud_the_rules_are_in_a_folder(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    folder = tmp_path / "day"
    assert main(["story", str(folder), "--events", "50"]) == 0
    status, out, said = run(capsys, "noise", str(folder), "--jobs", "1")
    assert status == 0
    assert "cloudtrail.logging_stopped" in out
    assert '[[rules."cloudtrail.logging_stopped".ignore]]' in out
    assert said.rstrip().endswith("0 failures")
    _, lines, _ = run(capsys, "noise", str(folder), "--format", "jsonl", "--jobs", "1")
    rules = [json.loads(line) for line in lines.splitlines()]
    assert all(one["alerts"] == sum(c["alerts"] for c in one["callers"]) for one in rules)


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["--tuning", "nowhere.toml"], "there is no such file"),
        (["--rule", "no.such"], "there is no rule"),
        ([], "holds no log file"),
    ],
)
def test_says_what_is_wrong_with_the_noise_that_is_asked_for(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, arguments: list[str], complaint: str
) -> None:
    status, _, said = run(capsys, "noise", str(tmp_path), *arguments)
    assert status in (2, 3)
    assert complaint in said
