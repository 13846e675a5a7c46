import hashlib
import importlib.util
import marshal
import platform
import subprocess
import sys
from pathlib import Path

import pytest

from infra.functions import bundle
from trailwarden.local.deployment import ARCHITECTURES

MOST_OF_LAMBDA = 250 << 20
"""How many bytes a function and its layers may have, unpacked."""

AARCH64 = 183
"""What an ELF header calls the machine of arm64."""


def digest(directory: Path) -> str:
    """Return a hash of all names and contents, as CDK makes one."""
    told = hashlib.sha256()
    for path in sorted(p for p in directory.rglob("*") if p.is_file()):
        told.update(f"{path.relative_to(directory)}\0".encode() + path.read_bytes())
    return told.hexdigest()


def test_every_shared_object_is_of_the_functions_machine(asset: Path) -> None:
    machines = {
        path.name: int.from_bytes(path.read_bytes()[18:20], "little")
        for path in asset.rglob("*.so*")
    }
    assert machines
    assert set(machines.values()) == {AARCH64}


def test_what_the_functions_import_is_there(asset: Path) -> None:
    for name in ("trailwarden", "local_rules", "aws_lambda_powertools", "isal", "msgspec"):
        assert (asset / name).is_dir()


def test_what_no_function_needs_is_not(asset: Path) -> None:
    names = {str(path.relative_to(asset)) for path in asset.rglob("*")}
    unwanted = ("bin", "boto", "tests", "trailwarden/cli", "trailwarden/cost")
    assert not [n for n in names if n.startswith(unwanted)]
    assert not [n for n in names if n.endswith(("RECORD", "INSTALLER", "egg-info"))]


def test_a_teams_folder_is_shipped_that_is_called_as_a_part_that_is_not(tmp_path: Path) -> None:
    here, there = tmp_path / "here", tmp_path / "there"
    for name in ("trailwarden/rules/cost", "trailwarden/cost", "local_rules/cost"):
        (here / name).mkdir(parents=True)
        (here / name / "budget_raised.py").touch()
    for package in bundle.PACKAGES:
        bundle.copy(package, there, here)
    shipped = {str(file.parent.relative_to(there)) for file in there.rglob("*.py")}
    assert shipped == {"trailwarden/rules/cost", "local_rules/cost"}


@pytest.mark.exhaustive
def test_the_layer_that_writes_parquet_fits_beside_the_asset(asset: Path, tmp_path: Path) -> None:
    bundle.build_lake(tmp_path, runtime="python3.13", architecture="arm64")
    assert (tmp_path / "python" / "pyarrow" / "parquet").is_dir()
    assert not (tmp_path / "python" / "pyarrow" / "include").exists()
    sizes = [p.stat().st_size for d in (tmp_path, asset) for p in d.rglob("*") if p.is_file()]
    assert sum(sizes) < MOST_OF_LAMBDA
    machines = {
        int.from_bytes(path.read_bytes()[18:20], "little") for path in tmp_path.rglob("*.so*")
    }
    assert machines == {AARCH64}


def test_byte_code_is_shipped_that_the_runtime_trusts(asset: Path) -> None:
    if not bundle.interpreter("3.13"):
        assert list(asset.rglob("*.pyc")) == []
        return
    sources = {path for path in asset.rglob("*.py") if "__pycache__" not in path.parts}
    compiled = set(asset.rglob("*.cpython-313.pyc"))
    assert len(compiled) == len(sources)
    flags = {int.from_bytes(path.read_bytes()[4:8], "little") for path in compiled}
    assert flags == {1}  # by the source's hash, unchecked


@pytest.mark.exhaustive
def test_the_same_is_built_again(local_asset: Path, tmp_path: Path) -> None:
    version = "python{}.{}".format(*sys.version_info)
    architecture = ARCHITECTURES[platform.machine().lower()]
    bundle.build(tmp_path, runtime=version, architecture=architecture)
    assert digest(tmp_path) == digest(local_asset)


def test_tracebacks_name_the_path_in_the_function(local_asset: Path) -> None:
    source = local_asset / "trailwarden" / "detection" / "rule.py"
    compiled = Path(importlib.util.cache_from_source(str(source)))
    code = marshal.loads(compiled.read_bytes()[16:])  # noqa: S302 - our own build
    assert code.co_filename == "/var/task/trailwarden/detection/rule.py"


def test_the_rules_load_from_the_asset_alone(local_asset: Path) -> None:
    program = "from trailwarden import catalog; print(len(catalog.load().rules))"
    answer = subprocess.run(
        [sys.executable, "-S", "-c", program],
        cwd=local_asset,
        check=True,
        capture_output=True,
        text=True,
        env={"PYTHONPATH": str(local_asset), "PATH": ""},
    )
    assert int(answer.stdout) > 0


def test_says_so_when_there_is_no_interpreter_to_compile_with(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(bundle, "interpreter", lambda _version: "")
    bundle.build(tmp_path, runtime="python3.13", architecture="arm64")
    assert "deployed without byte code" in capfd.readouterr().err
    assert list(tmp_path.rglob("*.pyc")) == []
