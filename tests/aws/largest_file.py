"""What the handlers do with one large file, in a process of its own.

So its memory depends on nothing that other tests left behind. `test_large_files.py` starts it.
"""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.aws.large import Done, Work
from tests.aws.test_flood import from_queue, sent
from tests.aws.world import PLENTY_OF_TIME, World, account, assembled, clock, world
from trailwarden import catalog
from trailwarden.handlers import detect

__all__ = ["account", "assembled", "clock", "sent", "world"]

_FILE, _FIGURES = "LARGE_FILE", "FIGURES_OF_LARGE_FILE"


def done_with(content: bytes, folder: Path) -> list[Done]:
    """Return what the handlers do with a file, and with the first message that it leaves."""
    file, figures = folder / "file", folder / "figures"
    file.write_bytes(content)
    asked = {**os.environ, _FILE: str(file), _FIGURES: str(figures)}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", __file__]
    ended = subprocess.run(command, env=asked, check=False, capture_output=True, text=True)
    assert ended.returncode == 0, ended.stdout
    return [Done(*one) for one in json.loads(figures.read_text(encoding="utf-8"))]


@pytest.fixture
def work(world: World, assembled: Callable[..., None]) -> Iterator[Work]:  # noqa: ARG001
    assembled(*catalog.load().rules)
    with Work().listening() as work:
        yield work


def test_a_file_and_what_it_leaves_are_done(world: World, work: Work, sent: list[str]) -> None:
    message = world.upload([], content=Path(os.environ[_FILE]).read_bytes())
    done = []
    for _ in range(2):
        with work.measured():
            answer = detect.handler(from_queue(message), PLENTY_OF_TIME)
        assert answer == {"batchItemFailures": []}
        done.append(work.done())
        if not sent:
            break
        message = sent[0]
    Path(os.environ[_FIGURES]).write_text(json.dumps(done), encoding="utf-8")
