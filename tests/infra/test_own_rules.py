"""What a team's own rules and tuning say at synth, before anything is deployed."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from aws_cdk import App, Stack
from aws_cdk.assertions import Annotations, Match

import app
from infra import stacks
from tests.cli.rules.team import SOUND, forget, written
from tests.infra.templates import config
from trailwarden.catalog.tuning import TuningError


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The folder of a team's own rules."""
    folder = tmp_path / "local_rules"
    folder.mkdir()
    (folder / "__init__.py").touch()
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    forget()
    monkeypatch.syspath_prepend(tmp_path)
    yield folder
    forget()


def end_of_synth() -> str:
    """Run the app, and return the sentence that it ends with."""
    with pytest.raises(SystemExit) as stop:
        app.main()
    return str(stop.value)


def test_a_broken_rule_ends_the_deployment_with_its_line_and_what_to_write(own: Path) -> None:
    file = written(own, "iam.user_renamed", "severity=Severity.LOW", 'severity="low"')
    said = end_of_synth()
    assert said.startswith("local_rules: nothing is deployed until this is mended:\n")
    assert f"  {file}:" in said
    assert "severity is 'low': write severity=Severity.MEDIUM" in said


def test_a_rule_that_the_lint_refuses_ends_the_deployment(own: Path) -> None:
    written(own, "iam.user_renamed", "iam:UpdateUser", "iam:UpdateUsr")
    assert "iam:UpdateUsr is no API operation of iam (did you mean UpdateUser?)" in end_of_synth()


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> Stack:
    """The stack of the home Region, with nothing in it, as `add_stacks` leaves it."""
    found: list[Stack] = []

    def bare(scope: App, name: str, **_: Any) -> Stack:
        found.append(Stack(scope, name))
        return found[-1]

    for name in ("TrailwardenStack", "ForwardingStack"):
        monkeypatch.setattr(stacks, name, bare)
    stacks.add_stacks(App(), config())
    return found[0]


@pytest.fixture
def tuned(own: Path) -> None:
    """A tuning with a doubtful entry, and a rule in the place of a shipped one."""
    (own / "tuning.toml").write_text(
        '[[rules."root.*".ignore]]\nowner = "me"\nreason = "us"\nexpires = 2099-01-31\n'
        'match = { "userIdentity.userName" = "x" }\n'
    )
    written(own, "root.console_login", text=SOUND)


@pytest.mark.usefixtures("tuned")
def test_doubts_about_the_tuning_are_warnings_and_a_replaced_rule_is_said(made: Stack) -> None:
    said = Annotations.from_stack(made)
    doubt = Match.string_like_regexp(r"tuning\.toml, line 5: it runs until 2099-01-31")
    said.has_warning("*", doubt)
    said.has_info("*", "your rule root.console_login takes the place of the shipped one")


def test_a_tuning_that_cannot_be_meant_ends_the_deployment(own: Path) -> None:
    (own / "tuning.toml").write_text('[rules."root.*"]\nmode = "of"\n')
    with pytest.raises(TuningError, match=r"line 2: mode: 'of' is no mode"):
        stacks.add_stacks(App(), config())
