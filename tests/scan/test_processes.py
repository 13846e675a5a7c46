import os
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import pytest

from trailwarden.cli import main
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
