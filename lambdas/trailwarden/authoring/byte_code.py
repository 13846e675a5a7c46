"""Keeps rules that were just written from being run as the byte code of what they were before.

Python trusts byte code when the source's second of change and its size are what they were. Two
versions of a rule, one written right after the other, can have both in common.
"""

from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path
from types import CodeType, ModuleType


def load(file: Path, name: str) -> ModuleType:
    """Run a file of Python as the module `name`; no byte code is read or left behind."""
    spec = spec_from_loader(name, _FromSource(name, str(file)))
    assert spec is not None  # noqa: S101 - there is a loader
    assert spec.loader is not None  # noqa: S101
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def forget(folder: Path) -> None:
    """Remove the byte code of every module in a folder and below, as far as that is allowed."""
    for compiled in folder.rglob("__pycache__/*.pyc"):
        try:
            compiled.unlink(missing_ok=True)
        except OSError:  # where nothing may be written, no rule was just written either
            return


class _FromSource(SourceFileLoader):
    def get_code(self, fullname: str) -> CodeType:
        path = self.get_filename(fullname)
        code: CodeType = self.source_to_code(self.get_data(path), path)
        return code
