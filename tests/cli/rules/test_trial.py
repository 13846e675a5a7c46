from pathlib import Path

import pytest

from tests.cli.rules.team import SOUND, run, written
from trailwarden import catalog
from trailwarden.scan import patience


def test_tests_the_rules_that_a_glob_names(local: Path, capsys: pytest.CaptureFixture[str]) -> None:
    written(local, "iam.user_renamed", "return", "return not")
    status, out, err = run(capsys, "test", "root.*")
    count = sum(rule.id.startswith("root.") for rule in catalog.load().rules)
    assert (status, out) == (0, "")
    assert err.startswith(f"rules: {count}, ")


@pytest.mark.exhaustive
def test_tests_all_rules_where_there_are_no_local_ones(
    local: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert not list(local.glob("*/*.py"))
    status, out, err = run(capsys, "test")
    assert (status, out) == (0, "")
    assert err.startswith(f"rules: {len(catalog.load().rules)}, ")


COUNTING = '"Ask who did it.", correlation=ValueCount(at_least=2, timespan=DAY, group_by=by_actor)'


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        pytest.param("return", "return Match(event.name)\n    return",
                     "\n    - expected: no alert\n    + came:     an alert",
                     id="an alert too many"),
        pytest.param("return", "return None and", "user/mallory: nothing seen", id="blind"),
        pytest.param("return", "return Match(event.name)\n    return",
                     "user/mallory: seen, label UpdateUser",
                     id="what it saw"),
        pytest.param("", "", "", id="nothing"),
        pytest.param('"iam:UpdateUser"]', '"iam:DeleteUser"]', "not among the rule's events",
                     id="other events"),
        pytest.param('["us-east-1"]', '["us-west-2"]', "left out by `where`", id="where"),
        pytest.param("return", "raise KeyError(7)\n    return", "KeyError(7), raised in line 15 of",
                     id="an error"),
        pytest.param('"Ask who did it."', COUNTING, "adds up: 2 different ones within 1 day, of one"
                     " actor", id="a correlation"),
        pytest.param('"Ask who did it."', COUNTING, "user/mallory: seen, label root, group 1111",
                     id="what is counted"),
        pytest.param("yield alerts(", "yield (", "examples() cannot be read", id="no story"),
        pytest.param('", renamed)', '", [renamed])', "+ came:     ", id="a list for a record"),
        pytest.param('"Ask who did it."', '"Ask"', "line 28: say in sentences", id="lint"),
        pytest.param("newUserName", "\x1b[2J", "", id="nothing of control"),
    ],
)  # fmt: skip
def test_says_how_a_story_differs(
    local: Path, capsys: pytest.CaptureFixture[str], old: str, new: str, said: str
) -> None:
    written(local, "iam.user_renamed", old, new)
    status, out, _ = run(capsys, "test", "iam.user_renamed")
    assert said in out
    assert status == bool(out)
    assert all(line.isprintable() for line in out.splitlines())


def test_a_parameter_that_rule_and_story_misspell_alike_is_named_with_its_line(
    local: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = SOUND.replace("newUserName", "newUserNam")
    written(local, "iam.user_renamed", text=text)
    status, out, _ = run(capsys, "test")
    assert status == 1
    assert "line 14: iam:UpdateUser has no parameter newUserNam (did you mean newUserName?" in out


def test_a_parameter_that_the_model_does_not_know_and_that_is_like_none_is_left_alone(
    local: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    written(local, "iam.user_renamed", text=SOUND.replace("newUserName", "zzz"))
    assert run(capsys, "test")[:2] == (0, "")


@pytest.mark.parametrize("name", ["9_lives", "Renamed", "user-renamed", "class"])
def test_a_name_that_python_does_not_take_everywhere_is_refused(
    local: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    written(local, f"iam.{name}")
    status, out, _ = run(capsys, "test")
    assert status == 1
    assert f"call the file or folder {name!r} otherwise: small letters, digits and _" in out


def test_a_rule_without_an_end_is_stopped_and_the_others_are_tested(
    local: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(patience, "SECONDS_IN_STORIES", 0.1)
    written(local, "iam.user_renamed", "    return Match", "    while True: pass\n    return Match")
    written(local, "iam.other")
    status, out, err = run(capsys, "test")
    assert status == 1
    assert "rule iam.user_renamed: it did not come to an end with event" in err
    assert "+ came:     an error: RuleTimeout(" in out
    assert "rules: 2, stories: 4, failed rules: 1" in err


def test_a_rule_that_eventbridge_would_refuse_is_told_so_and_passes(
    local: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    written(local, "iam.user_renamed", '["us-east-1"]', '[{"wildcard": "us-**"}]')
    status, _, told = run(capsys, "test", "iam.user_renamed")
    assert status == 0
    assert "note: iam.user_renamed waits for the log files" in told
    assert "two stars in a row" in told


def test_a_rule_that_cannot_be_imported_is_named(
    local: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = written(local, "iam.user_renamed", "def detect", "define detect")
    status, _, err = run(capsys, "test")
    assert status == 2
    assert f"error: {file}:13: cannot be imported: SyntaxError" in err
    assert "rules: 0, stories: 0, failed rules: 0" in err


def test_the_others_are_tested_where_a_rule_is_broken(
    local: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    written(local, "iam.user_renamed", "severity=Severity.LOW", 'severity="low"')
    written(local, "iam.other")
    status, out, err = run(capsys, "test")
    assert (status, out) == (2, "")
    assert "severity is 'low': write severity=Severity.MEDIUM" in err
    assert "rules: 1, stories: 2, failed rules: 0" in err
    assert run(capsys, "test", "iam.other")[0] == 0
