"""A history finds what a scan finds, in any portions, done once, twice or after an interruption."""

import json
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from multiprocessing import get_context
from pathlib import Path
from zlib import crc32

import pytest

from tests.scan.test_networks import ENDPOINT, OPENED, by_endpoint
from tests.scan.test_scan import STORY, lay, lines, of_sister, shared_with_sister
from trailwarden.cloudtrail.samples import ACCOUNT, OTHER_ACCOUNT
from trailwarden.detection.incidents.incident import group
from trailwarden.detection.rule import Mode
from trailwarden.history import manifest, reduction
from trailwarden.history import run as runs
from trailwarden.history.machine import Machine, StoppedError
from trailwarden.history.manifest import Portion
from trailwarden.history.receipt import Receipt, find, joined, name_of
from trailwarden.history.reduction import Outcome, UnfinishedError, conclude
from trailwarden.history.run import Run
from trailwarden.history.store import FolderStore
from trailwarden.logfile.folder import LocalFile
from trailwarden.notify.json import render
from trailwarden.scan.request import Request
from trailwarden.scan.scan import investigate
from trailwarden.scan.source import Source


@dataclass
class Heard:
    """What a history tells while it goes on; may have somebody stop it."""

    machine: Machine | None = None
    stop_after: int = 10**9
    rounds: list[list[int]] = field(default_factory=list)
    receipts: list[Receipt] = field(default_factory=list)
    reduced: list[int] = field(default_factory=list)

    def round(self, run: Run, done: Iterable[Portion]) -> None:
        self.rounds.append([portion.number for portion in done])
        assert len(self.rounds[-1]) <= run.portions

    def receipt(self, receipt: Receipt) -> None:
        self.receipts.append(receipt)
        if self.machine and len(self.receipts) == self.stop_after:
            self.machine.stop()

    def reducing(self, part: int, parts: int) -> None:
        self.reduced.append(part)
        assert part <= parts


def begun(
    folder: Path, sources: Sequence[Source], *, size: int = 20_000, jobs: int = 1, parts: int = 32
) -> tuple[Machine, Run]:
    store = FolderStore(folder)
    portions = manifest.write(store, sources, size)
    run = Run(release=runs.release(), portions=portions, files=len(sources), parts=parts)
    runs.save(store, run)
    return Machine(folder, LocalFile, jobs=jobs), run


def told(machine: Machine, run: Run, heard: Heard | None = None) -> tuple[list[str], list[str]]:
    """Return the alerts and the incidents of a history, as lines."""
    run = machine.run(run, heard or Heard())
    return answer(machine, run, conclude(machine.store, run, hunting=True))


def answer(machine: Machine, run: Run, outcome: Outcome) -> tuple[list[str], list[str]]:
    found = outcome.alerts
    incidents = group(found, reduction.traces(machine.store, run, found))
    return lines(found), [f"{i.id} {i.severity.name} {len(i.alerts)}" for i in incidents]


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[str], list[str]]:
    sources = lay(tmp_path_factory.mktemp("story"), STORY)
    alerts, incidents = investigate(Request(), sources, jobs=1, on_report=lambda _: None)
    return lines(alerts), [f"{i.id} {i.severity.name} {len(i.alerts)}" for i in incidents]


@pytest.mark.parametrize(("size", "parts"), [(1, 32), (20_000, 100), (10**9, 32)])
def test_any_portions_and_parts_bring_the_findings_of_a_scan(
    tmp_path: Path, expected: tuple[list[str], list[str]], size: int, parts: int
) -> None:
    sources = lay(tmp_path / "logs", STORY, each=37)[::-1]
    machine, run = begun(tmp_path / "history", sources, size=size, parts=parts)
    assert told(machine, run) == expected
    assert run.portions == {1: len(sources), 10**9: 1}.get(size, run.portions)
    assert expected[0]
    assert expected[1]


@pytest.mark.exhaustive
def test_a_history_of_several_processes_finds_the_same(
    tmp_path: Path, expected: tuple[list[str], list[str]]
) -> None:
    machine, run = begun(tmp_path / "history", lay(tmp_path / "logs", STORY), jobs=2)
    heard = Heard()
    assert told(machine, run, heard) == expected
    assert len(heard.receipts) == run.portions > 2
    assert heard.reduced == [*range(1, run.parts + 1)]


def test_a_history_that_is_stopped_goes_on_where_it_was(
    tmp_path: Path, expected: tuple[list[str], list[str]]
) -> None:
    machine, run = begun(tmp_path / "history", lay(tmp_path / "logs", STORY), size=1)
    for stop_after in (2, 3):
        with pytest.raises(StoppedError):
            machine.run(run, Heard(machine, stop_after))
    with pytest.raises(UnfinishedError):
        reduction.gather(machine.store, run)
    heard = Heard()
    assert told(machine, run, heard) == expected
    assert heard.rounds == [[0, 1, 2, 3, 4]]
    assert len(heard.receipts) == run.portions - 5
    again = Heard()
    assert told(machine, run, again) == expected
    assert (again.receipts, again.reduced) == ([], [])


def killed(name: str, size: int) -> LocalFile:
    """Return a log file; the process ends at the last one, as if somebody killed it."""
    if name.endswith("000350.json.gz"):
        os._exit(9)
    return LocalFile(name, size)


def test_a_portion_whose_process_is_killed_is_done_again(
    tmp_path: Path, expected: tuple[list[str], list[str]]
) -> None:
    machine, run = begun(tmp_path / "history", lay(tmp_path / "logs", STORY), size=15_000)
    dying = Machine(machine.folder, killed)
    process = get_context("fork").Process(target=dying.run, args=(run, Heard()))
    process.start()
    process.join()
    assert process.exitcode == 9
    done = [n for n in range(run.portions) if find(machine.store, run.mark, n)]
    assert 0 < len(done) < run.portions
    heard = Heard()
    assert told(machine, run, heard) == expected
    assert heard.rounds == [done]


def test_a_portion_that_is_done_twice_counts_once(
    tmp_path: Path, expected: tuple[list[str], list[str]]
) -> None:
    machine, run = begun(tmp_path / "history", lay(tmp_path / "logs", STORY))
    machine.run(run, Heard())
    (machine.folder / name_of(1)).unlink()
    heard = Heard()
    assert told(machine, run, heard) == expected
    assert [receipt.number for receipt in heard.receipts] == [1]


def test_a_file_that_could_not_be_had_is_told_and_tried_again(
    tmp_path: Path, expected: tuple[list[str], list[str]]
) -> None:
    sources = lay(tmp_path / "logs", STORY)
    gone = Path(sources[0].name)
    content = gone.read_bytes()
    machine, run = begun(tmp_path / "history", sources, size=1)
    gone.unlink()
    heard = Heard()
    found, _ = told(machine, run, heard)
    [receipt] = [each for each in heard.receipts if each.unread]
    assert receipt.number == 0
    assert "No such file" in receipt.told[0].defects[0]
    assert found != expected[0]
    gone.write_bytes(content)
    again = Heard()
    assert told(machine, run, again) == expected
    assert [each.number for each in again.receipts] == [0]


def test_a_damaged_result_is_refused(tmp_path: Path) -> None:
    machine, run = begun(tmp_path / "history", lay(tmp_path / "logs", STORY[:50]))
    machine.run(run, Heard())
    [result] = (machine.folder / "results").iterdir()
    damaged = bytearray(result.read_bytes())
    damaged[len(damaged) // 2] ^= 0xFF
    result.write_bytes(damaged)
    for file in (machine.folder / "reduced").iterdir():
        file.unlink()
    with pytest.raises(OSError, match="is damaged"):
        machine.run(run, Heard())


def test_receipts_of_another_tuning_do_not_count(tmp_path: Path) -> None:
    machine, run = begun(tmp_path / "history", lay(tmp_path / "logs", STORY[:100]))
    machine.run(run, Heard())
    other = Run(
        release=run.release, tuning='[rules."root.*"]\nmode = "off"\n', portions=run.portions
    )
    heard = Heard()
    found, _ = told(machine, other, heard)
    assert len(heard.receipts) == run.portions
    assert not {json.loads(line)["rule_id"] for line in found if '"root.' in line} & {
        "root.console_login"
    }


def test_an_account_whose_records_are_read_is_no_stranger(tmp_path: Path) -> None:
    sources = lay(tmp_path / "logs", [shared_with_sister(), of_sister()], each=1)
    machine, run = begun(tmp_path / "history", sources, size=1)
    heard = Heard()
    found, _ = told(machine, run, heard)
    assert "kms.key_opened" not in {json.loads(line)["rule_id"] for line in found}
    assert len(heard.rounds) == 2
    run = runs.load(machine.store) or run
    assert [render(alert) for alert in conclude(machine.store, run, hunting=True).alerts] == found


@pytest.mark.parametrize(("owner", "rounds"), [(ACCOUNT, 2), (OTHER_ACCOUNT, 1)])
def test_an_endpoint_that_records_show_limits_a_policy(
    tmp_path: Path, owner: str, rounds: int
) -> None:
    sources = lay(tmp_path / "logs", [OPENED, by_endpoint(owner)], each=1)
    machine, run = begun(tmp_path / "history", sources, size=1)
    heard = Heard()
    found, _ = told(machine, run, heard)
    is_told = "s3.bucket_policy_opened" in {json.loads(line)["rule_id"] for line in found}
    assert (is_told, len(heard.rounds)) == (rounds == 1, rounds)
    alerts, _ = investigate(Request(), sources, jobs=1, on_report=lambda _: None)
    assert found == lines(alerts)


def test_an_endpoint_that_limits_nothing_costs_no_second_round(tmp_path: Path) -> None:
    sources = lay(tmp_path / "logs", [by_endpoint(ACCOUNT, minute=n) for n in range(3)], each=1)
    machine, run = begun(tmp_path / "history", sources, size=1)
    heard = Heard()
    told(machine, run, heard)
    assert len(heard.rounds) == 1
    assert reduction.gathered_of(machine.store, run)[0].networks == [ENDPOINT]


def test_a_result_has_the_files_of_its_sections_which_are_gone(
    tmp_path: Path,
) -> None:
    texts = [[b"some" * 1_000_000, b"more"], [], [b"last"]]
    spools = [[tmp_path / f"{n}-{m}" for m in range(len(some))] for n, some in enumerate(texts)]
    for paths, some in zip(spools, texts, strict=True):
        for path, text in zip(paths, some, strict=True):
            path.write_bytes(text)
    digest, sections = joined(spools, tmp_path / "result")
    content = (tmp_path / "result").read_bytes()
    assert digest == sha256(content).hexdigest()[:16]
    assert [path.name for path in tmp_path.iterdir()] == ["result"]
    for section, some in zip(sections, texts, strict=True):
        part = content[section.start : section.start + section.length]
        assert crc32(part) == section.checksum
        assert part == b"".join(some)


def test_what_only_hunts_is_counted_and_held_only_if_it_is_wanted(tmp_path: Path) -> None:
    machine, run = begun(tmp_path / "history", lay(tmp_path / "logs", STORY))
    run = machine.run(run, Heard())
    whole = conclude(machine.store, run, hunting=True)
    told = conclude(machine.store, run)
    modes = [alert.mode for alert in whole.alerts]
    assert modes.count(Mode.HUNT) == whole.hunting == told.hunting > 0
    assert lines(told.alerts) == lines(a for a in whole.alerts if a.mode is not Mode.HUNT)
