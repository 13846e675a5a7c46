from pathlib import Path

import pytest

from tests.cli.rules.team import SOUND, forget, run, written


def test_a_new_rule_fails_until_it_is_written(
    local: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status, _, err = run(capsys, "new", "iam", "user_renamed")
    file = local / "iam" / "user_renamed.py"
    assert status == 0
    assert str(file) in err
    status, out, err = run(capsys, "test")
    assert status == 1
    assert err == "rules: 1, stories: 2, failed rules: 1\n"
    for complaint in (
        "story: it happens\n    - expected: an alert\n    + came:     no alert",
        "say in the first line of the docstring what happened",
        "say below the title why it matters",
        "iam:EventName is no API operation of iam",
        "list the techniques of TA0003",
        "say in sentences what to do first",
    ):
        assert complaint in out
    file.write_text(SOUND)
    forget()
    assert run(capsys, "test")[:2] == (0, "")


def test_a_new_rule_overwrites_nothing(local: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = written(local, "iam.user_renamed")
    status, _, err = run(capsys, "new", "iam", "user_renamed")
    assert status == 2
    assert "is there already; nothing was written" in err
    assert file.read_text() == SOUND


def test_a_new_rule_can_be_begun_elsewhere(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(capsys, "new", "iam", "user_renamed", "--folder", tmp_path / "x")[0] == 0
    assert (tmp_path / "x" / "iam" / "user_renamed.py").is_file()


def test_says_that_a_new_rule_takes_the_place_of_a_shipped_one(
    local: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _, _, err = run(capsys, "new", "root", "console_login")
    assert (local / "root" / "console_login.py").is_file()
    assert "takes the place of the shipped rule root.console_login" in err
