"""What a terminal of 80 columns shows: words are whole, and a command stays in one line."""

import os
import re
import subprocess
import sys
import termios
from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from tests.notify.test_digest import some
from trailwarden.aws.alert_item import Stored
from trailwarden.cli import operate
from trailwarden.cli.folding import COMMAND, folded

COLUMNS = 80
NAME = 26  # a name may stand before a word that is too long for the line
COPIED = re.compile(rf"{COMMAND.pattern}|\s*(?:match|deploy_roles|security_roles) = ")
OF_COLOUR = ("COLUMNS", "LINES", "FORCE_COLOR", "NO_COLOR", "TERM")
CODES = re.compile(r"\x1b\[[0-9;]*m")


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a day of log files."""
    folder = tmp_path_factory.mktemp("day")
    shown(folder, "story --events 300 logs")
    return folder


def shown(folder: Path, command: str, **environment: str) -> str:
    """Return what a command shows on a terminal."""
    ours, theirs = os.openpty()
    termios.tcsetwinsize(theirs, (24, COLUMNS))
    known = {name: text for name, text in os.environ.items() if name not in OF_COLOUR}
    ran = subprocess.Popen(
        [sys.executable, "-m", "trailwarden.cli", *command.split()],
        cwd=folder,
        env={**known, "TERM": "xterm-256color", **environment},
        stdin=theirs,
        stdout=theirs,
        stderr=subprocess.DEVNULL,
    )
    os.close(theirs)
    content = bytearray()
    with suppress(OSError):  # Linux says so when the last writer has gone
        while part := os.read(ours, 1 << 16):
            content += part
    os.close(ours)
    assert ran.wait() == 0
    return content.decode().replace("\r\n", "\n")


def piped(folder: Path, command: str, **environment: str) -> str:
    """Return what a command writes into a pipe."""
    ran = subprocess.run(
        [sys.executable, "-m", "trailwarden.cli", *command.split()],
        cwd=folder,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=True,
    )
    return ran.stdout


@pytest.mark.parametrize(
    "command",
    [
        "scan --tuning logs.toml logs",
        "scan --incidents --tuning logs.toml logs",
        "scan --compare logs.toml logs",
        "trace --actor svc-metrics logs",
        "rules noise logs",
        "rules explain root.console_login logs",
        "rules list",
        "rules show iam.role_trusts_outsiders",
        "rules coverage",
    ],
)
def test_a_narrow_terminal_cuts_no_word(day: Path, command: str) -> None:
    lines = CODES.sub("", shown(day, command)).splitlines()
    long = [line for line in lines if len(line) > COLUMNS and not COPIED.match(line)]
    assert lines
    assert [
        line for line in long if len(line.rsplit(maxsplit=1)[0]) > NAME and " " in line.strip()
    ] == []
    assert not [line for line in lines if "…" in line]


def test_a_pipe_gets_each_line_whole(day: Path) -> None:
    lines = piped(day, "scan --tuning logs.toml logs").splitlines()
    assert not any("\x1b" in line for line in lines)
    assert any(line.startswith("  Events ") and len(line) > COLUMNS for line in lines)


@pytest.mark.parametrize("environment", [{"NO_COLOR": "1"}, {"TERM": "dumb"}])
@pytest.mark.parametrize(
    "command", ["scan --tuning logs.toml logs", "rules list", "rules noise logs", "scan --help"]
)
def test_no_colour_where_there_is_none_or_somebody_asks_for_none(
    day: Path, command: str, environment: dict[str, str]
) -> None:
    assert "\x1b" not in shown(day, command, **environment)


def test_the_items_of_a_list_stay_apart_and_a_paragraph_goes_on() -> None:
    items = (
        "  2  the command line or the tuning is wrong; a rule is, and the others ran (goes first)"
    )
    more = "  3  something could not be read, or the scan could not go on; it was named on\n"
    told = folded(f"{items}\n{more}     standard error", 60)
    assert [line[:5].strip() for line in told.splitlines()] == ["2", "", "3", ""]
    text = (
        "one word and the next one, up to some ninety characters, where a line was filled up\nends"
    )
    assert folded(text, 60).splitlines()[-1].endswith("filled up ends")


def test_alerts_and_incidents_have_whole_ids_on_a_narrow_terminal() -> None:
    [alert] = some(1)
    stored = cast("Stored", SimpleNamespace(alert=alert, told=1, pending_since=None))
    assert alert.alert_id[:12] in operate._line(stored).plain
    assert all(len(line) <= COLUMNS for line in operate._line(stored).plain.splitlines())


def test_commands_are_not_folded() -> None:
    command = f"       aws iam get-role --role-name {'x' * 60}"
    assert folded(command, 40) == command


def test_a_name_stays_beside_a_word_that_is_too_long() -> None:
    address = f"https://docs.example.com/{'x' * 60}"
    assert folded(f"  Read:       {address} and more", 60) == (
        f"  Read:       {address}\n{' ' * 14}and more"
    )


def test_zero_columns_fold_nothing() -> None:
    assert folded("word " * 100, 0) == "word " * 100
