import json
from pathlib import Path

import pytest

from tests.cli.rules.team import run, written
from trailwarden.cloudtrail.samples import console_login, iam_user, record, root


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """A file with a sign-in of root, one that fails, and an act of somebody else."""
    events = [
        console_login(root(), succeeds=True, minute=1),
        console_login(root(), succeeds=False, minute=2),
        record("iam:CreateUser", iam_user("alice"), minute=3),
    ]
    file = tmp_path / "log.json"
    file.write_text(json.dumps({"Records": events}))
    return file


def ids(log: Path) -> list[str]:
    return [told["eventID"] for told in json.loads(log.read_text())["Records"]]


def test_explains_each_of_the_rules_events_and_counts_the_others(
    log: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status, out, err = run(capsys, "explain", "root.console_login", log)
    head, *lines = out.splitlines()
    assert status == 0
    assert head == "root.console_login: Root user signed in to the console"
    assert [line.strip().partition(",")[0] for line in lines[1::2]] == [
        "seen",
        "left out: the request failed",
    ]
    assert [event_id in line for event_id, line in zip(ids(log), lines[::2], strict=False)] == [
        True,
        True,
    ]
    assert "1 more: not among the rule's events" in err
    assert "3 events, 2 shown" in err


def test_explains_one_event_also_where_the_rule_does_not_look(
    log: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status, out, _ = run(capsys, "explain", "root.console_login", log, "--event", ids(log)[2])
    assert status == 0
    said = out.splitlines()[-1]
    assert said.startswith("  not among the rule's events, which are signin:ConsoleLogin")


def test_says_by_which_line_of_the_tuning_an_event_is_hidden(
    log: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tuning = tmp_path / "mine.toml"
    tuning.write_text(
        '[[rules."root.*".ignore]]\nowner = "me"\nreason = "us"\nexpires = 2026-01-31\n'
        'match = { "userIdentity.type" = "Root" }\n'
    )
    _, out, _ = run(capsys, "explain", "root.console_login", log, "--tuning", tuning)
    assert "  hidden by mine.toml, line 1" in out.splitlines()


def test_a_rule_that_counts_says_how_far(
    local: Path, log: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    count = '"Ask.", correlation=ValueCount(at_least=2, timespan=DAY, group_by=by_actor)'
    file = written(local, "iam.user_renamed", '"Ask who did it."', count)
    file.write_text(
        file.read_text()
        .replace('"iam:UpdateUser"', '"iam:CreateUser"')
        .replace('event.request("newUserName")', "event.name")
    )
    _, out, _ = run(capsys, "explain", "iam.user_renamed", log)
    assert "It counts: 2 different ones within 1 day, of one actor." in out
    assert out.splitlines()[-2:] == [
        "  1 of 2 within 1 day",
        "  does not add up: nothing is told",
    ]


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["root.consol_login", "x"], "did you mean root.console_login?"),
        (["root.console_login", "LOG", "--event", "none"], "none of 3 events has the id none"),
    ],
)
def test_a_wrong_question_is_status_2(
    log: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], complaint: str
) -> None:
    said = [str(log) if word == "LOG" else word for word in arguments]
    status, _, err = run(capsys, "explain", *said)
    assert status == 2
    assert complaint in err


def test_a_file_that_cannot_be_read_is_status_3(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status, _, err = run(capsys, "explain", "root.console_login", tmp_path / "no.json")
    assert status == 3
    assert "no.json" in err
