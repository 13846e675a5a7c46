import json
import re
from pathlib import Path

import pytest

import trailwarden
from tests.cli.rules.team import SOUND, listed, run, written
from trailwarden import catalog
from trailwarden.cli import main
from trailwarden.cloudtrail.samples import console_login, root
from trailwarden.detection.rule import Mode

TUNING = Path(trailwarden.__file__).parents[1] / "local_rules" / "tuning.toml"

EXTENDED = '''
"""Extends a shipped rule."""

from dataclasses import replace

from trailwarden.rules.root.console_login import RULE, examples

RULE = replace(RULE, response="Call the owner of the account.", module=__name__)
'''.lstrip()


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
        " ".join(out.splitlines()[1].split()[2:])
        == "root.console_login (local, in place of the shipped one) User was renamed"
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


def broken(rule_id: str) -> str:
    """Return what is said of a rule that is broken, where all others are loaded."""
    pack = catalog.load()
    [one] = pack.broken
    assert one.rule_id == rule_id
    assert len(pack.rules) >= len(list(catalog.shipped()))
    return one.message


def test_a_rule_is_called_by_where_it_is(local: Path) -> None:
    written(local, "root.other", ", module=__name__", "", text=EXTENDED)
    assert "other.py has the RULE of trailwarden.rules." in broken("root.other")


def test_a_file_without_a_rule_is_named(local: Path) -> None:
    written(local, "root.other", text="X = 1\n")
    assert "other.py has no RULE" in broken("root.other")


def test_rules_share_what_stands_in_a_file_whose_name_begins_with_an_underscore(
    local: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (local / "_names.py").write_text('def is_odd(name):\n    return name == "root"\n')
    text = SOUND.replace(
        "from trailwarden.corr", "from local_rules._names import is_odd\nfrom trailwarden.corr", 1
    )
    written(local, "iam.user_renamed", "if name else", "if is_odd(name) else", text=text)
    assert catalog.load().broken == []
    assert run(capsys, "test")[:2] == (0, "")


@pytest.mark.parametrize("rule_id", ["root._other", "_drafts.other"])
def test_a_rule_that_is_named_as_a_helper_is_told_that_it_does_not_run(
    local: Path, rule_id: str
) -> None:
    file = written(local, rule_id)
    assert broken(rule_id).startswith(f"{file}: no rule runs whose name, or whose folder's,")


def test_a_fault_of_a_helper_is_told_with_its_line(local: Path) -> None:
    (local / "_names.py").write_text("X = 1\nY = Z\n")
    file = written(
        local,
        "root.other",
        "from trailwarden",
        "from local_rules._names import X\nfrom trailwarden",
    )
    message = broken("root.other")
    assert message.startswith(f"{file}:6: cannot be imported: NameError(")
    assert message.endswith(f", raised in line 2 of {local / '_names.py'}")


def test_a_name_with_a_dot_is_told_with_its_file(local: Path) -> None:
    file = local / "root" / "an.other.py"
    file.parent.mkdir()
    file.write_text(SOUND)
    assert broken("root.an.other").startswith(f"{file}:1: cannot be imported: an.other.py has more")


@pytest.mark.parametrize(
    ("right", "wrong", "line", "sentence"),
    [
        (
            "severity=Severity.LOW",
            'severity="medium"',
            "severity=",
            "severity is 'medium': write severity=Severity.MEDIUM",
        ),
        (
            '{Tactic.DEFENSE_EVASION: ["T1036"]}',
            '["T1036"]',
            "attack=",
            "attack is ['T1036']: write attack={Tactic.PERSISTENCE: ",
        ),
        ('"Ask who did it."', "None", "response=", 'response is None: write response="'),
        ('["iam:UpdateUser"]', '"iam:UpdateUser"', "events=", "write events=["),
        ("exempt=NOBODY", 'exempt="NOBODY"', "exempt=", "write exempt=DEPLOYMENT, or NOBODY"),
        ("outcome=SUCCEEDED", 'outcome="succeeded"', "outcome=", "write outcome=SUCCEEDED"),
        ("outcome=", 'mode="alert", outcome=', "mode=", "write mode=Mode.ALERT"),
        ("outcome=", "window=600, outcome=", "window=", "write window=timedelta(days=1)"),
        ('["us-east-1"]', '"us-east-1"', "where=", "write the values that match as a list"),
        ('["us-east-1"]', '[{"like": "x"}]', "where=", "is no operator that rules can use"),
        ('["iam:UpdateUser"]', '["iam:Update*"]', "events=", "write 'iam:Update*' as service:"),
        ("exempt=NOBODY", "exempt=frozenset(Caller)", "exempt=", "exempt leaves none of"),
        ("detect(event)", "detect()", "def detect", "detect has to take one event"),
        ("    return Match", "    yield Match", "def detect", "and not to yield"),
        (
            "outcome=",
            "correlation=ValueCount(at_least=2, timespan=600, group_by=by_actor), outcome=",
            "timespan=600",
            "timespan is 600: write timespan=timedelta(minutes=10)",
        ),
        (
            "outcome=",
            'correlation=ValueCount(at_least="2", timespan=DAY, group_by="actor"), outcome=',
            "at_least=",
            "at_least is '2': write at_least=10",
        ),
        ("outcome=", "correlation=ValueCount, outcome=", "correlation=", "correlation is ValueCo"),
        ("severity=", "serverity=", "RULE = Rule(", "no field serverity (did you mean severity?)"),
        ("    response=", "    references=(),  # ", "RULE = Rule(", 'write response="'),
        ("def detect", "define detect", "define", "cannot be imported: SyntaxError"),
        ("def detect", "raise SystemExit\n\n\ndef detect", "raise", "imported: SystemExit"),
        ("Severity.LOW", "Severity.LWO", "severity=", "(did you mean LOW?)"),
        ("examples import", "exampels import", "exampels", "did you mean trailwarden.examples?"),
        ("NOBODY,", "NOBDY,", "NOBDY,", "(did you mean NOBODY?)"),
        ("DAY", "DAY, Match", "DAY, Match", "write `from trailwarden import Match`"),
        ("exempt=NOBODY", "exempt=NOBDY", "exempt=", 'is not defined") (did you mean NOBODY?)'),
        ("exempt=NOBODY", "exempt=PROGRAMS", "exempt=", "write `from trailwarden import PROGRAMS`"),
        (
            "import DAY",
            "import DAY\nimport nothing_here",
            "nothing_here",
            "the standard library and trail",
        ),
    ],
)
def test_a_mistake_is_named_with_its_line_and_what_to_write(
    local: Path, right: str, wrong: str, line: str, sentence: str
) -> None:
    header = '"""User was renamed.\n\nIt hides who somebody was.\n"""\n'
    text = SOUND.replace(header, f"{header}from trailwarden import Caller\n")
    file = written(local, "root.other", right, wrong, text=text)
    lines = file.read_text().splitlines()
    number = next(n for n, text in enumerate(lines, start=1) if line in text)
    message = broken("root.other")
    assert message.startswith(f"{file}:{number}: ")
    assert sentence in message


def test_rules_that_import_each_other_are_told_what_to_do(local: Path) -> None:
    for name, other in (("one", "two"), ("two", "one")):
        line = f"from local_rules.root.{other} import {other}\nfrom trailwarden"
        written(local, f"root.{name}", "from trailwarden", line)
    told = [one.message for one in catalog.load().broken]
    assert len(told) == 2
    assert all("the two import each other; put what both need into a third" in m for m in told)


def test_a_rule_without_a_docstring_is_told_to_have_one(local: Path) -> None:
    header = '"""User was renamed.\n\nIt hides who somebody was.\n"""\n'
    file = written(local, "root.other", header, "")
    assert broken("root.other").startswith(f"{file}:1: begin the file with a docstring")


def test_a_broken_rule_leaves_the_shipped_one_in_its_place(
    local: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    written(local, "root.console_login", "severity=Severity.LOW", 'severity="low"')
    [rule] = [rule for rule in catalog.load().rules if rule.id == "root.console_login"]
    assert not catalog.is_local(rule)
    status, out, err = run(capsys, "list", "--service", "root")
    assert (status, "root.console_login" in out) == (2, True)
    assert "the rule root.console_login does not run; the shipped one does, in its place" in err


def test_a_rule_that_takes_the_place_of_a_shipped_one_is_said_to(
    local: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    written(local, "root.console_login")
    status, out, err = run(capsys, "list", "--service", "root", "--local")
    assert status == 0
    assert "root.console_login (local, in place of the shipped one)" in out
    assert err == "note: your rule root.console_login takes the place of the shipped one\n"


def test_a_scan_runs_the_other_rules_and_ends_with_2(
    local: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = written(local, "iam.user_renamed", "severity=Severity.LOW", 'severity="low"')
    log = tmp_path / "log.json"
    log.write_text(json.dumps({"Records": [console_login(root(), succeeds=True)]}))
    status = main(["scan", "--fail-on", "low", "--format", "jsonl", str(log)])
    out, err = capsys.readouterr()
    assert status == 2
    assert "root.console_login" in out
    assert f"error: {file}:" in err
    assert "severity is 'low': write severity=Severity.MEDIUM" in err
    assert "error: the rule iam.user_renamed does not run" in err


BREAKS = """
class Breaks(ValueCount):
    def select(self, observations):
        raise ZeroDivisionError(len(observations))


RULE = Rule(
"""


def test_a_rule_whose_correlation_fails_costs_a_scan_no_other(
    local: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    counts = "correlation=Breaks(at_least=1, timespan=DAY, group_by=by_actor), outcome="
    file = written(local, "root.broken", "outcome=", counts)
    text = file.read_text().replace("\nRULE = Rule(\n", BREAKS)
    file.write_text(
        text.replace("iam:UpdateUser", "signin:ConsoleLogin", 1).replace(
            'event.request("newUserName")', "event.name"
        )
    )
    log = tmp_path / "log.json"
    log.write_text(json.dumps({"Records": [console_login(root(), succeeds=True)]}))
    status = main(["scan", "--format", "jsonl", str(log)])
    out, err = capsys.readouterr()
    assert status == 3
    assert "root.console_login" in out
    assert "rule root.broken: failed on 1 event: ZeroDivisionError(1)" in err
    assert "1 file, 1 event, 1 alert, 1 failure" in err


def test_what_is_tuned_of_a_broken_rule_waits_for_the_mend(local: Path) -> None:
    written(local, "root.other", "severity=Severity.LOW", 'severity="low"')
    (local / "tuning.toml").write_text('[rules."root.other"]\nmode = "hunt"\n')
    assert broken("root.other")


def test_the_tuning_that_is_shipped_can_be_meant() -> None:
    assert catalog.load(TUNING).rules


def test_what_the_tuning_that_is_shipped_suggests_can_be_meant(tmp_path: Path) -> None:
    text = TUNING.read_text(encoding="utf-8")
    suggested = tmp_path / "tuning.toml"
    suggested.write_text(re.sub(r"(?m)^# (?=\[|[a-z_]+ = )", "", text))
    pack = catalog.load(suggested)
    assert pack.environment.own_accounts
    assert {rule.mode for rule in pack.rules if rule.id.startswith("cis_")} == {Mode.ALERT}
