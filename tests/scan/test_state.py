from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO
from zlib import crc32

import pytest

from tests import shedding
from tests.scan.test_scan import STORY, lay, lines
from trailwarden.cli import main
from trailwarden.cloudtrail.samples import console_login, root
from trailwarden.scan.report import FileReport
from trailwarden.scan.request import Request
from trailwarden.scan.scan import scan
from trailwarden.scan.source import Source
from trailwarden.scan.state import State, StateError
from trailwarden.scenario import files

REQUEST = Request(rules=("root.*", "iam.*", "discovery.*", "cloudtrail.*"))
NOON = datetime(2025, 6, 2, 12, tzinfo=UTC)


class StoppedError(Exception):
    """What stops a scan in the middle."""


@dataclass
class Counted:
    """A file that knows how often it was opened, and may fail."""

    source: Source
    opened: int = 0
    fails: bool = False

    @property
    def name(self) -> str:
        return self.source.name

    @property
    def size(self) -> int:
        return self.source.size

    def open(self) -> BinaryIO:
        self.opened += 1
        if self.fails:
            raise OSError("not now")
        return self.source.open()


@pytest.fixture
def counted(tmp_path: Path) -> list[Counted]:
    return [Counted(source) for source in lay(tmp_path / "logs", STORY, each=30)]


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    sources = lay(tmp_path_factory.mktemp("story"), STORY)
    return lines(scan(REQUEST, sources, jobs=1, on_report=lambda _: None))


def told(
    sources: Sequence[Source], state: Path, *, stop_after: int = 10**9, request: Request = REQUEST
) -> tuple[list[str], list[FileReport]]:
    reports: list[FileReport] = []

    def on_report(report: FileReport) -> None:
        reports.append(report)
        if len(reports) > stop_after:
            raise StoppedError

    alerts = scan(request, sources, jobs=1, on_report=on_report, state=State(state))
    return lines(alerts), reports


def test_an_interrupted_scan_goes_on_and_ends_with_the_same_answer(
    counted: list[Counted], tmp_path: Path, expected: list[str]
) -> None:
    state = tmp_path / "state"
    for stop_after in (3, 7):
        with pytest.raises(StoppedError):
            told(counted, state, stop_after=stop_after)
    found, reports = told(counted, state)
    assert found == expected
    assert sum(report.events for report in reports) == len(STORY)
    assert {each.opened for each in counted} == {1}
    assert told(counted, state)[0] == expected
    assert {each.opened for each in counted} == {1}


@pytest.mark.parametrize("stop_after", range(1, 4))
def test_an_interrupted_scan_still_knows_who_became_whom(tmp_path: Path, stop_after: int) -> None:
    request = Request(rules=(shedding.RULE,))
    sources = lay(tmp_path / "logs", shedding.WAYS["AssumeRole"].shed(), each=1)
    with pytest.raises(StoppedError):
        told(sources, tmp_path / "state", stop_after=stop_after, request=request)
    alerts, _ = told(sources, tmp_path / "state", request=request)
    whole = scan(request, sources, jobs=1, on_report=lambda _: None)
    assert len(whole) == 2
    assert alerts == lines(whole)


def test_a_state_that_was_cut_off_anywhere_costs_time_alone(
    counted: list[Counted], tmp_path: Path, expected: list[str]
) -> None:
    state = tmp_path / "state"
    told(counted, state)
    whole = state.read_bytes()
    for part in (0.0, 0.3, 0.9):
        state.write_bytes(whole[: int(part * len(whole))])
        assert told(counted, state)[0] == expected
    damaged = bytearray(whole)
    damaged[len(whole) // 2] ^= 0xFF
    state.write_bytes(bytes(damaged))
    assert told(counted, state)[0] == expected


def test_what_is_asked_otherwise_is_read_again(counted: list[Counted], tmp_path: Path) -> None:
    told(counted, tmp_path / "state")
    told(counted, tmp_path / "state", request=Request(rules=("root.*",)))
    assert {each.opened for each in counted} == {2}


def test_new_files_add_to_what_was_read(
    counted: list[Counted], tmp_path: Path, expected: list[str]
) -> None:
    told(counted[::2], tmp_path / "state")
    assert told(counted, tmp_path / "state")[0] == expected
    assert {each.opened for each in counted} == {1}


def test_a_file_that_could_not_be_had_is_tried_again(
    counted: list[Counted], tmp_path: Path, expected: list[str]
) -> None:
    counted[2].fails = True
    _, reports = told(counted, tmp_path / "state")
    assert sum(report.failures for report in reports) == 1
    counted[2].fails = False
    found, reports = told(counted, tmp_path / "state")
    assert found == expected
    assert sum(report.failures for report in reports) == 0


@pytest.mark.exhaustive
def test_several_processes_keep_a_state(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, expected: list[str]
) -> None:
    monkeypatch.setattr("trailwarden.scan.work.SMALL", 0)
    sources = lay(tmp_path / "logs", STORY)
    for jobs in (2, 1):
        state = State(tmp_path / "state")
        alerts = scan(REQUEST, sources, jobs=jobs, on_report=lambda _: None, state=state)
        assert lines(alerts) == expected


def test_a_relative_time_stays_the_same_until_the_scan_has_ended(tmp_path: Path) -> None:
    later = NOON.replace(hour=13)
    state = State(tmp_path / "state")
    assert state.window(("24h", ""), NOON, None) == (NOON, None)
    assert State(tmp_path / "state").window(("24h", ""), later, None) == (NOON, None)
    assert State(tmp_path / "state").window(("25h", ""), later, None) == (later, None)
    State(tmp_path / "state").finish()
    assert State(tmp_path / "state").window(("25h", ""), NOON, None) == (NOON, None)


def test_an_entry_of_another_release_is_not_used(
    counted: list[Counted], tmp_path: Path, expected: list[str]
) -> None:
    state, data = tmp_path / "state", b"\x81\xa1x\x01"
    State(state)
    with state.open("ab") as file:
        file.write(len(data).to_bytes(4) + crc32(data).to_bytes(4) + data)
    assert told(counted, state)[0] == expected


def test_a_file_of_something_else_is_refused_and_left_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "log").write_bytes(files.document([console_login(root())]))
    before = (tmp_path / "log").read_bytes()
    with pytest.raises(StateError, match="name another"):
        State(tmp_path / "log")
    assert main(["scan", str(tmp_path), "--state", str(tmp_path / "log")]) == 2
    assert main(["scan", str(tmp_path), "--state", str(tmp_path / "no" / "folder")]) == 2
    assert "--state" in capsys.readouterr().err
    assert (tmp_path / "log").read_bytes() == before


def test_the_command_goes_on_where_it_was(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    logs = tmp_path / "logs"
    logs.mkdir()
    (logs / "a").write_bytes(files.document([console_login(root())]))
    arguments = ["scan", str(logs), "--state", str(tmp_path / "state"), "--rule", "root.*"]
    for _ in range(2):
        assert main(arguments) == 0
        assert "1 file, 1 event, 1 alert, 0 failures" in capsys.readouterr().err
