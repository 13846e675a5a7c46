import re
from pathlib import Path

import pytest

import trailwarden
from tests.cli.rules.team import listed, run, written
from trailwarden import catalog
from trailwarden.catalog.discovery import InvalidRuleError
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


def test_the_tuning_that_is_shipped_can_be_meant() -> None:
    assert catalog.load(TUNING).rules


def test_what_the_tuning_that_is_shipped_suggests_can_be_meant(tmp_path: Path) -> None:
    text = TUNING.read_text(encoding="utf-8")
    suggested = tmp_path / "tuning.toml"
    suggested.write_text(re.sub(r"(?m)^# (?=\[|[a-z_]+ = )", "", text))
    pack = catalog.load(suggested)
    assert pack.environment.own_accounts
    assert {rule.mode for rule in pack.rules if rule.id.startswith("cis_")} == {Mode.ALERT}
