import os
import subprocess
from pathlib import Path

import pytest

from trailwarden.cli import MODULES, main
from trailwarden.cli.completion import SHELLS

ASK = """
source {script}
COMP_WORDS=({words}); COMP_CWORD=$(( ${{#COMP_WORDS[@]}} - 1 )); COMP_LINE="${{COMP_WORDS[*]}}"
_shtab_trailwarden
printf '%s\\n' "${{COMPREPLY[@]}}"
"""


@pytest.fixture
def script(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    assert main(["completion", "bash"]) == 0
    file = tmp_path / "completion.bash"
    file.write_text(capsys.readouterr().out)
    return file


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        ('trailwarden ""', {"scan", "verify", "rules", "status", "completion"}),
        ("trailwarden sc", {"scan"}),
        ("trailwarden scan --summ", {"--summary"}),
        ("trailwarden rules te", {"test"}),
        ("trailwarden completion z", {"zsh"}),
        ("trailwarden scan lo", {"logs"}),
        ("trailwarden scan --tuning tu", {"tuning.toml"}),
    ],
)
def test_bash_offers_what_comes_next(
    script: Path, tmp_path: Path, words: str, offered: set[str]
) -> None:
    (tmp_path / "logs").mkdir()
    (tmp_path / "tuning.toml").touch()
    asked = ["bash", "-c", ASK.format(script=script, words=words)]
    done = subprocess.run(
        asked, cwd=tmp_path, env=os.environ, capture_output=True, text=True, check=True
    )
    assert offered <= set(done.stdout.split())


@pytest.mark.parametrize("shell", SHELLS)
def test_each_shell_knows_each_command(shell: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["completion", shell]) == 0
    written = capsys.readouterr().out
    commands = {*MODULES, "status", "alerts", "redrive"} - {"operate"}
    assert [name for name in commands if name not in written] == []


def test_a_shell_that_is_not_known_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["completion", "fish"])
    assert "choose from" in capsys.readouterr().err
