"""What stands beside the package for those who install it: hooks, a workflow, and an image."""

import re
import shlex
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from tests.cli.rules.team import SOUND, forget
from trailwarden.cli import main, parser

ROOT = Path(__file__).parents[1]
HOOKS: list[dict[str, Any]] = import_module("yaml").safe_load(
    (ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8")
)
WORKFLOW = (ROOT / "docs" / "ci" / "rules.yml").read_text(encoding="utf-8")
IMAGE = (ROOT / "Containerfile").read_text(encoding="utf-8").replace("\\\n", " ")
FAULTS = {
    "trailwarden-rules": ("iam/user_renamed.py", SOUND.replace("Severity.LOW", '"low"')),
    "trailwarden-tuning": ("tuning.toml", '[rules."iam.no_such_rule"]\nmode = "off"\n'),
}


def team(folder: Path, file: str, text: str) -> None:
    rules = folder / "local_rules"
    (rules / "iam").mkdir(parents=True)
    (rules / "iam" / "user_renamed.py").write_text(SOUND)
    (rules / "tuning.toml").write_text("")
    (rules / file).write_text(text)


@pytest.mark.parametrize("hook", HOOKS, ids=lambda hook: str(hook["id"]))
@pytest.mark.parametrize("is_faulty", [False, True])
def test_a_hook_refuses_a_fault_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, hook: dict[str, Any], *, is_faulty: bool
) -> None:
    file, text = FAULTS[hook["id"]] if is_faulty else ("tuning.toml", "")
    team(tmp_path, file, text)
    assert re.search(hook["files"], f"local_rules/{FAULTS[hook['id']][0]}")
    monkeypatch.chdir(tmp_path)
    forget()
    program, *words = shlex.split(hook["entry"])
    assert (program, bool(main(words))) == ("trailwarden", is_faulty)
    forget()


def test_rules_without_a_tuning_pass_the_check_of_the_tuning(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    team(tmp_path, "tuning.toml", "")
    (tmp_path / "local_rules" / "tuning.toml").unlink()
    monkeypatch.chdir(tmp_path)
    forget()
    assert main(["rules", "tuning"]) == 0
    assert main(["rules", "tuning", "--check", "."]) == 2
    forget()


def test_the_workflow_has_commands_that_exist_and_pinned_actions() -> None:
    commands = re.findall(r"(?:run:|;) trailwarden (.*?)(?:;.*)?$", WORKFLOW, re.MULTILINE)
    assert len(commands) == 4
    assert all(callable(parser().parse_args(shlex.split(c)).run) for c in commands)
    actions = re.findall(r"uses: (actions/\S+)", WORKFLOW)
    assert actions
    assert [one for one in actions if not re.fullmatch(r"[\w/-]+@[0-9a-f]{40}", one)] == []
    assert "\npermissions: {}\n" in WORKFLOW


PAGES = [
    f for f in (*(ROOT / "docs").rglob("*.*"), ROOT / "README.md") if f.suffix in (".md", ".yml")
]


@pytest.mark.parametrize("file", PAGES, ids=lambda file: str(file.name))
def test_nobody_is_told_to_install_the_bare_name_which_is_on_no_index(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    assert not re.search(r"(pip|pipx|uv tool) install '?trailwarden\b(?!-0)", text)
    assert "|| 'trailwarden'" not in text


def test_the_image_is_pinned_has_no_rights_and_holds_what_a_scan_needs() -> None:
    bases = re.findall(r"^FROM (\S+)", IMAGE, re.MULTILINE)
    assert len(bases) == 2
    assert all(re.fullmatch(r"python:\d+\.\d+\.\d+-slim-\w+", base) for base in bases)
    build, final = re.split(r"^FROM .*$", IMAGE, flags=re.MULTILINE)[1:]
    assert re.findall(r"^COPY (.*)$", final, re.MULTILINE) == [
        "--from=build /trailwarden /trailwarden"
    ]
    assert int(re.findall(r"^USER (\d+)$", final, re.MULTILINE)[-1]) > 0
    assert re.findall(r"-r (\S+)", build) == ["requirements/install.txt", "requirements/scan.txt"]
    copied = [
        word
        for line in re.findall(r"^COPY (.*) \S+$", build, re.MULTILINE)
        for word in line.split()
    ]
    assert copied
    assert [word for word in copied if not (ROOT / word).exists()] == []
    assert build.count("pip install") == build.count("--require-hashes") + build.count("--no-deps")


def test_what_a_scan_needs_is_locked_apart_from_the_stack() -> None:
    lock = (ROOT / "requirements" / "scan.txt").read_text(encoding="utf-8")
    pinned = re.findall(r"^([a-z0-9-]+)==", lock, re.MULTILINE)
    assert {"boto3", "msgspec", "rich"} <= set(pinned)
    assert len(pinned) < 20
    assert not {"aws-cdk-lib", "moto", "pysigma"} & set(pinned)
    everything = (ROOT / "requirements.txt").read_text(encoding="utf-8")
    versions = re.findall(r"^[a-z0-9-]+==\S+", lock, re.MULTILINE)
    assert [one for one in versions if one not in everything] == []


def test_the_versions_of_python_are_the_same_everywhere() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    [line] = re.findall(r"^PYTHONS := (.*)$", makefile, re.MULTILINE)
    pipeline = (ROOT / "docs" / "ci" / "deploy.yml").read_text(encoding="utf-8")
    [listed] = re.findall(r"python: \[(.*)\]", pipeline)
    assert re.findall(r"[\d.]+", listed) == line.split()
    described = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert f'requires-python = ">={line.split()[0]}"' in described
