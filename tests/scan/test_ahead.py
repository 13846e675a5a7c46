import random
import threading
import time
from collections.abc import Generator
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

import pytest

from trailwarden.scan import ahead
from trailwarden.scan.ahead import AT_ONCE, LEAST, MOST, Fetched, Pace, fetched


class Store:
    """What counts how many files are fetched at once, and how many bytes lie around."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.now = self.most = self.begun = 0


@dataclass
class Slow:
    name: str
    store: Store
    content: bytes = b"x"
    seconds: float = 0.01
    was_throttled: bool = False
    error: Exception | None = field(default=None)

    @property
    def size(self) -> int:
        return len(self.content)

    def open(self) -> BinaryIO:
        with self.store.lock:
            self.store.begun += 1
            self.store.now += 1
            self.store.most = max(self.store.most, self.store.now)
        time.sleep(self.seconds)
        with self.store.lock:
            self.store.now -= 1
        if self.error:
            raise self.error
        return BytesIO(self.content)


def test_every_file_comes_once_with_its_content_and_many_at_once() -> None:
    store = Store()
    files = [Slow(str(n), store, bytes([n % 256]) * n) for n in range(300)]
    came = {file.name: file.open().read() for file in fetched(files)}
    assert came == {file.name: file.content for file in files}
    assert AT_ONCE <= store.most <= MOST


def test_an_error_costs_its_own_file_alone() -> None:
    store = Store()
    errors = (OSError("gone"), RuntimeError("odd"), MemoryError())
    files = [Slow(str(n), store, error=errors[n] if n < 3 else None) for n in range(9)]
    failed = {file.name: file.failure for file in fetched(files) if file.failure}
    assert failed == {"0": "gone", "1": "RuntimeError: odd", "2": "MemoryError: "}
    with pytest.raises(OSError, match="gone"):
        Fetched("a", 1, failure="gone").open()


def test_what_is_fetched_and_not_evaluated_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ahead, "BUDGET", 1000)
    store = Store()
    coming = fetched([Slow(str(n), store, b"x" * 300, seconds=0) for n in range(50)])
    next(coming)
    time.sleep(0.05)
    assert store.begun <= 5
    assert len(list(coming)) == 49


def test_a_large_file_lies_on_disk_until_it_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ahead, "IN_MEMORY", 100)
    content = random.Random(1).randbytes(5000)
    [file] = fetched([Slow("a", Store(), content)], str(tmp_path))
    assert file.content == b""
    with file.open() as stream:
        assert stream.read() == content
    assert list(tmp_path.iterdir()) == []


def test_who_stops_early_waits_for_nothing_that_is_not_begun() -> None:
    store = Store()
    coming = fetched([Slow(str(n), store) for n in range(1000)])
    next(coming)
    assert isinstance(coming, Generator)
    coming.close()
    assert store.begun < 200


def arrival(seconds: float, *, throttled: bool = False) -> ahead._Arrival:
    return ahead._Arrival(Fetched("a", 1), seconds, throttled)


def test_the_pace_follows_what_is_measured() -> None:
    pace = Pace()
    for _ in range(100):
        pace.note(arrival(0.03), was_awaited=True)
    assert pace.at_once == MOST
    for _ in range(100):
        pace.note(arrival(0.3), was_awaited=True)
    assert AT_ONCE <= pace.at_once < MOST
    for _ in range(100):
        pace.note(arrival(0.03, throttled=True), was_awaited=True)
    assert pace.at_once == LEAST
    calm = Pace()
    for _ in range(100):
        calm.note(arrival(0.03), was_awaited=False)
    assert calm.at_once == AT_ONCE
