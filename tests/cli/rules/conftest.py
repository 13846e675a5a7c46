"""A folder of rules of a team."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.rules.team import forget


@pytest.fixture
def local(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The folder of a team's own rules, which are none yet."""
    folder = tmp_path / "local_rules"
    folder.mkdir()
    (folder / "__init__.py").touch()  # so that it hides the real one, and what may be in it
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    forget()
    monkeypatch.syspath_prepend(tmp_path)
    yield folder
    forget()
