import json
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.cli.rules.team import run, written


@pytest.fixture
def three(local: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A rule that is sound, one whose story and lint complain, and one that is broken."""
    written(local, "iam.sound")
    written(local, "iam.wrong", "return", "return None and")
    text = (local / "iam" / "wrong.py").read_text()
    (local / "iam" / "wrong.py").write_text(text.replace("iam:UpdateUser", "iam:UpdateUsr", 1))
    written(local, "iam.broken", "severity=Severity.LOW", 'severity="low"')
    monkeypatch.chdir(local.parent)
    return local


def results(capsys: pytest.CaptureFixture[str], form: str) -> str:
    status, out, err = run(capsys, "test", "--format", form)
    assert status == 2
    assert err.endswith("rules: 2, stories: 4, failed rules: 1\n")
    return out


def test_results_as_json(three: Path, capsys: pytest.CaptureFixture[str]) -> None:
    listed = json.loads(results(capsys, "json"))["rules"]
    assert {one["rule"]: one["passed"] for one in listed} == {
        "iam.broken": False,
        "iam.sound": True,
        "iam.wrong": False,
    }
    assert listed[-1]["file"] == f"{three.name}/iam/wrong.py"


def test_results_as_junit(three: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert three.is_dir()
    suite = ElementTree.fromstring(results(capsys, "junit"))  # noqa: S314 - it was just written
    assert (suite.get("tests"), suite.get("failures")) == ("3", "2")
    failed = {case.get("name"): case.find("failure") is not None for case in suite}
    assert failed == {"iam.broken": True, "iam.sound": False, "iam.wrong": True}


def test_results_as_annotations_of_github(three: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines = results(capsys, "github").splitlines()
    place = f"file={three.name}/iam/wrong.py"
    assert all(line.startswith("::error file=") for line in lines)
    assert any(f"{place},line=" in line and "no API operation" in line for line in lines)
    assert any(f"{place},title=iam.wrong::story: a new name%0A" in line for line in lines)
    assert any(
        "iam/broken.py,line=" in line
        and line.endswith("::severity is 'low': write severity=Severity.MEDIUM")
        for line in lines
    )
