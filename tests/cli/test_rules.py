import importlib
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import trailwarden
from trailwarden import catalog
from trailwarden.authoring.pages import GENERATED
from trailwarden.catalog.discovery import InvalidRuleError
from trailwarden.cli import main
from trailwarden.cli.rules import show
from trailwarden.cli.rules.docs import generated
from trailwarden.detection.attack import MATRIX_VERSION, TECHNIQUES
from trailwarden.detection.rule import Mode

TUNING = Path(trailwarden.__file__).parents[1] / "local_rules" / "tuning.toml"

SOUND = '''
"""User was renamed.

It hides who somebody was.
"""

from trailwarden import NOBODY, SUCCEEDED, Match, Rule, Severity, Tactic, ValueCount, alerts
from trailwarden import by_actor, silent
from trailwarden.detection.rule import DAY
from trailwarden.cloudtrail.samples import iam_user, record


def detect(event):
    name = event.request("newUserName")
    return Match(name) if name else None


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["iam:UpdateUser"],
    where={"awsRegion": ["us-east-1"]},
    exempt=NOBODY,
    outcome=SUCCEEDED,
    severity=Severity.LOW,
    attack={Tactic.DEFENSE_EVASION: ["T1036"]},
    response="Ask who did it.",
)


def examples():
    to = {"newUserName": "root"}
    renamed = record("iam:UpdateUser", iam_user("mallory"), requestParameters=to)
    yield alerts("a new name", renamed)
    yield silent("a new path", record("iam:UpdateUser", iam_user("mallory"), minute=1))
'''.lstrip()

EXTENDED = '''
"""Extends a shipped rule."""

from dataclasses import replace

from trailwarden.rules.root.console_login import RULE, examples

RULE = replace(RULE, response="Call the owner of the account.", module=__name__)
'''.lstrip()


@pytest.fixture
def local(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The folder of a team's own rules, which are none yet."""
    folder = tmp_path / "local_rules"
    folder.mkdir()
    (folder / "__init__.py").touch()  # so that it hides the real one, and what may be in it
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    forget()
    monkeypatch.syspath_prepend(tmp_path)
    yield folder
    forget()


def forget() -> None:
    """Have local rules imported again, as another process would."""
    importlib.invalidate_caches()
    for name in [*sys.modules]:
        if name.partition(".")[0] == "local_rules":
            del sys.modules[name]


def written(local: Path, rule_id: str, old: str = "", new: str = "", *, text: str = SOUND) -> Path:
    """Write a rule of one's own, with one thing in it replaced."""
    assert old in text
    service, _, name = rule_id.rpartition(".")
    file = local / service / f"{name}.py"
    file.parent.mkdir(exist_ok=True)
    file.write_text(text.replace(old, new, 1) if old else text)
    forget()
    return file


def run(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    try:
        status = main(["rules", *map(str, arguments)])
    except SystemExit as stop:
        status = int(str(stop.code))
    captured = capsys.readouterr()
    return status, captured.out, captured.err


def listed(capsys: pytest.CaptureFixture[str], *arguments: object) -> set[str]:
    _, out, _ = run(capsys, "list", *arguments)
    return {line.split()[2] for line in out.splitlines()[1:]}


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
        (["list", "--service", "iamm"], "there is no folder 'iamm' of rules; did you mean iam?"),
        (["list", "--mode", "loud"], "invalid choice: 'loud'"),
        (["show", "root.consol_login"], "did you mean root.console_login?"),
        (["test", "nothing.like.it"], "there is no rule 'nothing.like.it'"),
        (["coverage", "--output", "/no/such/folder/file"], "No such file"),
        (["docs", "/dev/null/docs"], "Not a directory"),
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


def test_tests_the_rules_that_a_glob_names(local: Path, capsys: pytest.CaptureFixture[str]) -> None:
    written(local, "iam.user_renamed", "return", "return not")
    status, out, err = run(capsys, "test", "root.*")
    count = sum(rule.id.startswith("root.") for rule in catalog.load().rules)
    assert (status, out) == (0, "")
    assert err.startswith(f"rules: {count}, ")


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
        pytest.param("return", "raise KeyError(7)\n    return", "KeyError(7), raised in line 14 of",
                     id="an error"),
        pytest.param('"Ask who did it."', COUNTING, "adds up: 2 different ones within 1 day, of one"
                     " actor", id="a correlation"),
        pytest.param('"Ask who did it."', COUNTING, "user/mallory: seen, label root, group 1111",
                     id="what is counted"),
        pytest.param("yield alerts(", "yield (", "examples() cannot be read", id="no story"),
        pytest.param('", renamed)', '", [renamed])', "+ came:     ", id="a list for a record"),
        pytest.param('"Ask who did it."', '"Ask"', "line 27: say in sentences", id="lint"),
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
    assert f"{file} cannot be imported: SyntaxError" in err


def test_a_local_rule_is_found_with_no_package_around_it(
    local: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = written(local, "iam.user_renamed")
    assert not (file.parent / "__init__.py").exists()
    assert listed(capsys, "--local") == {"iam.user_renamed"}


def test_a_local_rule_replaces_a_shipped_one(
    local: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    written(local, "root.console_login")
    [rule] = [rule for rule in catalog.load().rules if rule.id == "root.console_login"]
    assert catalog.is_local(rule)
    assert rule.title == "User was renamed"
    _, out, _ = run(capsys, "list", "--service", "root", "--local")
    assert (
        " ".join(out.splitlines()[1].split()[2:]) == "root.console_login (local) User was renamed"
    )
    assert "Rule:     root.console_login (local)" in run(capsys, "show", "root.console_login")[1]


def test_a_local_rule_extends_a_shipped_one(
    local: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    written(local, "root.console_login", text=EXTENDED)
    [rule] = [rule for rule in catalog.load().rules if rule.id == "root.console_login"]
    assert (catalog.is_local(rule), rule.response) == (True, "Call the owner of the account.")
    assert rule.title == "Root user signed in to the console"
    assert run(capsys, "test")[0] == 0


def test_a_rule_is_called_by_where_it_is(local: Path) -> None:
    written(local, "root.other", ", module=__name__", "", text=EXTENDED)
    with pytest.raises(InvalidRuleError, match=r"other\.py has the RULE of trailwarden\.rules\."):
        catalog.load()


def test_a_file_without_a_rule_is_named(local: Path) -> None:
    written(local, "root.other", text="X = 1\n")
    with pytest.raises(InvalidRuleError, match=r"other\.py has no RULE"):
        catalog.load()


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ('response="', 'response=7 or "'),
        ("severity=Severity.", "severity=str() or 'x' or Severity."),
    ],
)
def test_a_field_of_the_wrong_type_is_named(local: Path, right: str, wrong: str) -> None:
    written(local, "root.other", right, wrong)
    field = right.partition("=")[0]
    with pytest.raises(InvalidRuleError, match=rf"other\.py: {field} is .*, and has to be of type"):
        catalog.load()


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


def test_the_tuning_that_is_shipped_can_be_meant() -> None:
    assert catalog.load(TUNING).rules


def test_what_the_tuning_that_is_shipped_suggests_can_be_meant(tmp_path: Path) -> None:
    text = TUNING.read_text(encoding="utf-8")
    suggested = tmp_path / "tuning.toml"
    suggested.write_text(re.sub(r"(?m)^# (?=\[|[a-z_]+ = )", "", text))
    pack = catalog.load(suggested)
    assert pack.environment.own_accounts
    assert {rule.mode for rule in pack.rules if rule.id.startswith("cis_")} == {Mode.ALERT}


def test_says_how_loud_the_rules_are_in_a_folder(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    folder = tmp_path / "day"
    assert main(["story", str(folder), "--events", "50"]) == 0
    status, out, said = run(capsys, "noise", str(folder), "--jobs", "1")
    assert status == 0
    assert "cloudtrail.logging_stopped" in out
    assert 'rules."cloudtrail.logging_stopped".ignore = [' in out
    assert said.rstrip().endswith("0 failures")
    _, lines, _ = run(capsys, "noise", str(folder), "--format", "jsonl", "--jobs", "1")
    rules = [json.loads(line) for line in lines.splitlines()]
    assert all(one["alerts"] == sum(c["alerts"] for c in one["callers"]) for one in rules)


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["--tuning", "nowhere.toml"], "there is no such file"),
        (["--rule", "no.such"], "no such rule"),
        ([], "holds no log file"),
    ],
)
def test_says_what_is_wrong_with_the_noise_that_is_asked_for(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, arguments: list[str], complaint: str
) -> None:
    status, _, said = run(capsys, "noise", str(tmp_path), *arguments)
    assert status in (2, 3)
    assert complaint in said
