"""`trailwarden import-sigma` writes files, and says what is wrong with them."""

import argparse
import os
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.authoring.sigma.rules import ROOT, sigma
from trailwarden.cli import import_sigma


def run(*arguments: object) -> int:
    parser = argparse.ArgumentParser()
    import_sigma.add_to(parser.add_subparsers())
    told = parser.parse_args(["import-sigma", *map(str, arguments)])
    status: int = told.run(told)
    return status


@pytest.fixture
def sigma_file(tmp_path: Path) -> Callable[..., Path]:
    def written(*documents: dict[str, Any], name: str = "rule.yml") -> Path:
        file = tmp_path / name
        file.write_text(yaml.safe_dump_all(documents), encoding="utf-8")
        return file

    return written


def test_writes_rules_that_the_catalog_finds(
    tmp_path: Path, sigma_file: Callable[..., Path], capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "lambdas" / "local_rules"
    assert run("--folder", folder, sigma_file(sigma())) == 0
    told = capsys.readouterr()
    assert told.err.splitlines()[-1] == "1 written, 0 refused"
    assert (folder / "iam" / "a_user_was_made.py").is_file()
    program = (
        "from trailwarden import catalog; from trailwarden.authoring.lint import lint; "
        "from trailwarden.aws.api_models import operations; "
        "[m] = [m for m in catalog.modules() if m.__name__.startswith('local_rules.')]; "
        "print(m.RULE.id, list(lint(m, operations)), len(list(m.examples())))"
    )
    paths = os.pathsep.join([str(folder.parent), str(ROOT / "lambdas")])
    done = subprocess.run(
        [sys.executable, "-c", program],
        env=os.environ | {"PYTHONPATH": paths},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout == "iam.a_user_was_made [] 2\n", done.stderr


def test_overwrites_nothing_unless_told_to(
    tmp_path: Path, sigma_file: Callable[..., Path], capsys: pytest.CaptureFixture[str]
) -> None:
    file = sigma_file(sigma())
    folder = tmp_path / "rules"
    assert run("--folder", folder, file) == 0
    made_file = folder / "iam" / "a_user_was_made.py"
    made_file.write_text("mine", encoding="utf-8")
    assert run("--folder", folder, file) == 1
    assert made_file.read_text(encoding="utf-8") == "mine"
    assert "--force" in capsys.readouterr().err
    assert run("--folder", folder, "--force", file) == 0
    assert made_file.read_text(encoding="utf-8") != "mine"


def test_shows_modules_and_writes_none(
    tmp_path: Path, sigma_file: Callable[..., Path], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("--stdout", sigma_file(sigma())) == 0
    assert capsys.readouterr().out.startswith('"""A user was made.\n')
    assert [path.name for path in tmp_path.iterdir()] == ["rule.yml"]


def test_says_in_a_line_what_is_wrong_with_a_file_and_goes_on(
    tmp_path: Path, sigma_file: Callable[..., Path], capsys: pytest.CaptureFixture[str]
) -> None:
    windows = sigma_file(sigma(logsource={"product": "windows"}), name="windows.yml")
    binary = tmp_path / "binary.yml"
    binary.write_bytes(b"\xff\xfe\x00")
    missing = tmp_path / "missing.yml"
    big = tmp_path / "big.yml"
    big.write_bytes(b"#" * 1_000_001)
    good = sigma_file(sigma())
    files = (windows, binary, missing, big, tmp_path, good)
    assert run("--folder", tmp_path / "rules", *files) == 1
    told = capsys.readouterr().err.splitlines()
    for file in (windows, binary, missing, big, tmp_path):
        assert sum(line.startswith(f"{file}: ") for line in told) == 1
    assert told[-1] == "1 written, 5 refused"


def test_refuses_two_rules_of_one_name_and_that_of_a_shipped_one(
    tmp_path: Path, sigma_file: Callable[..., Path], capsys: pytest.CaptureFixture[str]
) -> None:
    login = sigma(
        {"selection": {"eventSource": "signin.amazonaws.com", "eventName": "ConsoleLogin"}},
        name="console_brute_force",
    )
    file = sigma_file(sigma(), sigma(), login)
    assert run("--folder", tmp_path / "rules", file) == 1
    told = capsys.readouterr().err
    assert "as another rule" in told
    assert "take the place of the shipped signin.console_brute_force" in told
    assert told.splitlines()[-1] == "1 written, 2 refused"


def test_keeps_file_names_inside_the_folder(
    tmp_path: Path, sigma_file: Callable[..., Path]
) -> None:
    folder = tmp_path / "rules"
    names = ["../../evil", "/etc/passwd", "__init__", "class", "9 lives", "con\x00trol"]
    for number, name in enumerate(names):
        file = sigma_file(sigma(title=name), name=f"{number}.yml")
        assert run("--folder", folder, file) == 0
    found = sorted(str(path.relative_to(folder)) for path in folder.rglob("*.py"))
    assert found == [
        *("iam/__init__.py", "iam/control.py", "iam/etc_passwd.py", "iam/evil.py", "iam/init.py"),
        *("iam/rule_9_lives.py", "iam/rule_class.py"),
    ]
    assert {path.name for path in tmp_path.iterdir() if path.suffix != ".yml"} == {"rules"}


def test_says_that_pysigma_is_missing(tmp_path: Path, sigma_file: Callable[..., Path]) -> None:
    script = (
        "import sys, argparse; sys.modules['sigma'] = None; "
        "from trailwarden.cli import import_sigma; p = argparse.ArgumentParser(); "
        "import_sigma.add_to(p.add_subparsers()); "
        "told = p.parse_args(['import-sigma', sys.argv[1]]); sys.exit(told.run(told))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, sigma_file(sigma())],
        env=os.environ | {"PYTHONPATH": str(ROOT / "lambdas")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    described = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    [wanted] = described["project"]["optional-dependencies"]["sigma"]
    assert f"pip install '{wanted}'" in done.stderr
    assert not (tmp_path / "rules").exists()
