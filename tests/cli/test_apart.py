"""What rules print reaches no program that reads the output of a command."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.rules.team import SOUND, written
from trailwarden.cloudtrail.samples import iam_user, record

RULE = f'print("at the import")\n{SOUND}'.replace(
    "    name = event", '    print("at an event")\n    name = event'
).replace("def examples():\n", 'def examples():\n    print("at a story")\n')
PRINTED = re.compile("at (the import|an event|a story)")
HIDING = """
[[rules."iam.user_renamed".ignore]]
owner = "me"
reason = "us"
expires = 2199-01-31
match = { "userIdentity.arn" = "arn:aws:iam::*:user/alice" }
"""
COMMANDS = (
    "rules show iam.user_renamed",
    "rules test iam.user_renamed --format json",
    "rules test iam.user_renamed --mutate",
    "rules explain iam.user_renamed log.json",
    "rules noise --format jsonl log.json",
    "rules tuning --check log.json",
    "trace --incident 0 log.json",
)
HISTORY = (
    "history start --local log.json copy.json --jobs 2",
    "history report --format jsonl",
    "history backtest tuning.toml other.toml log.json --folder backtest --format jsonl",
)


@pytest.fixture
def team(tmp_path: Path) -> Path:
    """A folder with a rule that prints, a tuning that is asked, and log files."""
    local = tmp_path / "local_rules"
    local.mkdir()
    written(local, "iam.user_renamed", text=RULE)
    for name in ("local_rules/tuning.toml", "tuning.toml", "other.toml"):
        (tmp_path / name).write_text(HIDING)
    renamed = {"requestParameters": {"newUserName": "root"}}
    for number, name in enumerate(("log.json", "copy.json")):
        events = [record("iam:UpdateUser", iam_user("mallory"), minute=number, **renamed)]
        (tmp_path / name).write_text(json.dumps({"Records": events}))
    return tmp_path


def outputs(folder: Path, command: str) -> tuple[str, str]:
    """Run a command as a shell does; return what it writes to both outputs."""
    ran = subprocess.run(
        [sys.executable, "-m", "trailwarden.cli", *command.split()],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "Traceback" not in ran.stderr
    return ran.stdout, ran.stderr


@pytest.mark.parametrize("command", COMMANDS)
def test_what_rules_print_is_no_output_of_a_command(team: Path, command: str) -> None:
    out, err = outputs(team, command)
    assert PRINTED.search(err)
    assert not PRINTED.search(out)


@pytest.mark.exhaustive
def test_what_rules_print_is_no_output_of_a_history(team: Path) -> None:
    for command in HISTORY:
        out, err = outputs(team, command)
        assert PRINTED.search(err)
        assert not PRINTED.search(out)
