"""The asset of the functions: complete, for the right machine, and quick to start."""

import ast
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.functions import bundle
from tests.yardstick import WORK
from trailwarden.contract.settings import Settings
from trailwarden.local import interpreter
from trailwarden.local.cloud import ACCOUNT, REGION, Cloud

HANDLERS = ("detect", "dispatch", "sweep")
IN_THE_RUNTIME = {"boto3", "botocore", *sys.stdlib_module_names}

MOST_MEGABYTES = 128
MOST_MILLISECONDS = 700

STARTED = f"""{WORK}
import json, time
from importlib import import_module
from trailwarden.aws import assembly
import_module("trailwarden.handlers.HANDLER")
assembly.PART()
milliseconds = time.process_time() * 1000
status = open("/proc/self/status").read()
peak = next(line for line in status.splitlines() if line.startswith("VmHWM"))
print(json.dumps([milliseconds / slowness(), int(peak.split()[1]) / 1024]))
"""
"""What a function does at its start: imports, rules, and clients of AWS."""

SETTINGS = Settings(
    stack_name="Trailwarden",
    home_region=REGION,
    state_table_name="state",
    people_topic_arn="people",
    outputs=("json=arn:aws:sns:us-east-1:111122223333:json",),
    operations_topic_arn=f"arn:aws:sns:{REGION}:{ACCOUNT}:operations",
    log_buckets=("logs",),
    log_bucket_owner=ACCOUNT,
    trail_arn="trail",
    alert_emails=("security@example.com",),
    operations_emails=("security@example.com",),
    forward_regions=(),
    account_names="",
)


@pytest.mark.exhaustive
def test_every_library_in_machine_code_is_for_the_runtimes_python(asset: Path) -> None:
    libraries = [path.name for path in asset.rglob("*.so")]
    assert libraries
    assert [n for n in libraries if "cpython-313-aarch64" not in n and "abi3" not in n] == []


def test_byte_code_is_of_the_runtimes_version(asset: Path) -> None:
    python = bundle.interpreter("3.13")
    if not python:
        assert list(asset.rglob("*.pyc")) == []
        return
    question = "import importlib.util; print(importlib.util.MAGIC_NUMBER.hex())"
    magic = subprocess.run(
        [python, "-I", "-c", question], check=True, capture_output=True, text=True
    ).stdout.strip()
    assert {path.read_bytes()[:4].hex() for path in asset.rglob("*.pyc")} == {magic}


@pytest.mark.exhaustive
def test_no_import_is_missing(asset: Path) -> None:
    seen: set[str] = set()
    waiting = [f"trailwarden.handlers.{name}" for name in HANDLERS]
    waiting += [named(path, asset) for path in (asset / "trailwarden" / "rules").rglob("*.py")]
    while waiting:
        module = waiting.pop()
        if module in seen or module.partition(".")[0] in IN_THE_RUNTIME:
            continue
        seen.add(module)
        path = found(module, asset)
        assert path, f"{module} is not in the asset"
        if module.startswith("trailwarden") and path.is_file():
            waiting += imported(path, module, asset)
    assert len(seen) > 300


def named(path: Path, asset: Path) -> str:
    parts = path.relative_to(asset).with_suffix("").parts
    return ".".join(part for part in parts if part != "__init__")


def found(module: str, asset: Path) -> Path | None:
    """Return the file or folder of a module in the asset."""
    place = asset.joinpath(*module.split("."))
    candidates = (place / "__init__.py", place.with_suffix(".py"), place)
    return next((path for path in candidates if path.exists()), None)


def imported(path: Path, module: str, asset: Path) -> Iterator[str]:
    """Yield the modules that a module imports when it runs, anywhere in it."""
    for node in runtime_nodes(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module} imports by dots"
            name = str(node.module)
            yield name
            inside = (f"{name}.{alias.name}" for alias in node.names)
            yield from (one for one in inside if found(one, asset))


def runtime_nodes(tree: ast.AST) -> Iterator[ast.AST]:
    """Yield the nodes of a module but those that only type checkers see."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            continue
        yield node
        yield from runtime_nodes(node)


@pytest.mark.parametrize(
    ("handler", "part"), [("detect", "detector"), ("dispatch", "dispatcher"), ("sweep", "watch")]
)
def test_a_cold_start_is_quick_and_small(
    handler: str, part: str, local_asset: Path, tmp_path: Path
) -> None:
    runtime = interpreter.lay_out(tmp_path)
    answer = subprocess.run(
        interpreter.command("-c", STARTED.replace("HANDLER", handler).replace("PART", part)),
        check=True,
        stdout=subprocess.PIPE,
        cwd=local_asset,
        env={
            **interpreter.environ(local_asset, runtime),
            **Cloud("http://localhost").environ(),
            **SETTINGS.to_environ(),
        },
        text=True,
    )
    milliseconds, megabytes = json.loads(answer.stdout)
    assert megabytes < MOST_MEGABYTES
    assert milliseconds < MOST_MILLISECONDS
