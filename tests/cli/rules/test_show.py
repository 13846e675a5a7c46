import json
from pathlib import Path

import pytest

from tests.cli.rules.team import listed, run, written
from trailwarden import catalog
from trailwarden.authoring.pages import GENERATED
from trailwarden.cli.rules import show
from trailwarden.cli.rules.docs import generated
from trailwarden.detection.attack import MATRIX_VERSION, TECHNIQUES
from trailwarden.detection.rule import Mode


def test_lists_every_rule(capsys: pytest.CaptureFixture[str]) -> None:
    assert listed(capsys) == {rule.id for rule in catalog.load().rules}


def test_lists_what_fits_every_filter(capsys: pytest.CaptureFixture[str]) -> None:
    wanted = {
        rule.id
        for rule in catalog.load().rules
        if rule.id.startswith(("iam.", "sts."))
        and rule.mode is Mode.HUNT
        and rule.severity.label in {"low", "medium"}
    }
    assert wanted
    arguments = "--service iam --service sts --mode hunt --severity low --severity medium"
    assert listed(capsys, *arguments.split()) == wanted


def test_says_that_no_rule_fits(local: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert not list(local.glob("*/*.py"))
    assert run(capsys, "list", "--local") == (0, "", "no rule is like that\n")


def test_shows_the_path_the_references_and_the_stories(capsys: pytest.CaptureFixture[str]) -> None:
    _, shown, _ = run(capsys, "show", "root.console_login")
    assert "Path:     fast: EventBridge within seconds" in shown
    assert "Read:     https://docs.aws.amazon.com/" in shown
    assert "Alerts:   " in shown
    assert "Silent:   " in shown


def test_shows_why_a_rule_waits_for_the_log_files(capsys: pytest.CaptureFixture[str]) -> None:
    _, shown, _ = run(capsys, "show", "actor.several_weak_signals")
    assert "Path:     complete: only the log files, some minutes later, because it counts" in shown


def test_shows_every_rule() -> None:
    shown = [(module.RULE, show.told(module.RULE, module)) for module in catalog.modules()]
    assert [rule.id for rule, text in shown if not text.startswith(rule.title)] == []
    assert all("\nAlerts:" in text for rule, text in shown if not rule.is_from_pipeline)


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["list", "--service", "iamm"], "there is no folder 'iamm' of rules (did you mean iam?)"),
        (["list", "--mode", "loud"], "invalid choice: 'loud'"),
        (["show", "root.consol_login"], "did you mean root.console_login?"),
        (["test", "nothing.like.it"], "there is no rule 'nothing.like.it'"),
        (["coverage", "--output", "/no/such/folder/file"], "there is no folder /no/such/folder"),
        (["docs", "/dev/null/docs"], "it is a file, or is below one"),
        (["new", "iam", "Renamed"], "'Renamed' cannot be a name"),
        (["new", "../iam", "renamed"], "'../iam' cannot be a name"),
        (["new", "lambda", "renamed"], "'lambda' is a word of Python"),
        (["new", "my_rules", "renamed"], "ends in 'rules'"),
        (["new", "iam", "renamed", "--folder", "/dev/null"], "Not a directory"),
        (["new", "iam"], "the following arguments are required: NAME"),
        ([], "the following arguments are required: ACTION"),
    ],
)
def test_a_wrong_command_line_is_status_2_with_a_word(
    local: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], complaint: str
) -> None:
    status, out, err = run(capsys, *arguments)
    assert (status, out) == (2, "")
    assert complaint in err
    assert not list(local.glob("*/*.py"))


def test_shows_the_matrix(capsys: pytest.CaptureFixture[str]) -> None:
    status, out, _ = run(capsys, "coverage")
    assert status == 0
    for rule in catalog.load().rules:
        for tactic, techniques in rule.attack.items():
            assert f"{tactic.title} ({tactic})" in out
            assert all(technique in out for technique in techniques)


def test_exports_a_layer_for_the_navigator(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "layer.json"
    status, out, _ = run(capsys, "coverage", "--format", "navigator", "--output", file)
    layer = json.loads(file.read_text())
    assert (status, out) == (0, "")
    assert layer["domain"] == "enterprise-attack"
    assert layer["versions"] == {"attack": MATRIX_VERSION, "layer": "4.5", "navigator": "4.9.0"}
    places = [(cell["tactic"], cell["techniqueID"]) for cell in layer["techniques"]]
    assert len(set(places)) == len(places)
    scored = [cell for cell in layer["techniques"] if "score" in cell]
    assert {cell["techniqueID"] for cell in scored} <= TECHNIQUES.keys()
    cell = layer["techniques"][places.index(("initial-access", "T1078.004"))]
    assert "root.console_login (alert)" in cell["comment"]
    assert layer["gradient"]["maxValue"] == max(cell["score"] for cell in scored)


def test_a_layer_leaves_out_rules_that_are_off(capsys: pytest.CaptureFixture[str]) -> None:
    _, out, _ = run(capsys, "coverage", "--format", "navigator")
    assert "cis_monitoring" not in out


def test_local_rules_are_not_in_the_pages(local: Path) -> None:
    before = generated()
    written(local, "root.console_login")
    assert generated() == before


def test_writes_the_pages_and_removes_those_that_are_stale(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "gone.md").write_text(f"{GENERATED}\n")
    (tmp_path / "mine.md").write_text("mine\n")
    status, _, err = run(capsys, "docs", tmp_path)
    told = generated()
    assert (status, err) == (0, f"wrote {len(told)} pages to {tmp_path}\n")
    assert {file.name for file in tmp_path.iterdir()} == {*told, "mine.md"}
