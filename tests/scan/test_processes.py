import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Thread
from typing import BinaryIO

import pytest

from tests.scan.test_scan import STORY, lay, lines
from trailwarden.cli import main
from trailwarden.logfile.folder import LocalFile
from trailwarden.scan.entries import append
from trailwarden.scan.errors import ScanError
from trailwarden.scan.request import Request
from trailwarden.scan.scan import scan
from trailwarden.scan.work import SMALL


@dataclass(frozen=True)
class Deadly:
    """A file at which a process ends, as one does that the system kills."""

    name: str = "deadly.json"
    size: int = SMALL + 1

    def open(self) -> BinaryIO:
        """End."""
        os._exit(9)


def test_a_process_that_is_killed_ends_the_scan_with_what_to_do() -> None:
    with pytest.raises(ScanError, match="killed, perhaps for lack of memory: say --jobs 1"):
        scan(Request(), [Deadly(), Deadly("other.json")], jobs=2, on_report=lambda _: None)


@contextmanager
def other_threads(count: int) -> Iterator[None]:
    """Have as many threads besides this one, as another program may that scans."""
    end = Event()
    threads = [Thread(target=end.wait) for _ in range(count)]
    for thread in threads:
        thread.start()
    yield
    end.set()
    for thread in threads:
        thread.join()


@pytest.mark.parametrize("threads", [0, 1], ids=["a copy", "a new process"])
def test_other_processes_find_the_same_however_they_start(tmp_path: Path, threads: int) -> None:
    sources = lay(tmp_path, STORY)
    expected = lines(scan(Request(), sources, jobs=1, on_report=lambda _: None))
    large = [LocalFile(source.name, SMALL) for source in sources]
    with other_threads(threads):
        assert lines(scan(Request(), large, jobs=2, on_report=lambda _: None)) == expected


def test_without_room_for_temporary_files_it_is_said_where_to_make_some() -> None:
    with pytest.raises(ScanError, match="No space left on device; set TMPDIR to a folder"):
        append(Path("/dev/full"), b"some")


def test_a_scan_that_cannot_go_on_has_a_status_and_words_of_its_own(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise ScanError("there is no room")

    monkeypatch.setattr("trailwarden.scan.spool.append", fail)
    (tmp_path / "empty.json").write_text('{"Records": [{"eventID": "1", "eventName": "X"}]}')
    assert main(["scan", str(tmp_path)]) == 3
    assert "trailwarden: there is no room" in capsys.readouterr().err
