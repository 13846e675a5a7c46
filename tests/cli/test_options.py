import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.rules.team import SOUND, forget
from trailwarden import catalog
from trailwarden.catalog.own import local_folder, upward
from trailwarden.cli import main
from trailwarden.cli.options import own_rules
from trailwarden.cli.problems import UsageError

USER = frozenset({os.getuid()})


@pytest.fixture(autouse=True)
def _forgotten() -> Iterator[None]:
    """Have the rules of this test forgotten."""
    forget()
    yield
    forget()


def team(folder: Path) -> Path:
    """Write a rule of one's own below a folder, and return the folder of the rules."""
    file = folder / "local_rules" / "iam" / "user_renamed.py"
    file.parent.mkdir(parents=True)
    file.write_text(SOUND)
    return folder / "local_rules"


def run(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    try:
        status = main([str(word) for word in arguments])
    except SystemExit as stop:
        status = int(str(stop.code))
    return status, *capsys.readouterr()


def test_own_rules_are_found_upward(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    rules = team(tmp_path)
    below = tmp_path / "a" / "b"
    below.mkdir(parents=True)
    monkeypatch.chdir(below)
    assert "iam.user_renamed (local)" in run(capsys, "rules", "list", "--local")[1]
    assert local_folder() == rules


def test_what_another_user_left_above_is_passed_over(tmp_path: Path) -> None:
    rules = team(tmp_path)
    below = tmp_path / "a"
    below.mkdir()
    assert upward(below, USER) == rules
    assert upward(below, frozenset({os.getuid() + 1})) is None


@pytest.mark.parametrize("place", [0, 2])
def test_own_rules_are_where_the_command_line_says(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], place: int
) -> None:
    words: list[object] = ["rules", "list", "--local"]
    words[place:place] = ["--rules", team(tmp_path)]
    assert "iam.user_renamed (local)" in run(capsys, *words)[1]


def test_the_command_line_goes_before_the_environment_and_that_before_the_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here, named, given = (team(tmp_path / name) for name in ("here", "named", "given"))
    monkeypatch.chdir(here.parent)
    environ = {"TRAILWARDEN_RULES": str(named)}
    assert own_rules(given, environ) == given
    assert own_rules(None, environ) == named
    assert own_rules(None, {}) == here
    with pytest.raises(UsageError, match="TRAILWARDEN_RULES=/no/such: there is no such folder"):
        own_rules(None, {"TRAILWARDEN_RULES": "/no/such"})


def test_a_folder_that_is_not_there_is_status_2(capsys: pytest.CaptureFixture[str]) -> None:
    status, _, err = run(capsys, "rules", "list", "--rules", "/no/such")
    assert (status, err) == (2, "trailwarden: --rules /no/such: there is no such folder\n")


def test_a_folder_that_holds_nothing_of_a_team_is_a_warning(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "log.json").write_text('{"Records": []}')
    _, _, err = run(capsys, "scan", tmp_path / "log.json", "--rules", tmp_path)
    assert f"warning: {tmp_path} holds neither a rule nor a tuning.toml\n" in err
    _, _, err = run(capsys, "scan", tmp_path / "log.json", "--rules", team(tmp_path))
    assert "holds neither" not in err


def test_rules_of_one_folder_are_not_mixed_with_those_of_another(tmp_path: Path) -> None:
    first, second = team(tmp_path / "first"), team(tmp_path / "second")
    (first / "iam" / "user_renamed.py").rename(first / "iam" / "other.py")
    catalog.use(first)
    assert [rule.id for rule in catalog.load().rules if catalog.is_local(rule)] == ["iam.other"]
    catalog.use(second)
    [rule] = [rule for rule in catalog.load().rules if catalog.is_local(rule)]
    assert rule.id == "iam.user_renamed"
    assert sys.modules["local_rules"].__path__ == [str(second)]


def test_an_installed_package_begins_rules_here_and_not_beside_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    installed = tmp_path / "site-packages" / "trailwarden" / "rules" / "__init__.py"
    monkeypatch.setattr("trailwarden.rules.__file__", str(installed))
    monkeypatch.setattr("trailwarden.catalog.own.places", lambda _: [])
    monkeypatch.chdir(tmp_path)
    assert local_folder() == tmp_path / "local_rules"


def test_a_scan_says_which_rules_and_tuning_were_used(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rules, log = team(tmp_path), tmp_path / "log.json"
    (rules / "tuning.toml").write_text("[environment]\n")
    log.write_text('{"Records": []}')
    _, _, err = run(capsys, "scan", log, "--rules", rules)
    assert f"1 rule of your own, of {rules}; tuned by {rules / 'tuning.toml'}\n" in err
    assert run(capsys, "scan", log, "--rules", rules, "-q")[2] == ""
    _, _, err = run(capsys, "-v", "scan", log, "--rules", rules)
    assert f"your own rules: {rules}\n" in err
    assert f"{log}: 0 events\n" in err


def test_says_its_version(capsys: pytest.CaptureFixture[str]) -> None:
    status, out, _ = run(capsys, "--version")
    assert status == 0
    assert out.startswith("Trailwarden")


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["scna"], "(did you mean scan?)"),
        (["rules", "lst"], "(did you mean list?)"),
        (["rules", "list", "--mode", "hnt"], "(did you mean hunt?)"),
        (["rules", "list", "--severity", "critcal"], "(did you mean critical?)"),
        (["scan", "x", "--format", "json"], "(did you mean jsonl?)"),
    ],
)
def test_asks_what_was_meant(
    capsys: pytest.CaptureFixture[str], words: list[str], complaint: str
) -> None:
    status, _, err = run(capsys, *words)
    assert status == 2
    assert complaint in err


def test_an_event_that_cloudtrail_never_records_is_a_warning(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rules = team(tmp_path)
    file = rules / "iam" / "user_renamed.py"
    file.write_text(
        SOUND.replace('events=["iam:UpdateUser"]', 'events=["iam:UpdateUserr", "ima:*"]')
    )
    (tmp_path / "a.json").write_text("[]")
    _, _, err = run(capsys, "scan", "--rules", rules, tmp_path / "a.json")
    first, second = (line for line in err.splitlines() if line.startswith("warning: "))
    assert "your rule iam.user_renamed waits in vain: iam:UpdateUserr is no API operation" in first
    assert "(did you mean UpdateUser?)" in first
    assert "ima is no service that CloudTrail knows" in second


@pytest.mark.parametrize(
    "event", ["iam:UpdateUser", "iam:ListMFADevices", "signin:*", "sso:Federate"]
)
def test_an_event_that_cloudtrail_records_is_no_warning(
    tmp_path: Path, event: str, capsys: pytest.CaptureFixture[str]
) -> None:
    rules = team(tmp_path)
    file = rules / "iam" / "user_renamed.py"
    file.write_text(SOUND.replace('events=["iam:UpdateUser"]', f'events=["{event}"]'))
    (tmp_path / "a.json").write_text("[]")
    assert "warning" not in run(capsys, "scan", "--rules", rules, tmp_path / "a.json")[2]
