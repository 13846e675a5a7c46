"""The demonstration leaves the page of its attack."""

from pathlib import Path

import pytest

from trailwarden.cli.local import PAGE, leave_page


def test_the_attack_is_one_incident_on_the_page(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    leave_page(tmp_path / "attack")
    told = PAGE.read_text("utf-8")
    assert "<h1>1 incident</h1>" in told
    assert "somebody is inside" in told
    assert capsys.readouterr().out == f"The attack as a page: {PAGE}\n"
