from pathlib import Path

import pytest

from tests.cli.rules.team import SOUND, forget, run, written
from trailwarden import Mode, catalog


def test_a_new_rule_fails_until_it_is_written(
    local: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status, _, err = run(capsys, "new", "iam", "user_renamed")
    file = local / "iam" / "user_renamed.py"
    assert status == 0
    assert str(file) in err
    status, out, err = run(capsys, "test")
    assert status == 1
    assert err.endswith("rules: 1, stories: 2, failed rules: 1\n")
    for complaint in (
        "story: it happens\n    - expected: an alert\n    + came:     no alert",
        "say in the first line of the docstring what happened",
        "say below the title why it matters",
        "iam:EventName is no API operation of iam",
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


def test_a_shipped_rule_is_replaced_only_on_purpose(
    local: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status, _, err = run(capsys, "new", "root", "console_login")
    assert status == 2
    assert "root.console_login is a shipped rule: choose another name, or say --replace" in err
    assert not (local / "root").exists()


def test_a_scaffold_is_off_and_the_shipped_rule_goes_on(
    local: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _, _, err = run(capsys, "new", "root", "console_login", "--replace")
    assert "the shipped rule root.console_login goes on until this one is written" in err
    forget()
    pack = catalog.load()
    [rule] = [rule for rule in pack.rules if rule.id == "root.console_login"]
    assert (catalog.is_local(rule), rule.mode) == (False, Mode.ALERT)
    assert (list(pack.broken), pack.drafts) == ([], ["root.console_login"])
    assert "your rule root.console_login is off, and the shipped one runs" in run(capsys, "list")[2]
    assert run(capsys, "test", "root.console_login")[0] == 1
    written(local, "root.console_login")
    assert catalog.load().replaced == ["root.console_login"]


def test_a_scaffold_does_not_run(local: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(capsys, "new", "iam", "user_renamed")
    assert (local / "iam" / "user_renamed.py").is_file()
    forget()
    [rule] = [rule for rule in catalog.load().rules if rule.id == "iam.user_renamed"]
    assert rule.mode is Mode.OFF
