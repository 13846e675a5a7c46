from pathlib import Path

import pytest

from tests.cli.test_scan import run


def test_a_story_does_not_mix_with_what_is_there(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, few = tmp_path / "day", ("--events", "20", "--no-attack")
    assert run(capsys, "story", folder, *few)[0] == 0
    status, _, [said] = run(capsys, "story", folder, *few)
    assert status == 2
    assert f"{folder} is not empty, and a story would mix with what is there" in said
    assert run(capsys, "story", folder, *few, "--add")[0] == 0


def test_a_story_overwrites_no_file_of_others_beside_its_folder(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "day.toml").write_text("mine = true")
    (tmp_path / "day").mkdir()
    status, _, [said] = run(capsys, "story", tmp_path / "day", "--events", "20")
    assert status == 2
    assert "day.toml is there already, and is not of a story" in said
    assert (tmp_path / "day.toml").read_text() == "mine = true"
