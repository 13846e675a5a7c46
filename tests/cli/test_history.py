"""`trailwarden history --local`: finds what `trailwarden scan` finds, and goes on where it was."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.rules.team import SOUND, forget
from tests.cli.test_scan import run
from tests.scan.test_scan import SISTER, STORY, lay
from trailwarden.cloudtrail.samples import console_login, iam_user, record, root
from trailwarden.history import run as runs
from trailwarden.notify.counting import numbered
from trailwarden.scenario import files


def last_line(files: int, events: int, alerts: int, failures: int) -> str:
    return numbered(("file", files), ("event", events), ("alert", alerts), ("failure", failures))


@pytest.fixture(autouse=True)
def _forgotten() -> Iterator[None]:
    """Have the rules of this test forgotten."""
    forget()
    yield
    forget()


@pytest.fixture
def logs(tmp_path: Path) -> Path:
    lay(tmp_path / "logs", STORY)
    return tmp_path / "logs"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "history"


def start(
    capsys: pytest.CaptureFixture[str], folder: Path, *arguments: object
) -> tuple[int, str, list[str]]:
    return run(capsys, "history", "start", "--local", "--jobs", 1, "--folder", folder, *arguments)


def report(capsys: pytest.CaptureFixture[str], folder: Path, *arguments: object) -> str:
    status, output, _ = run(capsys, "history", "report", "--folder", folder, *arguments)
    assert status == 0
    return output


def test_a_history_reports_what_a_scan_finds_in_every_form(
    capsys: pytest.CaptureFixture[str], logs: Path, folder: Path, tmp_path: Path
) -> None:
    status, output, told = start(capsys, folder, logs)
    assert (status, output) == (0, "")
    every = len(report(capsys, folder, "--format", "jsonl").splitlines())
    assert last_line(len(list(logs.iterdir())), len(STORY), every, 0) in told
    for more in (["--format", "jsonl"], ["--format", "csv", "--hunt"], ["--incidents"]):
        _, expected, _ = run(capsys, "scan", "--jobs", 1, logs, *more)
        assert expected
        assert report(capsys, folder, *more) == expected
    page = tmp_path / "page.html"
    report(capsys, folder, "--html", page)
    assert "CloudTrail logging stopped" in page.read_text()
    summary = json.loads((folder / "summary.json").read_text())
    assert summary["events"] == len(STORY)
    assert summary["alerts_by_rule"]["root.console_login"] == 1


def test_the_rules_and_the_time_are_those_that_it_began_with(
    capsys: pytest.CaptureFixture[str], logs: Path, folder: Path
) -> None:
    asked = (logs, "--rule", "root.*", "--since", "2025-06-02", "--until", "2025-06-03T00:00:00Z")
    start(capsys, folder, *asked)
    found = report(capsys, folder, "--format", "jsonl")
    _, expected, _ = run(capsys, "scan", *asked, "--format", "jsonl")
    assert found == expected != ""
    status, _, told = start(capsys, folder, logs, "--rule", "iam.*")
    assert status == 2
    assert told[-1].endswith("it holds another history; name another folder for this one")
    for again in ((), asked):
        assert start(capsys, folder, *again)[0] == 0
        assert report(capsys, folder, "--format", "jsonl") == found


def test_other_rules_need_another_folder(
    capsys: pytest.CaptureFixture[str], logs: Path, folder: Path, tmp_path: Path
) -> None:
    own = tmp_path / "local_rules"
    own.mkdir()
    assert start(capsys, folder, "--rules", own, logs)[0] == 0
    (own / "words.py").write_text("# no rule yet\n")
    status, _, told = start(capsys, folder, "--rules", own)
    assert status == 2
    assert "the rules changed since it began" in told[-1]
    status, _, told = run(capsys, "history", "report", "--folder", folder, "--rules", own)
    assert status == 2
    assert "it needs those it had" in told[-1]


def test_status_and_stop_say_how_far_it_is(
    capsys: pytest.CaptureFixture[str], logs: Path, folder: Path
) -> None:
    assert run(capsys, "history", "status", "--folder", folder)[0] == 2
    start(capsys, folder, logs)
    _, output, _ = run(capsys, "history", "status", "--folder", folder)
    assert output.startswith("finished: 1 of 1 portion is done\n")
    assert f"{len(STORY):,} events" in output
    assert run(capsys, "history", "stop", "--folder", folder)[0] == 0
    _, output, _ = run(capsys, "history", "status", "--folder", folder)
    assert output.startswith("stopped")
    assert start(capsys, folder)[0] == 0
    [receipt] = (folder / "receipts").iterdir()
    receipt.unlink()
    _, output, _ = run(capsys, "history", "status", "--folder", folder)
    assert output.startswith("adding up: 0 of 1 portion is done\n")
    assert "left: " in output


def test_only_log_files_of_the_accounts_that_are_asked_for_are_read(
    capsys: pytest.CaptureFixture[str], folder: Path, tmp_path: Path
) -> None:
    of_sister = {**console_login(root()), "recipientAccountId": SISTER}
    files.write([console_login(root()), of_sister], tmp_path / "logs")
    lay(tmp_path / "logs", [record("iam:GetUser", root())])
    _, _, told = start(capsys, folder, "--accounts", SISTER, tmp_path / "logs")
    assert any(line.startswith("1 file, 1 event, ") for line in told)
    assert "2 files are of other accounts, or of none by their names, and not read" in told
    assert start(capsys, folder, "--accounts", "12", tmp_path / "logs")[0] == 2


def test_what_cannot_be_read_is_told_each_time(
    capsys: pytest.CaptureFixture[str], logs: Path, folder: Path
) -> None:
    (logs / "broken.json.gz").write_bytes(b"\x1f\x8b\x08nothing")
    assert start(capsys, folder, logs)[0] == 3
    status, _, told = run(capsys, "history", "report", "--folder", folder, "--format", "jsonl")
    assert status == 3
    assert any("broken.json.gz" in line for line in told)
    assert start(capsys, folder.parent / "other", folder.parent / "nothing")[0] == 2


def test_a_backtest_shows_the_noise_of_each_rule_with_two_tunings(
    capsys: pytest.CaptureFixture[str], logs: Path, folder: Path, tmp_path: Path
) -> None:
    first, second = tmp_path / "first.toml", tmp_path / "second.toml"
    first.write_text("")
    second.write_text('[rules."root.console_login"]\nmode = "off"\n')
    asked = ("history", "backtest", "--jobs", 1, "--folder", folder, first, second, logs)
    status, output, _ = run(capsys, *asked, "--format", "jsonl")
    noise = [json.loads(line) for line in output.splitlines()]
    assert status == 0
    [changed] = [one for one in noise if one["hidden"] or one["shown"]]
    numbers = {"before": 1, "after": 0, "hidden": 1, "shown": 0}
    assert changed == noise[0] == {"rule_id": "root.console_login", **numbers}
    for number, name in ((1, "before"), (2, "after")):
        found = report(capsys, folder / f"side-{number}", "--format", "jsonl").splitlines()
        assert sum(one[name] for one in noise) == len(found)
    _, output, _ = run(capsys, *asked)
    assert output.splitlines()[1].split() == ["root.console_login", "1", "0", "1", "0"]
    assert run(capsys, *asked[:-2], tmp_path / "nothing.toml", logs)[0] == 2


def test_a_backtest_compares_two_packs_of_rules(
    capsys: pytest.CaptureFixture[str], folder: Path, tmp_path: Path
) -> None:
    to = {"newUserName": "root"}
    lay(tmp_path / "logs", [record("iam:UpdateUser", iam_user("mallory"), requestParameters=to)])
    packs = [tmp_path / "before", tmp_path / "after"]
    for pack in packs:
        pack.mkdir()
    (packs[1] / "iam").mkdir()
    (packs[1] / "iam" / "renamed.py").write_text(SOUND)
    asked = ("history", "backtest", "--jobs", 1, "--folder", folder, "--format", "jsonl")
    status, output, _ = run(capsys, *asked, *packs, tmp_path / "logs")
    noise = [json.loads(line) for line in output.splitlines()]
    assert status == 0
    numbers = {"before": 0, "after": 1, "hidden": 0, "shown": 1}
    assert {"rule_id": "iam.renamed", **numbers} in noise
    status, _, told = run(capsys, *asked, packs[0], tmp_path / "any.toml", tmp_path / "logs")
    assert (status, told[-1]) == (
        2,
        "trailwarden history: backtest: name two tuning files, or two folders of rules",
    )


def test_more_than_memory_has_room_for_is_refused_before_it_begins(
    capsys: pytest.CaptureFixture[str], folder: Path, tmp_path: Path
) -> None:
    with (tmp_path / "huge.json").open("wb") as file:
        file.truncate(runs.MOST + 1)
    status, _, told = start(capsys, folder, tmp_path / "huge.json")
    assert status == 2
    assert told[-1].endswith(
        "bytes are more than the 128 GB of one history: name some of the --accounts, or a shorter "
        "time, and begin several"
    )
    assert not folder.exists()
