import json
import os
import re
import sys
from pathlib import Path

import pytest

from tests.cli.rules.team import listed, run, written
from trailwarden import catalog
from trailwarden.authoring import releases
from trailwarden.authoring.releases import Difference, Entry, differences
from trailwarden.catalog.renamed import RENAMED

IDS = {module.RULE.id for module in catalog.shipped()}


def test_an_id_that_is_renamed_has_its_new_one_today() -> None:
    assert set(RENAMED.values()) <= IDS
    assert not RENAMED.keys() & IDS


def test_says_what_is_new_gone_renamed_and_changed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(releases, "RENAMED", {"iam.old": "iam.new"})
    before = [
        Entry("iam.old", "One", "low", "alert"),
        Entry("iam.gone", "Two", "low", "alert"),
        Entry("iam.same", "Three", "low", "alert"),
        Entry("iam.worse", "Four", "low", "hunt"),
    ]
    after = [
        Entry("iam.new", "One", "high", "alert"),
        Entry("iam.same", "Three", "low", "alert"),
        Entry("iam.worse", "Four", "high", "alert"),
        Entry("iam.young", "Five", "low", "alert"),
    ]
    assert list(differences(before, after)) == [
        Difference("new", "iam.young", "Five (low, alert)"),
        Difference("gone", "iam.gone", "Two"),
        Difference("renamed", "iam.new", "was iam.old"),
        Difference("changed", "iam.new", "severity: low to high"),
        Difference("changed", "iam.worse", "severity: low to high; mode: hunt to alert"),
    ]


def test_a_list_from_before_an_upgrade_is_compared_with_the_rules_as_tuned(
    local: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = tmp_path / "before.json"
    before.write_text(run(capsys, "list", "--format", "json")[1])
    assert run(capsys, "diff", before) == (0, "", f"0 rules differ from {before}\n")
    written(local, "iam.user_renamed")
    (local / "tuning.toml").write_text('[rules."root.console_login"]\nmode = "hunt"\n')
    assert run(capsys, "diff", before)[1].splitlines() == [
        "new     iam.user_renamed  User was renamed (low, alert)",
        "changed root.console_login  mode: alert to hunt",
    ]


def test_a_release_says_since_when_a_rule_is_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(releases, "RELEASED", tmp_path)
    (tmp_path / "0.10.0.json").write_text(run(capsys, "list", "--shipped", "--format", "json")[1])
    old = {"id": "root.console_login", "title": "x", "severity": "low", "mode": "alert"}
    (tmp_path / "0.9.0.json").write_text(json.dumps({"rules": [old]}))
    assert releases.since()["root.console_login"] == "0.9.0"
    assert releases.since()["iam.user_created"] == "0.10.0"
    assert "Since:    0.9.0\n" in run(capsys, "show", "root.console_login")[1]
    assert "changed root.console_login  title: x to Root user" in run(capsys, "diff", "0.9.0")[1]


@pytest.mark.parametrize("content", ["[]", "{}", '{"rules": [1]}', "x", '{"rules": [{"id": "x"}]}'])
def test_what_is_no_list_of_rules_is_status_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: str
) -> None:
    file = tmp_path / "x.json"
    file.write_text(content)
    status, _, err = run(capsys, "diff", file)
    assert (status, "is no list of rules: write one with" in err) == (2, True)
    status, _, err = run(capsys, "diff", "7.7")
    assert (status, "there is no list of the rules of 7.7" in err) == (2, True)


def test_lists_the_rules_that_look_at_an_event(capsys: pytest.CaptureFixture[str]) -> None:
    named = listed(capsys, "--event", "iam:CreateUser")
    assert "iam.user_created" in named
    assert named == listed(capsys, "--event", "CreateUser", "--service", "iam") | named
    assert named <= listed(capsys, "--event", "iam:Create*")
    status, out, err = run(capsys, "list", "--event", "iam:CreateUsr")
    assert (status, "did you mean iam:CreateUser?" in err) == (0, True)
    assert "iam.user_created" not in out
    status, _, err = run(capsys, "list", "--event", "kafkaesque:CreateUsr")
    assert (status, "no rule looks at the event" in err) == (2, True)


@pytest.mark.parametrize("columns", [80, 200])
def test_no_width_of_the_terminal_cuts_an_id(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], columns: int
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
    out = re.sub(r"\x1b\[[0-9;]*m", "", run(capsys, "list")[1])
    assert {rule.id for rule in catalog.load().rules} <= set(out.split())
    assert max(map(len, out.splitlines())) <= columns
    assert "…" not in out
    assert os.environ["COLUMNS"] == str(columns)
