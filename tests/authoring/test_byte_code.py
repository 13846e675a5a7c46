import importlib.util
import os
import py_compile
from pathlib import Path

import pytest

from trailwarden.authoring import byte_code

SECOND = 1_750_000_000


@pytest.fixture
def overwritten(tmp_path: Path) -> Path:
    """A module that was changed within the second in which it was compiled, at the same length."""
    file = tmp_path / "rule.py"
    for value in (1, 2):
        file.write_text(f"VALUE = {value}\n")
        os.utime(file, (SECOND, SECOND))
        if value == 1:
            py_compile.compile(str(file))
    return file


def as_python_loads(file: Path) -> int:
    spec = importlib.util.spec_from_file_location("rule", file)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    value: int = module.VALUE
    return value


def test_python_itself_runs_what_was_there_before(overwritten: Path) -> None:
    assert as_python_loads(overwritten) == 1


def test_a_module_is_run_as_it_was_written_last(overwritten: Path) -> None:
    assert byte_code.load(overwritten, "rule").VALUE == 2


def test_loading_leaves_no_byte_code_behind(tmp_path: Path) -> None:
    file = tmp_path / "rule.py"
    file.write_text("VALUE = 1\n")
    module = byte_code.load(file, "local_rules.iam.rule")
    assert (module.__name__, module.__file__) == ("local_rules.iam.rule", str(file))
    assert [*tmp_path.iterdir()] == [file]


def test_what_was_compiled_is_forgotten_at_any_depth(overwritten: Path) -> None:
    byte_code.forget(overwritten.parents[1])
    assert as_python_loads(overwritten) == 2
